/** A fenced block of a Markdown file. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of the section with this heading, up to the next heading of the same level. */
export function blocksOf(markdown: string, heading: string): Block[] {
  const start = markdown.indexOf(`\n## ${heading}\n`);
  if (start === -1) throw new Error(`there is no section "${heading}"`);
  const end = markdown.indexOf('\n## ', start + 1);
  const section = markdown.slice(start, end === -1 ? undefined : end);
  return [...section.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

/** A command such as `INFLUX_DATABASE=requests node app.mjs`, without a shell. */
export interface Command {
  readonly env: Readonly<Record<string, string>>;
  readonly program: string;
  readonly args: readonly string[];
}

export function parseCommand(line: string): Command {
  const words = line.split(' ');
  const settings = words.slice(
    0,
    words.findIndex((word) => !/^[A-Z_]+=/.test(word)),
  );
  const [program = '', ...args] = words.slice(settings.length);
  const env = Object.fromEntries(settings.map((setting) => setting.split(/=(.*)/s).slice(0, 2)));
  return { env, program, args };
}
