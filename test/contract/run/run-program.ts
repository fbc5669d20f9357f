import type { Row } from '../../../src/cli/influxql.ts';
import { within } from '../../support/within.ts';
import type { Mode } from '../modes.ts';
import type { Framework } from '../program/application.ts';
import type { Witnessed } from '../program/witness.ts';
import { scenariosOf } from '../scenarios/index.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { Client } from './client.ts';
import { type Ended, RunningProgram } from './running-program.ts';

/** The database of all programs, which the tag `service` distinguishes. */
export interface Database {
  readonly url: string;
  /** The points of one program. */
  pointsOf(service: string): Row[] | Promise<Row[]>;
}

/** The results of a program after its scenarios. */
export interface ProgramRun {
  readonly ended: Ended;
  /** What the client received, by scenario; an error if the scenario failed. */
  readonly answers: ReadonlyMap<Scenario, string | Error>;
  readonly witnessed: ReadonlyMap<string, Witnessed>;
  /** The points in the database. */
  readonly points: readonly Row[];
}

/** Timeout for one scenario, so that it does not block the others. */
const EXIT_TIMEOUT_MS = 15_000;

/** Runs a program and its scenarios, ends it, and reads its points. */
export async function runProgram(
  framework: Framework,
  mode: Mode,
  database: Database,
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramRun> {
  const program = new RunningProgram(framework, mode, database.url, env);
  const client = new Client(program);
  const answers = new Map<Scenario, string | Error>();
  try {
    await program.started();
    for (const scenario of scenariosOf(framework, mode)) {
      answers.set(scenario, await drive(scenario, client));
    }
    const ended = await within(program.end(), 'the program has ended', EXIT_TIMEOUT_MS);
    return { ended, answers, witnessed: program.witnessed, points: await database.pointsOf(program.service) };
  } finally {
    client.leave();
    program.kill();
  }
}

async function drive(scenario: Scenario, client: Client): Promise<string | Error> {
  try {
    return await within(scenario.drive(client, scenario.path ?? ''), 'it has happened', EXIT_TIMEOUT_MS);
  } catch (error) {
    return error as Error;
  }
}
