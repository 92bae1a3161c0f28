/** Logs in anew, and says how long it took or why it failed. */
import type { ConnectionTest, RegisteredConnection } from '../model/check-task.ts';
import { Failure, treatments } from '../model/failure.ts';
import type { CheckDependencies } from './check-dependencies.ts';

export const testConnection = (deps: CheckDependencies) =>
  async function testConnection({ name }: { name: string }): Promise<ConnectionTest> {
    const all = deps.connections();
    const connection = all.find((candidate) => candidate.name === name);
    if (!connection) {
      const known = all.map((candidate) => candidate.name).join(', ') || 'none';
      throw new Failure('bad-input', `no connection is registered as "${name}"; known: ${known}`);
    }
    try {
      const startedAt = performance.now();
      await (connection.kind === 'oracle' ? deps.source(name) : deps.sink(name)).probe();
      const milliseconds = Math.round(performance.now() - startedAt);
      return { ...connection, answers: true, milliseconds, ...(await versionOf(deps, connection)) };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { kind, message } = error;
      return { ...connection, answers: false, kindOfFailure: kind, message, remedy: treatments[kind].sentence };
    }
  };

/** A login that works may still not be allowed to read the version. */
async function versionOf(
  deps: CheckDependencies,
  { kind, name }: RegisteredConnection,
): Promise<{ readonly version?: string; readonly note?: string }> {
  if (kind !== 'oracle') return {};
  try {
    return { version: (await deps.source(name).measure([])).version };
  } catch (error) {
    if (error instanceof Failure && error.kind === 'source-privilege-missing') return { note: error.message };
    throw error;
  }
}
