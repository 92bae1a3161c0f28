/** `_base`, `_log` and the table of positions; and with them the plan of every table. Page by page: a task may have many. */
import type { CreatedTables, OwnRun } from '../model/activities.ts';
import { Failure } from '../model/failure.ts';
import { destinationNames, POSITIONS_TABLE } from '../model/names.ts';
import { columnsHash, planColumns, plannedTable, type PlannedTable } from '../model/planned-table.ts';
import type { SelectedTable } from '../model/table-selection.ts';
import type { TableDescription, TableName } from '../model/table.ts';
import { columnRulesOf, planRules, type TablePlan } from '../model/task-plan.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import { inParallel } from './in-parallel.ts';
import { mustOwn } from './own-run.ts';
import type { Dependencies, Sink } from './ports.ts';
import { selection } from './select-tables.ts';
import { markText } from './table-marks.ts';

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
    const source = deps.source(spec.source);
    const sink = deps.sink(spec.destination);
    const { tables: all, problems } = await selection(source, spec);
    if (problems.length > 0) throw new Failure('bad-input', problems.slice(0, 10).join('; '));
    const rest = after === undefined ? all : all.filter(({ table }) => table > after);
    const page = rest.slice(0, TABLES_PER_PAGE);
    const descriptions = await source.describe(page.map(({ table }) => table));
    const planned = page.flatMap((selected, index) => {
      const description = descriptions[index];
      return description ? [planTable(selected, description, spec)] : [];
    });
    await mustOwn(own, deps.attempt().run);
    if (after === undefined) await sink.createTable(positionsTable);
    await inParallel(planned, PARALLEL_PAIRS, (table) => createPair(sink, table, own));
    return { tables: planned.map(planOf), more: rest.length > page.length };
  };

const positionsTable = {
  name: POSITIONS_TABLE,
  comment: 'redoflow: where every task stands',
  columns: [{ name: 'position', type: 'string' }],
  partitionColumns: [{ name: 'task', type: 'string' }],
};

async function createPair(sink: Sink, table: PlannedTable, { chainId }: OwnRun): Promise<void> {
  const comment = markText({ of: table.table, chainId });
  const columns = table.columns.map(({ sink: column }) => column);
  await sink.createTable({
    name: table.log,
    comment,
    columns: [...table.logColumns, ...columns],
    partitionColumns: table.partitionColumns,
  });
  await sink.createTable({ name: table.base, comment, columns, partitionColumns: [] });
}

function planTable({ table, entry }: SelectedTable, description: TableDescription, spec: TaskSpec): PlannedTable {
  const rules = planRules(spec);
  const columnRules = columnRulesOf(entry);
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

const planOf = ({ table, base, log, columnsHash: hash, keyed, columnRules }: PlannedTable): TablePlan => ({
  table,
  base,
  log,
  columnsHash: hash,
  keyed,
  ...(columnRules && { columnRules }),
});
