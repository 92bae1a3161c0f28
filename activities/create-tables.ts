/** `_base`, `_log` and the table of positions; and with them the plan of every table. Page by page: a task may have many. */
import type { CreatedTables, OwnRun } from '../model/activities.ts';
import { Failure } from '../model/failure.ts';
import { lobInLogProblems } from '../model/large-columns.ts';
import { destinationNames, POSITIONS_TABLE } from '../model/names.ts';
import { columnsHash, planColumns, plannedTable, type PlannedTable } from '../model/planned-table.ts';
import type { SelectedTable } from '../model/table-selection.ts';
import type { TableDescription, TableName } from '../model/table.ts';
import { columnRulesOf, lobInLogOf, planRules, type CapturedTable, type TablePlan } from '../model/task-plan.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import { inParallel } from './in-parallel.ts';
import { keepPage, keptPage } from './kept-columns.ts';
import { lackingColumns } from './lacking-columns.ts';
import { mustOwn } from './own-run.ts';
import type { Dependencies, Sink, Source } from './ports.ts';
import { adoptedTables } from './saved-document.ts';
import { selection } from './select-tables.ts';
import { markOf, markText } from './table-marks.ts';
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
    const number = Math.round((all.length - rest.length) / TABLES_PER_PAGE);
    const followed = spec.synchronize.includes('incremental');
    const kept = followed && (await sink.findTable(POSITIONS_TABLE)) ? await keptPage(sink, own, number) : [];
    const descriptions = await describePage(source, page, kept);
    const plans = page.flatMap((selected) => {
      const description = descriptions.get(selected.table);
      return description ? [(exclude: readonly string[]) => planTable(selected, description, spec, exclude)] : [];
    });
    const { run } = deps.attempt();
    await mustOwn(own, run);
    const taken =
      spec.conflictingTables === 'ignore'
        ? await takeOverAll({ sink, own, run }, plans)
        : plans.map((plan): TakenOver => ({ planned: plan([]) }));
    if (after === undefined) await sink.createTable(positionsTable);
    await inParallel(taken, PARALLEL_PAIRS, async ({ planned }) => {
      await createPair(sink, planned, own);
      if (!kept.some(({ table }) => table === planned.table)) await addLacking(sink, planned, deps, own);
    });
    if (followed) await keepPage(sink, own, number, [...descriptions.values()]);
    return {
      tables: taken.map(({ planned }) => planOf(planned)),
      more: rest.length > page.length,
      ...(await foundThere(deps, sink, taken)),
    };
  };

/**
 * A chain plans a table once: after a reset to before this the dictionary may be newer, and a reset to a moment of any other run of the chain
 * meets the position that was saved under this plan. What came later is in the redo, and in what was saved.
 */
async function describePage(
  source: Source,
  page: readonly SelectedTable[],
  kept: readonly TableDescription[],
): Promise<ReadonlyMap<TableName, TableDescription>> {
  const before = new Map(kept.map((description) => [description.table, description]));
  const others = page.flatMap(({ table }) => (before.has(table) ? [] : [table]));
  const present = others.length === 0 ? [] : await source.describe(others);
  const described = new Map(present.map((description) => [description.table, description]));
  return new Map(
    page.flatMap(({ table }) => {
      const description = before.get(table) ?? described.get(table);
      return description ? [[table, description] as const] : [];
    }),
  );
}

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

export async function createPair(sink: Sink, table: PlannedTable, own: OwnRun): Promise<void> {
  const comment = markText(markOf(table, own));
  const columns = table.columns.map(({ sink: column }) => column);
  await sink.createTable({
    name: table.log,
    comment,
    columns: [...table.logColumns, ...columns],
    partitionColumns: table.partitionColumns,
  });
  await sink.createTable({ name: table.base, comment, columns, partitionColumns: [] });
}

/** A pair that an earlier attempt, or a history that was cut, has made may be older than a column that the table has by now. */
async function addLacking(
  sink: Sink,
  { table, base, log, columns }: PlannedTable,
  deps: Dependencies,
  own: OwnRun,
): Promise<void> {
  const wanted = columns.map(({ sink: column }) => column);
  for (const name of [log, base]) {
    const lacks = await lackingColumns(sink, name, wanted);
    if ('refused' in lacks) throw new Failure('sink-table-changed', `${table}: ${lacks.refused}`);
    if (lacks.columns.length === 0) continue;
    await mustOwn(own, deps.attempt().run);
    await sink.addColumns(name, lacks.columns);
  }
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
  const { columns, problems: ofColumns } = planColumns(description, columnRules, rules);
  const problems = [...ofColumns, ...lobInLogProblems(description, columns, lobInLogOf(spec, entry))];
  if (problems.length > 0) throw new Failure('not-yet-supported', `${table}: ${problems.join('; ')}`);
  const keyed = description.key.kind !== 'none';
  const lobInLog = lobInLogOf(spec, entry, keyed);
  const plan: TablePlan = {
    table,
    ...destinationNames(table, entry.as, spec.naming),
    columnsHash: columnsHash(columns),
    keyed,
    ...(lobInLog && { lobInLog }),
    ...(columnRules && { columnRules }),
  };
  const planned = plannedTable(plan, rules, description);
  if (!planned) throw new Failure('bug', `${table}: its plan does not describe it`);
  return planned;
}

export const planOf = ({
  table,
  base,
  log,
  columnsHash: hash,
  keyed,
  lobInLog,
  columnRules,
}: PlannedTable): TablePlan => ({
  table,
  base,
  log,
  columnsHash: hash,
  keyed,
  ...(lobInLog && { lobInLog }),
  ...(columnRules && { columnRules }),
});
