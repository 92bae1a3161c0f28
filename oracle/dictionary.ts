/** Table descriptions from the DBA views (Oracle Database Reference, "Static Data Dictionary Views"). */
import { Failure } from '../model/failure.ts';
import { tableName, tableParts } from '../model/table.ts';
import type { Column, OracleType, TableDescription, TableKey, TableName, TableSegment } from '../model/table.ts';
import type { Binds, Session, TextRow } from './session.ts';
import { INDEX_ORGANIZED, indexOrganizedReason, indexOrganizedSegments } from './index-organized.ts';
import { objectNumbers, TABLE_OBJECT_TYPES } from './table-objects.ts';

/** Rows of the dictionary for some tables, grouped by table name. Numbers are text. */
export interface DictionaryRows {
  readonly table: {
    readonly iotType: string | null;
    readonly temporary: string | null;
    readonly nested: string | null;
    readonly partitioned: string | null;
    readonly cluster: string | null;
  };
  /** Stored ones, also hidden. */
  readonly columns: readonly ColumnRow[];
  /** Enabled primary and unique constraints, each column one row. */
  readonly constraints: readonly ConstraintRow[];
  readonly objectId: string;
  readonly dataObjectId: string | null;
  /** Partitions, or subpartitions where there are some; of an index-organized table its index and its overflow table. */
  readonly segments?: readonly TableSegment[];
}

export interface ColumnRow {
  readonly name: string;
  readonly dataType: string;
  readonly dataLength: string | null;
  readonly precision: string | null;
  readonly scale: string | null;
  readonly nullable: boolean;
  readonly segmentColumn?: string | null;
  /** Invisible, unused, or Oracle's own. */
  readonly hidden?: boolean;
}

export interface ConstraintRow {
  readonly name: string;
  readonly type: string;
  readonly column: string;
  readonly position: number;
}

/** LogMiner gives rows of tables whose schema, table or column name is longer as UNSUPPORTED, on every release known (Oracle Utilities). */
const CAPTURED_NAME_BYTES_MAX = 30;

/** Their object numbers stand in every statement that mines, and each is a chunk of its own at least. */
const SEGMENTS_MAX = 1000;

const withLength = new Set(['VARCHAR2', 'NVARCHAR2', 'CHAR', 'NCHAR', 'RAW']);

/** `TIMESTAMP(6) WITH TIME ZONE` → base `TIMESTAMP WITH TIME ZONE`, scale 6. */
export function oracleType({ dataType, dataLength, precision, scale }: ColumnRow): OracleType {
  const base = dataType.replace(/\(\d+\)/g, '');
  return {
    base,
    ...(precision === null ? {} : { precision: Number(precision) }),
    ...(scale === null ? {} : { scale: Number(scale) }),
    ...(dataLength !== null && withLength.has(base) ? { length: Number(dataLength) } : {}),
  };
}

/** The primary key; else the smallest unique constraint, by name among equals, whose columns are all NOT NULL; else none. */
export function keyOf(constraints: readonly ConstraintRow[], columns: readonly Column[]): TableKey {
  const candidates = [...new Set(constraints.map(({ name }) => name))]
    .map((name) => {
      const rows = constraints.filter((row) => row.name === name).sort((a, b) => a.position - b.position);
      return { name, primary: rows[0]?.type === 'P', columns: rows.map(({ column }) => column) };
    })
    .sort((a, b) => a.columns.length - b.columns.length || (a.name < b.name ? -1 : 1));
  const stored = new Map(columns.map((column) => [column.name, column]));
  const primary = candidates.find(
    (candidate) => candidate.primary && candidate.columns.every((name) => stored.has(name)),
  );
  if (primary) return { kind: 'primary', columns: primary.columns };
  const unique = candidates.find(({ columns: names }) => names.every((name) => stored.get(name)?.nullable === false));
  return unique ? { kind: 'unique', columns: unique.columns } : { kind: 'none', columns: [] };
}

function unsupportedReason(named: TableName, rows: DictionaryRows, key: TableKey): string | undefined {
  const { owner, name } = tableParts(named);
  const { table, segments = [] } = rows;
  const longest = [owner, name, ...rows.columns.map((column) => column.name)].find(
    (text) => Buffer.byteLength(text) > CAPTURED_NAME_BYTES_MAX,
  );
  if (table.temporary === 'Y') return 'it is a temporary table';
  if (table.nested === 'YES') return 'it is a nested table';
  const ofIndex = indexOrganizedReason(table, segments, key);
  if (ofIndex !== undefined) return ofIndex;
  if (table.cluster !== null)
    return `it is in the cluster ${table.cluster}, whose blocks hold rows of other tables too; this is not yet supported`;
  if (segments.length > SEGMENTS_MAX)
    return `it has ${segments.length} partitions and subpartitions; more than ${SEGMENTS_MAX} are not supported`;
  if (longest !== undefined)
    return `LogMiner cannot capture names over ${CAPTURED_NAME_BYTES_MAX} bytes ("${longest}")`;
  return undefined;
}

