/** Measures both sides and gives the verdict of model/precheck.ts. */
import { Failure } from '../model/failure.ts';
import { destinationNames } from '../model/names.ts';
import { precheckReport, refusedLogin } from '../model/precheck.ts';
import type { PrecheckReport } from '../model/precheck-items.ts';
import type { Selection } from '../model/table-selection.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import { inParallel } from './in-parallel.ts';
import type { Dependencies, Sink } from './ports.ts';
import { selection } from './select-tables.ts';
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
      const selected = await selection(deps.source(spec.source), spec);
      const source = await deps.source(spec.source).measure(selected.tables.map(({ table }) => table));
      const taken = await takenNames(deps.sink(spec.destination), selected, spec, chainId);
      return precheckReport(spec, { selection: selected, source, taken }, ignored);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // A refused login is something to repair and check again, not a fault of the task.
      if (error.kind === 'source-login-refused') return refusedLogin('source-reachable', spec.source, error.message);
      if (error.kind === 'sink-login-refused')
        return refusedLogin('destination-reachable', spec.destination, error.message);
      throw error;
    }
  };

/** Requests at a time. */
const PARALLEL = 16;

/** Tables that exist and were not made by this very task, say before it was reset. */
async function takenNames(
  sink: Sink,
  { tables }: Selection,
  { naming }: TaskSpec,
  chainId: string,
): Promise<readonly string[]> {
  await sink.probe();
  const taken: string[] = [];
  const names = tables.flatMap(({ table, entry }) => {
    const { base, log } = destinationNames(table, entry.as, naming);
    return [base, log];
  });
  await inParallel(names, PARALLEL, async (name) => {
    const found = await sink.findTable(name);
    if (found && !isOurs(found.comment, chainId)) taken.push(name);
  });
  return taken;
}
