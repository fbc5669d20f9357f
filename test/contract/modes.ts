/** The ways to record a program: the framework's adapter, `raw-requests/register`, or both. */
export const RECORDING = ['code', 'register', 'both'] as const;

export type Recording = (typeof RECORDING)[number];

/** The modes of a framework. For older versions, the combination of both adds nothing. */
export const modesOf = ({ kind }: { readonly kind: string }): readonly Recording[] =>
  kind === 'older version' ? ['code', 'register'] : RECORDING;

/** `bare` is the same program without recording, for comparison. */
export type Mode = 'bare' | Recording;

export const inCode = (mode: Mode): boolean => mode === 'code' || mode === 'both';

/** Whether upgrades, tunnels and requests that Node answers itself are recorded. */
export const atServer = (mode: Mode): boolean => mode === 'register' || mode === 'both';
