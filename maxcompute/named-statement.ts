/**
 * A statement that runs long and must not run beside itself: its instance bears a name, so that the one of a lost answer, or of a
 * worker that died, is found and waited for. Source: PyODPS 0.13.2, models/instances.py (`status`, `onlyowner`, `jobname`, `daterange`).
 */
import { Failure } from '../model/failure.ts';
import type { MaxComputeClient } from './client.ts';
import { instanceEnded, runSql, type Statement } from './instances.ts';
import { elements, elementText } from './xml.ts';

/** A job lives 24 hours unless the project says otherwise; without a range the service lists those of today only. */
const LOOK_BACK_SECONDS = 25 * 3600;

async function runningInstances(client: MaxComputeClient, name: string, what: string): Promise<readonly string[]> {
  const { body } = await client.call({
    plane: 'service',
    method: 'GET',
    path: `/projects/${client.connection.project}/instances`,
    query: {
      status: 'Running',
      onlyowner: 'yes',
      jobname: name,
      daterange: `${Math.floor(Date.now() / 1000) - LOOK_BACK_SECONDS}:`,
    },
    repeat: 'always',
    what: `${what}: looking for a statement that still runs`,
  });
  return elements(body.toString(), 'Instance').flatMap((instance) => elementText(instance, 'Name') ?? []);
}

/**
 * Whatever runs under the name is waited for. Then the statement is sent all the same: it has to be one that may be repeated, and a
 * project that does not know `jobname` would list others' instances.
 * @throws Failure of the statement
 */
export async function runNamed(
  client: MaxComputeClient,
  statement: Omit<Statement, 'repeat'> & { readonly name: string },
): Promise<void> {
  for (const id of await runningInstances(client, statement.name, statement.what)) {
    try {
      await instanceEnded(client, id, statement.what);
    } catch (error: unknown) {
      // That it failed is no matter. Without an answer it may still run, and nothing is sent.
      if (!(error instanceof Failure) || error.kind === 'sink-unreachable') throw error;
    }
  }
  await runSql(client, { ...statement, repeat: 'unsent' });
}
