/** Further tables for a running task: checked as a start would check them, planned, and their pairs made. */
import type { AddTablesInput } from '../model/activities.ts';
import { Failure } from '../model/failure.ts';
import { formatInputErrors } from '../model/input-errors.ts';
import { precheckItems } from '../model/precheck-items.ts';
import { parseTaskSpec, type TaskSpec } from '../model/task-spec.ts';
import type { TablePlan } from '../model/task-plan.ts';
import { createPair, planOf, planTable } from './create-tables.ts';
import { inParallel } from './in-parallel.ts';
import { keepColumns } from './kept-columns.ts';
import { mustOwn } from './own-run.ts';
import type { Dependencies, Sink } from './ports.ts';
import { precheck } from './precheck.ts';
import { selection } from './select-tables.ts';
import { readMark } from './table-marks.ts';

const PARALLEL_PAIRS = 8;
/** More at once belong into a task of their own: their plans ride in one answer. */
const TABLES_MAX = 100;

export const addTables = (deps: Dependencies) =>
  async function addTables(input: AddTablesInput): Promise<readonly TablePlan[]> {
    const { spec, own } = input;
    const more = await withEntries(deps, input);
    await mustPass(deps, more, own.chainId);
    const source = deps.source(spec.source);
    const sink = deps.sink(spec.destination);
    const { tables } = await selection(source, more);
    const descriptions = await source.describe(tables.map(({ table }) => table));
    const planned = tables.flatMap((selected, index) => {
      const description = descriptions[index];
      return description ? [planTable(selected, description, more, [])] : [];
    });
    await mustBeNew(sink, planned, own.chainId);
    await mustOwn(own, deps.attempt().run);
    await inParallel(planned, PARALLEL_PAIRS, async (table) => {
      await createPair(sink, table, own);
      await keepColumns(sink, own.taskWorkflowId, table.columnsHash, table.description);
    });
    return planned.map(planOf);
  };

/** Of a table that left the task nothing was followed since: what its pair holds and what would come next have a hole between them. */
async function mustBeNew(sink: Sink, tables: readonly TablePlan[], chainId: string): Promise<void> {
  const former: string[] = [];
  await inParallel(tables, PARALLEL_PAIRS, async ({ table, base, log }) => {
    const mark = readMark((await sink.findTable(base))?.comment ?? '');
    const isCopied = mark?.snapshotScn !== undefined || mark?.loading !== undefined;
    if (mark?.chainId === chainId && isCopied)
      former.push(
        `${table} was in this task before, and its tables of then are there: rename or drop ${base} and ${log}, then add it`,
      );
  });
  if (former.length > 0) throw new Failure('bad-input', `${former.toSorted().join('; ')}.`);
}

/** The task with the new tables alone, each by its exact name. @throws Failure bad-input */
async function withEntries(deps: Dependencies, { spec, entries, known }: AddTablesInput): Promise<TaskSpec> {
  const { name, source, destination } = spec;
  const parsed = parseTaskSpec({ name, source, destination, tables: entries });
  if (!parsed.ok) throw new Failure('bad-input', formatInputErrors('the tables', parsed.errors));
  const selected = await selection(deps.source(spec.source), { ...spec, tables: parsed.spec.tables });
  const there = new Set<string>(known);
  const fresh = selected.tables.filter(({ table }) => !there.has(table));
  const problems = [
    ...selected.problems,
    ...(fresh.length === 0 ? ['every one of these tables is in the task already'] : []),
    ...(fresh.length > TABLES_MAX
      ? [`${fresh.length} tables at once; at most ${TABLES_MAX} can be added at a time`]
      : []),
  ];
  if (problems.length > 0) throw new Failure('bad-input', `${problems.join('; ')}.`);
  const tables = fresh.map(({ table, entry: { except: _except, ...entry } }) => ({ ...entry, table }));
  // Rows that are there already would need record_ids above theirs: that is decided when a task starts.
  return { ...spec, tables, conflictingTables: 'report' };
}

/** @throws Failure bad-input with everything that stands against it */
async function mustPass(deps: Dependencies, spec: TaskSpec, chainId: string): Promise<void> {
  const alerts = Object.entries(precheckItems).flatMap(([id, { severity }]) => (severity === 'alert' ? [id] : []));
  const report = await precheck(deps)({ spec, chainId, ignored: alerts });
  if (report.passed) return;
  const failed = report.results.filter(({ verdict }) => verdict === 'failed');
  throw new Failure('bad-input', failed.map(({ subject, message }) => `${subject}: ${message}`).join('; '));
}
