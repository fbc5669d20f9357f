/** The ways in which a program is recorded: its framework's own adapter, `raw-requests/register`, both together. */
export const RECORDING = ['code', 'register', 'both'] as const;

export type Recording = (typeof RECORDING)[number];

/** The ways that are tried: with an older version of a framework both together is nothing new. */
export const modesOf = ({ kind }: { readonly kind: string }): readonly Recording[] =>
  kind === 'older version' ? ['code', 'register'] : RECORDING;

/** `bare` is the same program without recording, for comparison. */
export type Mode = 'bare' | Recording;

export const inCode = (mode: Mode): boolean => mode === 'code' || mode === 'both';

/** Whether what Node gives no handler is seen: upgrades, tunnels, and what it answers itself. */
export const atServer = (mode: Mode): boolean => mode === 'register' || mode === 'both';
