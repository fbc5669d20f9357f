import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';

/** A process of the benchmark: it answers one question at a time. */
export class Helper<Question, Answer> {
  readonly #file: string;
  readonly #child: ChildProcess;

  private constructor(file: string, child: ChildProcess) {
    this.#file = file;
    this.#child = child;
  }

  /** Starts `file`, a module in this folder that calls {@link serve}. */
  static async start<Question, Answer>(
    file: string,
    args: readonly string[] = [],
    options: ForkOptions = {},
  ): Promise<Helper<Question, Answer>> {
    const child = fork(new URL(file, import.meta.url), args, {
      ...options,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const helper = new Helper<Question, Answer>(file, child);
    await helper.#answer();
    return helper;
  }

  async ask(question: Question): Promise<Answer> {
    this.#child.send(question as object);
    return (await this.#answer()) as Answer;
  }

  /** The process ends by itself when the channel is closed, also when this process is interrupted. */
  async stop(): Promise<void> {
    this.#child.disconnect();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  async #answer(): Promise<unknown> {
    const gone = new AbortController();
    const onExit = (code: number | null) => gone.abort(new Error(`${this.#file} ended with ${code}`));
    this.#child.once('exit', onExit);
    try {
      const [message] = await once(this.#child, 'message', { signal: gone.signal });
      if (message.error !== undefined) throw new Error(`${this.#file}: ${message.error}`);
      return message.answer;
    } catch (error) {
      throw gone.signal.aborted ? gone.signal.reason : error;
    } finally {
      this.#child.off('exit', onExit);
    }
  }
}

/** The other side: answers each question of the process that started this one, and ends with it. */
export function serve<Question, Answer>(answer: (question: Question) => Answer | Promise<Answer>): void {
  if (process.send === undefined) return; // started by hand
  const tell = (message: object) => process.send!(message);
  process.on('message', async (question) => {
    try {
      tell({ answer: await answer(question as Question) });
    } catch (error) {
      tell({ error: (error as Error).stack });
    }
  });
  process.on('disconnect', () => process.exit());
  tell({ answer: undefined });
}