export function describeTable(table: TableName, rows: DictionaryRows): TableDescription {
  const visible = rows.columns.filter(({ hidden = false }) => !hidden);
  const columns = visible.map((row): Column => ({
    name: row.name,
    type: oracleType(row),
    nullable: row.nullable,
    ...(row.segmentColumn && { segmentColumn: Number(row.segmentColumn) }),
  }));
  const segmentColumns = Math.max(0, ...rows.columns.map(({ segmentColumn }) => Number(segmentColumn ?? 0)));
  const key = keyOf(rows.constraints, columns);
  const unsupported = unsupportedReason(table, { ...rows, columns: visible }, key);
  return {
    table,
    columns,
    ...(segmentColumns > 0 && { segmentColumns }),
    key,
    objectId: rows.objectId,
    dataObjectId: rows.dataObjectId,
    ...(rows.segments !== undefined && { segments: rows.segments }),
    ...(rows.table.iotType === INDEX_ORGANIZED && { indexOrganized: true }),
    ...(unsupported === undefined ? {} : { unsupported }),
  };
}

/** Tables of one round trip: their names are binds. */
const TABLES_PER_QUERY = 50;

function conditionFor(
  tables: readonly TableName[],
  nameColumn: string,
): { readonly where: string; readonly binds: Binds } {
  const binds: Record<string, string> = {};
  const conditions = tables.map((table, i) => {
    const { owner, name } = tableParts(table);
    binds[`o${i}`] = owner;
    binds[`t${i}`] = name;
    return `(OWNER = :o${i} AND ${nameColumn} = :t${i})`;
  });
  return { where: `(${conditions.join(' OR ')})`, binds };
}

const TABLES =
  'SELECT OWNER, TABLE_NAME, IOT_TYPE, TEMPORARY, NESTED, PARTITIONED, CLUSTER_NAME FROM DBA_TABLES WHERE ';
const OBJECTS =
  'SELECT OWNER, OBJECT_NAME, OBJECT_TYPE, TO_CHAR(OBJECT_ID), TO_CHAR(DATA_OBJECT_ID) FROM DBA_OBJECTS ' +
  `WHERE OBJECT_TYPE IN (${TABLE_OBJECT_TYPES}) AND `;
const COLUMNS =
  'SELECT OWNER, TABLE_NAME, COLUMN_NAME, DATA_TYPE, DATA_LENGTH, DATA_PRECISION, DATA_SCALE, NULLABLE, SEGMENT_COLUMN_ID, ' +
  "HIDDEN_COLUMN FROM DBA_TAB_COLS WHERE VIRTUAL_COLUMN = 'NO' AND ";
const CONSTRAINTS =
  "SELECT OWNER, TABLE_NAME, CONSTRAINT_NAME, CONSTRAINT_TYPE FROM DBA_CONSTRAINTS WHERE CONSTRAINT_TYPE IN ('P', 'U') AND STATUS = 'ENABLED' AND ";
const CONSTRAINT_COLUMNS =
  'SELECT OWNER, TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, POSITION FROM DBA_CONS_COLUMNS WHERE ';
const LOG_GROUPS = "SELECT OWNER, TABLE_NAME FROM DBA_LOG_GROUPS WHERE LOG_GROUP_TYPE = 'ALL COLUMN LOGGING' AND ";

/** The recycle bin, logs of materialized views, parts of text indexes, queues and mappings. */
const GENERATED = /^(?:BIN\$|MLOG\$_|RUPD\$_|DR\$|AQ\$|SYS_IOT|SYS_EXPORT)/;

type Grouped = ReadonlyMap<TableName, readonly TextRow[]>;

/** Every statement's first two columns are owner and name. */
function byTable(rows: readonly TextRow[]): Grouped {
  const groups = new Map<TableName, TextRow[]>();
  for (const [owner, name, ...rest] of rows) {
    const table = tableName({ owner: owner ?? '', name: name ?? '' });
    const group = groups.get(table);
    if (group) group.push(rest);
    else groups.set(table, [rest]);
  }
  return groups;
}

function constraintRows(constraints: readonly TextRow[], columns: readonly TextRow[]): ConstraintRow[] {
  const types = new Map(constraints.map(([name, type]) => [name ?? '', type ?? '']));
  return columns.flatMap(([name, column, position]) => {
    const type = types.get(name ?? '');
    return type === undefined ? [] : [{ name: name ?? '', type, column: column ?? '', position: Number(position) }];
  });
}

