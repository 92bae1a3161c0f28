/** Measures both sides and gives the verdict of model/precheck.ts. */
import { Failure } from '../model/failure.ts';
import type { ExistingTables } from '../model/existing-tables.ts';
import { destinationNames } from '../model/names.ts';
import { precheckReport, refusedLogin } from '../model/precheck.ts';
import type { PrecheckReport } from '../model/precheck-items.ts';
import { type StartPoint } from '../model/start-position.ts';
import { chainsOf } from '../model/adoption.ts';
import type { Selection } from '../model/table-selection.ts';
import type { CapturedTable } from '../model/task-plan.ts';
import type { TableName } from '../model/table.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import { existingTables } from './existing-tables.ts';
import { inParallel } from './in-parallel.ts';
import type { Dependencies, Sink, Source } from './ports.ts';
import { adoption } from './saved-document.ts';
import { selection } from './select-tables.ts';
import { isOurs, readMark } from './table-marks.ts';

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
      if (spec.startAt === 'saved') return await goingOn(deps, spec, { chainId, ignored });
      const selected = await selection(deps.source(spec.source), spec);
      const source = await deps.source(spec.source).measure(selected.tables.map(({ table }) => table));
      const taken = await atDestination(deps, selected, spec, chainId);
      const start = spec.startAt === undefined ? {} : { start: await startOf(deps.source(spec.source), spec.startAt) };
      return precheckReport(spec, { selection: selected, source, ...taken, ...start }, ignored);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // A refused login is something to repair and check again, not a fault of the task.
      if (error.kind === 'source-login-refused') return refusedLogin('source-reachable', spec.source, error.message);
      if (error.kind === 'sink-login-refused' || error.kind === 'sink-privilege-missing')
        return refusedLogin('destination-reachable', spec.destination, error.message);
      throw error;
    }
  };

interface Asked {
  readonly chainId: string;
  readonly ignored: readonly string[];
}

/** A start from the saved position: its tables have to be there, whole, and made by this task. */
async function goingOn(deps: Dependencies, spec: TaskSpec, { chainId, ignored }: Asked): Promise<PrecheckReport> {
  const sink = deps.sink(spec.destination);
  await sink.probe();
  const { selected, saved, adoption: adopted } = await adoption(deps, spec);
  const followed = new Set<string>('tables' in adopted ? adopted.tables.map(({ table }) => table) : []);
  const going = { ...selected, tables: selected.tables.filter(({ table }) => followed.has(table)) };
  const source = await deps.source(spec.source).measure(going.tables.map(({ table }) => table));
  const refused =
    'refused' in adopted || !saved
      ? adopted
      : await foreign(sink, adopted.tables, { task: spec.name, chains: [...chainsOf(saved), chainId] });
  const start = 'refused' in refused ? { refused: refused.refused } : {};
  return precheckReport(spec, { selection: going, source, taken: [], start }, ignored);
}

/** Tables of the plan that are missing, or carry the mark of another task. */
async function foreign(
  sink: Sink,
  tables: readonly CapturedTable[],
  { task, chains }: { readonly task: string; readonly chains: readonly string[] },
): Promise<{ readonly refused: string } | { readonly tables: readonly CapturedTable[] }> {
  const wrong: string[] = [];
  const names = tables.flatMap(({ base, log }) => [base, log]);
  await inParallel(names, PARALLEL, async (name) => {
    const found = await sink.findTable(name);
    const chain = found && readMark(found.comment)?.chainId;
    if (!found) wrong.push(`${name} does not exist`);
    else if (chain === undefined || !chains.includes(chain)) wrong.push(`${name} was not made by the task ${task}`);
  });
  if (wrong.length === 0) return { tables };
  const told = wrong.toSorted().slice(0, 5).join(', ');
  return { refused: `${told}${wrong.length > 5 ? `, and ${wrong.length - 5} more` : ''}` };
}

/** A start from an SCN or a time. */
async function startOf(source: Source, at: StartPoint): Promise<{ readonly refused?: string }> {
  try {
    await source.startScn(at);
    return {};
  } catch (error) {
    if (error instanceof Failure && START_KINDS.has(error.kind)) return { refused: error.message.replace(/\.$/, '') };
    throw error;
  }
}

/** What a person repairs by starting elsewhere. */
const START_KINDS: ReadonlySet<string> = new Set(['bad-input', 'source-redo-missing']);

/** What is there under the names of the destination: what is in the way, or what the task goes on with. */
async function atDestination(
  deps: Dependencies,
  selected: Selection,
  spec: TaskSpec,
  chainId: string,
): Promise<Pick<Parameters<typeof precheckReport>[1], 'taken' | 'existing'>> {
  const sink = deps.sink(spec.destination);
  if (spec.conflictingTables === 'report') return { taken: await takenNames(sink, selected, spec, chainId) };
  return { taken: [], existing: await existingByTable(sink, selected, spec, { chainId, run: deps.attempt().run }) };
}

async function existingByTable(
  sink: Sink,
  { tables }: Selection,
  { naming }: TaskSpec,
  own: Parameters<typeof existingTables>[2],
): Promise<ReadonlyMap<TableName, ExistingTables>> {
  await sink.probe();
  const found = new Map<TableName, ExistingTables>();
  await inParallel(tables, PARALLEL, async ({ table, entry }) => {
    found.set(table, await existingTables(sink, destinationNames(table, entry.as, naming), own));
  });
  return found;
}

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
