/** `_base`, `_log` and the table of positions; and with them the plan of every table. */
import type { OwnRun } from '../model/activities.ts';
import { Failure } from '../model/failure.ts';
import { destinationColumn, destinationNames, logColumns, partitionColumns, POSITIONS_TABLE } from '../model/names.ts';
import type { TableDescription } from '../model/table.ts';
import type { PlannedColumn, TablePlan } from '../model/task-plan.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import { columnComment, mapType } from '../model/type-mapping.ts';
import { mustOwn } from './own-run.ts';
import type { Dependencies, Sink } from './ports.ts';
import { markText } from './table-marks.ts';

export const createTables = (deps: Dependencies) =>
  async function createTables({ spec, own }: { spec: TaskSpec; own: OwnRun }): Promise<readonly TablePlan[]> {
    const descriptions = await deps.source(spec.source).describe(spec.tables.map(({ table }) => table));
    const plans = descriptions.map((description, index) => planTable(description, spec.tables[index]?.as, spec));
    const sink = deps.sink(spec.destination);
    await mustOwn(own, deps.attempt().run);
    await sink.createTable(positionsTable);
    for (const plan of plans) await createPair(sink, plan, own);
    return plans;
  };

const positionsTable = {
  name: POSITIONS_TABLE,
  comment: 'redoflow: where every task stands',
  columns: [{ name: 'position', type: 'string' }],
  partitionColumns: [{ name: 'task', type: 'string' }],
};

async function createPair(sink: Sink, plan: TablePlan, { chainId }: OwnRun): Promise<void> {
  const comment = markText({ of: plan.table, chainId });
  const columns = plan.columns.map(({ sink: column }) => column);
  await sink.createTable({
    name: plan.log,
    comment,
    columns: [...plan.logColumns, ...columns],
    partitionColumns: plan.partitionColumns,
  });
  await sink.createTable({ name: plan.base, comment, columns, partitionColumns: [] });
}

function planTable(
  description: TableDescription,
  as: string | undefined,
  { naming, incremental }: TaskSpec,
): TablePlan {
  return {
    table: description.table,
    ...destinationNames(description.table, as, naming),
    key: description.key.columns,
    columns: description.columns.map((column): PlannedColumn => {
      const mapped = mapType(column.type);
      if ('refused' in mapped)
        throw new Failure('not-yet-supported', `${description.table}.${column.name}: ${mapped.refused}`);
      return {
        source: column.name,
        sink: { name: destinationColumn(column.name, naming), type: mapped.type, comment: columnComment(column) },
      };
    }),
    logColumns: logColumns(naming),
    partitionColumns: partitionColumns(incremental.partition, naming),
  };
}
