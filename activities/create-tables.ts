/** `_base`, `_log` and the table of positions; and with them the plan of every table. Page by page: a task may have many. */
import type { CreatedTables, OwnRun } from '../model/activities.ts';
import { Failure } from '../model/failure.ts';
import { destinationNames, POSITIONS_TABLE } from '../model/names.ts';
import { columnsHash, planColumns, plannedTable, type PlannedTable } from '../model/planned-table.ts';
import type { SelectedTable } from '../model/table-selection.ts';
import type { TableDescription, TableName } from '../model/table.ts';
import { columnRulesOf, planRules, type CapturedTable, type TablePlan } from '../model/task-plan.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import { inParallel } from './in-parallel.ts';
import { keepPage } from './kept-columns.ts';
import { mustOwn } from './own-run.ts';
import type { Dependencies, Sink } from './ports.ts';
import { adoptedTables } from './saved-document.ts';
import { selection } from './select-tables.ts';
import { markText } from './table-marks.ts';
import { foundThere, takeOverAll, withExcluded, type TakenOver } from './take-over.ts';

const TABLES_PER_PAGE = 100;
/** Statements at a time: each takes a second or more at the real service. */
const PARALLEL_PAIRS = 8;

interface CreateTablesInput {
  readonly spec: TaskSpec;
  readonly own: OwnRun;
  readonly after?: TableName;
}

export const createTables = (deps: Dependencies) =>
  async function createTables({ spec, own, after }: CreateTablesInput): Promise<CreatedTables> {
    if (spec.startAt === 'saved') return pageOf(await adoptedTables(deps, spec), after);
    const source = deps.source(spec.source);
    const sink = deps.sink(spec.destination);
    const { tables: all, problems } = await selection(source, spec);
    if (problems.length > 0) throw new Failure('bad-input', problems.slice(0, 10).join('; '));
    const rest = after === undefined ? all : all.filter(({ table }) => table > after);
    const page = rest.slice(0, TABLES_PER_PAGE);
    const descriptions = await source.describe(page.map(({ table }) => table));
    const plans = page.flatMap((selected, index) => {
      const description = descriptions[index];
      return description ? [(exclude: readonly string[]) => planTable(selected, description, spec, exclude)] : [];
    });
    const { run } = deps.attempt();
    await mustOwn(own, run);
    const taken =
      spec.conflictingTables === 'ignore'
        ? await takeOverAll({ sink, own, run }, plans)
        : plans.map((plan): TakenOver => ({ planned: plan([]) }));
    if (after === undefined) await sink.createTable(positionsTable);
    await inParallel(taken, PARALLEL_PAIRS, ({ planned }) => createPair(sink, planned, own));
    if (spec.synchronize.includes('incremental'))
      await keepPage(sink, own.taskWorkflowId, (all.length - rest.length) / TABLES_PER_PAGE, descriptions);
    return {
      tables: taken.map(({ planned }) => planOf(planned)),
      more: rest.length > page.length,
      ...(await foundThere(deps, sink, taken)),
    };
  };

/** What an earlier chain made: nothing is created. */
function pageOf(tables: readonly CapturedTable[], after?: TableName): CreatedTables {
  const rest = after === undefined ? tables : tables.filter(({ table }) => table > after);
  return { tables: rest.slice(0, TABLES_PER_PAGE), more: rest.length > TABLES_PER_PAGE };
}

const positionsTable = {
  name: POSITIONS_TABLE,
  comment: 'redoflow: where every task stands',
  columns: [{ name: 'position', type: 'string' }],
  partitionColumns: [{ name: 'task', type: 'string' }],
};

export async function createPair(sink: Sink, table: PlannedTable, { chainId, taskWorkflowId }: OwnRun): Promise<void> {
  const comment = markText({ of: table.table, chainId, task: taskWorkflowId });
  const columns = table.columns.map(({ sink: column }) => column);
  await sink.createTable({
    name: table.log,
    comment,
    columns: [...table.logColumns, ...columns],
    partitionColumns: table.partitionColumns,
  });
  await sink.createTable({ name: table.base, comment, columns, partitionColumns: [] });
}

/** @param exclude Oracle names of columns that are left out besides those that the task leaves out */
export function planTable(
  { table, entry }: SelectedTable,
  description: TableDescription,
  spec: TaskSpec,
  exclude: readonly string[],
): PlannedTable {
  const rules = planRules(spec);
  const columnRules = withExcluded(columnRulesOf(entry), exclude);
  const { columns, problems } = planColumns(description, columnRules, rules);
  if (problems.length > 0) throw new Failure('not-yet-supported', `${table}: ${problems.join('; ')}`);
  const plan: TablePlan = {
    table,
    ...destinationNames(table, entry.as, spec.naming),
    columnsHash: columnsHash(columns),
    keyed: description.key.kind !== 'none',
    ...(columnRules && { columnRules }),
  };
  const planned = plannedTable(plan, rules, description);
  if (!planned) throw new Failure('bug', `${table}: its plan does not describe it`);
  return planned;
}

export const planOf = ({ table, base, log, columnsHash: hash, keyed, columnRules }: PlannedTable): TablePlan => ({
  table,
  base,
  log,
  columnsHash: hash,
  keyed,
  ...(columnRules && { columnRules }),
});
