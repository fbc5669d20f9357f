import { CliError } from '../../cli-error.ts';
import { DATA_SOURCE_UID } from '../resources/data-source.ts';
import type { Answer, Client } from './client.ts';
import { isGone } from './refused.ts';

/** Whether Grafana reaches the database; `unknown` if this version or these credentials cannot check it. */
export interface Health {
  state: 'fine' | 'broken' | 'unknown';
  text: string;
}

/** Lets Grafana check its connection to the database, which may work from there only, or from here only. */
export async function askHealth(client: Client): Promise<Health> {
  let answer: Answer;
  try {
    answer = await client.get(`/api/datasources/uid/${DATA_SOURCE_UID}/health`);
  } catch (error) {
    // If the database does not answer, Grafana waits longer than this client does.
    if (!(error instanceof CliError)) throw error;
    return {
      state: 'broken',
      text: 'Grafana does not say whether it reaches the database: it did not answer in time',
    };
  }
  if (isGone(answer))
    return {
      state: 'unknown',
      text: 'this version of Grafana cannot report whether it reaches the database',
    };
  if (answer.status === 401 || answer.status === 403) {
    return {
      state: 'unknown',
      text: `${client.login.who} may not check whether Grafana reaches the database`,
    };
  }
  const serverMessage = answer.serverMessage === '' ? String(answer.status) : answer.serverMessage;
  return answer.status === 200 && answer.json?.status === 'OK'
    ? { state: 'fine', text: `Grafana reaches the database: ${serverMessage}` }
    : { state: 'broken', text: `Grafana does not reach the database: ${serverMessage}` };
}
