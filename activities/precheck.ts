/** Measures both sides and gives the verdict of model/precheck.ts. */
import { Failure } from '../model/failure.ts';
import { destinationNames } from '../model/names.ts';
import { precheckReport, refusedLogin } from '../model/precheck.ts';
import type { PrecheckReport } from '../model/precheck-items.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import type { Dependencies, Sink } from './ports.ts';
import { isOurs } from './table-marks.ts';

export const precheck = (deps: Dependencies) =>
  async function precheck({
    spec,
    chainId,
    ignored,
  }: {
    spec: TaskSpec;
    chainId: string;
    ignored: readonly string[];
  }): Promise<PrecheckReport> {
    try {
      const source = await deps.source(spec.source).measure(spec.tables.map(({ table }) => table));
      return precheckReport(
        spec,
        { source, taken: await takenNames(deps.sink(spec.destination), spec, chainId) },
        ignored,
      );
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // A refused login is something to repair and check again, not a fault of the task.
      if (error.kind === 'source-login-refused') return refusedLogin('source-reachable', spec.source, error.message);
      if (error.kind === 'sink-login-refused')
        return refusedLogin('destination-reachable', spec.destination, error.message);
      throw error;
    }
  };

/** Tables that exist and were not made by this very task, say before it was reset. */
async function takenNames(sink: Sink, spec: TaskSpec, chainId: string): Promise<readonly string[]> {
  await sink.probe();
  const taken: string[] = [];
  for (const { table, as } of spec.tables) {
    const { base, log } = destinationNames(table, as, spec.naming);
    for (const name of [base, log]) {
      const found = await sink.findTable(name);
      if (found && !isOurs(found.comment, chainId)) taken.push(name);
    }
  }
  return taken;
}