const columnRow = ([
  name = '',
  dataType = '',
  dataLength = null,
  precision = null,
  scale = null,
  nullable,
  segmentColumn = null,
  hidden,
]: TextRow): ColumnRow => ({
  name: name ?? '',
  dataType: dataType ?? '',
  dataLength,
  precision,
  scale,
  nullable: nullable !== 'N',
  segmentColumn,
  hidden: hidden === 'YES',
});

const tableRow = ([
  iotType = null,
  temporary = null,
  nested = null,
  partitioned = null,
  cluster = null,
]: TextRow): DictionaryRows['table'] => ({
  iotType,
  temporary,
  nested,
  partitioned,
  cluster,
});

export class Dictionary {
  readonly #session: Session;
  readonly #signal: AbortSignal;

  constructor(session: Session, signal: AbortSignal) {
    this.#session = session;
    this.#signal = signal;
  }

  /** Those tables that exist and can be seen. @throws Failure source-privilege-missing without access to the DBA views */
  async find(tables: readonly TableName[]): Promise<ReadonlyMap<TableName, TableDescription>> {
    const found = new Map<TableName, TableDescription>();
    for (let i = 0; i < tables.length; i += TABLES_PER_QUERY) {
      for (const description of await this.#findSome(tables.slice(i, i + TABLES_PER_QUERY)))
        found.set(description.table, description);
    }
    return found;
  }

  /** In the order asked. @throws Failure source-table-changed when one is missing */
  async describe(tables: readonly TableName[]): Promise<readonly TableDescription[]> {
    const found = await this.find(tables);
    return tables.map((table) => {
      const description = found.get(table);
      if (description) return description;
      throw new Failure(
        'source-table-changed',
        `${table} does not exist at Oracle ${this.#session.where}, or its owner's name differs.`,
      );
    });
  }

  /** Tables of these owners that a pattern may mean: not temporary or nested ones, nor those that Oracle makes for its own use. */
  async list(owners: readonly string[]): Promise<readonly TableName[]> {
    const binds = Object.fromEntries(owners.map((owner, i) => [`o${i}`, owner]));
    const names = owners.map((_, i) => `:o${i}`).join(', ');
    const rows = await this.#session.query(`${TABLES}OWNER IN (${names})`, binds, this.#signal);
    return rows.flatMap(([owner, name, iotType, temporary, nested]) => {
      const overflow = iotType !== null && iotType !== INDEX_ORGANIZED;
      if (overflow || temporary === 'Y' || nested === 'YES' || GENERATED.test(name ?? '')) return [];
      return [tableName({ owner: owner ?? '', name: name ?? '' })];
    });
  }

  /** Those tables with supplemental logging of ALL COLUMNS. */
  async withAllColumnsLogging(tables: readonly TableName[]): Promise<ReadonlySet<TableName>> {
    const logging = new Set<TableName>();
    for (let i = 0; i < tables.length; i += TABLES_PER_QUERY) {
      const groups = await this.#grouped(LOG_GROUPS, tables.slice(i, i + TABLES_PER_QUERY));
      for (const table of groups.keys()) logging.add(table);
    }
    return logging;
  }

  async #findSome(tables: readonly TableName[]): Promise<readonly TableDescription[]> {
    const known = await this.#grouped(TABLES, tables);
    const objects = await this.#grouped(OBJECTS, tables, 'OBJECT_NAME');
    const columns = await this.#grouped(COLUMNS, tables, 'TABLE_NAME', ' ORDER BY COLUMN_ID');
    const constraints = await this.#grouped(CONSTRAINTS, tables);
    const constraintColumns = await this.#grouped(CONSTRAINT_COLUMNS, tables);
    const indexOrganized = tables.filter((table) => known.get(table)?.[0]?.[0] === INDEX_ORGANIZED);
    const inIndexes = await indexOrganizedSegments(this.#session, indexOrganized, this.#signal);
    return tables.flatMap((table) => {
      const row = known.get(table)?.[0];
      const numbers = objectNumbers(objects.get(table) ?? []);
      if (!row || !numbers) return [];
      const segments = inIndexes.get(table) ?? numbers.segments;
      const rows = {
        table: tableRow(row),
        columns: (columns.get(table) ?? []).map(columnRow),
        constraints: constraintRows(constraints.get(table) ?? [], constraintColumns.get(table) ?? []),
        ...numbers.table,
        ...(segments && { segments }),
      };
      return [describeTable(table, rows)];
    });
  }

  async #grouped(sql: string, tables: readonly TableName[], nameColumn = 'TABLE_NAME', order = ''): Promise<Grouped> {
    const { where, binds } = conditionFor(tables, nameColumn);
    return byTable(await this.#session.query(`${sql}${where}${order}`, binds, this.#signal));
  }
}
