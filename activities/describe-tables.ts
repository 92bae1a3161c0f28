/** What would become of each table: names, columns, and how many chunks its copy would have. Reads only. */
import {
  PLANNED_PER_PAGE,
  type DescribedColumn,
  type DescribedPage,
  type DescribedTable,
} from '../model/check-task.ts';
import { Failure } from '../model/failure.ts';
import { CHANGED_MARK, isLargeInLog, isLob } from '../model/large-columns.ts';
import { destinationNames } from '../model/names.ts';
import { planColumns } from '../model/planned-table.ts';
import { oracleTypeText, type Column, type LobInLog, type TableDescription } from '../model/table.ts';
import type { SelectedTable } from '../model/table-selection.ts';
import { columnRulesOf, lobInLogOf, planRules } from '../model/task-plan.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import type { SinkType } from '../model/sink-table.ts';
import type { Dependencies, Source } from './ports.ts';
import { selection } from './select-tables.ts';

const CHUNKS_MAX = 5_000;

export const describeTables = (deps: Pick<Dependencies, 'source'>) =>
  async function describeTables({
    spec,
    after = '',
  }: {
    spec: TaskSpec;
    after?: string;
  }): Promise<DescribedPage & { page: TaskSpec }> {
    const source = deps.source(spec.source);
    const { tables, problems } = await selection(source, spec);
    const rest = tables.filter(({ table }) => table > after);
    const chosen = rest.slice(0, PLANNED_PER_PAGE);
    const last = chosen.at(-1);
    const { tables: measured } = await source.measure(chosen.map(({ table }) => table));
    const descriptions = new Map(measured.map(({ table, description }) => [table, description]));
    const described: DescribedTable[] = [];
    for (const selected of chosen)
      described.push(await describe(source, selected, descriptions.get(selected.table), spec));
    return {
      tables: described,
      problems: after === '' ? problems : [],
      total: tables.length,
      ...(last && rest.length > chosen.length && { next: last.table }),
      page: { ...spec, tables: chosen.map(asExactEntry) },
    };
  };

/** What a pattern asks of its tables, asked of one of them by name. */
function asExactEntry({ table, entry }: SelectedTable): TaskSpec['tables'][number] {
  const { except: _except, ...rest } = entry;
  return { ...rest, table };
}

async function describe(
  source: Source,
  { table, entry }: SelectedTable,
  description: TableDescription | undefined,
  spec: TaskSpec,
): Promise<DescribedTable> {
  const names = destinationNames(table, entry.as, spec.naming);
  if (!description) return { table, ...names, key: { kind: 'none', columns: [] }, columns: [] };
  const rules = columnRulesOf(entry);
  const lobInLog = lobInLogOf(spec, entry);
  const { columns } = planColumns(description, rules, planRules(spec));
  const sinks = new Map(columns.map((column) => [column.source, column.sink]));
  const chunks = spec.synchronize.includes('full') ? await countChunks(source, description, spec) : undefined;
  return {
    table,
    ...names,
    key: description.key,
    columns: description.columns.map((column) => {
      const sink = sinks.get(column.name);
      if (sink) return describeColumn(column, { name: sink.name, type: sink.type }, lobInLog);
      return { ...describeColumn(column), note: rules?.exclude?.includes(column.name) ? 'left out' : 'refused' };
    }),
    ...(chunks !== undefined && { chunks }),
  };
}

function describeColumn(column: Column, sink?: DescribedColumn['sink'], lobInLog?: LobInLog): DescribedColumn {
  const note = sink && noteOf(column, sink.type, lobInLog);
  return {
    source: column.name,
    oracleType: oracleTypeText(column.type),
    ...(sink && { sink }),
    ...(note !== undefined && { note }),
  };
}

const numbers = new Set(['NUMBER', 'FLOAT', 'BINARY_FLOAT', 'BINARY_DOUBLE']);

const largeInLog: Readonly<Record<LobInLog | 'exclude', string>> = {
  exclude: 'NULL in _log',
  reread: 'in _log as of the commit, read by key',
  mark: `in _log ${CHANGED_MARK} where a change touched it, else NULL`,
};

/** What a person may not expect of the destination's value. */
function noteOf({ type }: Column, sink: SinkType, lobInLog: LobInLog | 'exclude' = 'exclude'): string | undefined {
  const { base } = type;
  if (isLargeInLog(type)) return `${isLob(type) ? 'up to 8 MB; ' : ''}${largeInLog[lobInLog]}`;
  if (base.includes('TIME ZONE')) return sink === 'string' ? undefined : 'the zone is lost; the instant is kept in UTC';
  if (numbers.has(base) && sink === 'string') return 'as exact text';
  if (base.startsWith('INTERVAL')) return 'as ISO 8601 text';
  return undefined;
}

/** Undefined where the login may not read the extents: the precheck of a start tells that. */
async function countChunks(
  source: Source,
  description: TableDescription,
  { full }: TaskSpec,
): Promise<number | undefined> {
  const limits = { chunkMegabytes: full.chunkMegabytes, chunksMin: full.parallelChunks, chunksMax: CHUNKS_MAX };
  try {
    return (await source.planChunks(description, limits)).length;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'source-privilege-missing') return undefined;
    throw error;
  }
}
