import type { Row } from '../../../src/cli/influxql.ts';
import { within } from '../../support/within.ts';
import type { Mode } from '../modes.ts';
import type { Framework } from '../program/application.ts';
import type { Witnessed } from '../program/witness.ts';
import { scenariosOf } from '../scenarios/index.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { Client } from './client.ts';
import { type Ended, RunningProgram } from './running-program.ts';

/** Where programs send their points to, which the tag `service` tells apart. */
export interface Database {
  readonly url: string;
  /** What it holds of one of them. */
  pointsOf(service: string): Row[] | Promise<Row[]>;
}

/** What became of a program that has been through its scenarios. */
export interface Visit {
  readonly ended: Ended;
  /** What the client got, by scenario; an error where it did not get that far. */
  readonly answers: ReadonlyMap<Scenario, string | Error>;
  readonly witnessed: ReadonlyMap<string, Witnessed>;
  /** What the database holds of it. */
  readonly points: readonly Row[];
}

/** A scenario that does not come to its end must not hold up the others. */
const EXIT_TIMEOUT_MS = 15_000;

/** Runs a program, lets its scenarios happen to it, lets it end, and reads the database. */
export async function visit(framework: Framework, mode: Mode, database: Database): Promise<Visit> {
  const program = new RunningProgram(framework, mode, database.url);
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
