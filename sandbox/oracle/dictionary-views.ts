import type { Account } from './accounts.ts';
import type { Container } from './containers.ts';
import { familyOf } from './conversions.ts';
import { dataLength, typeText } from './declared-types.ts';
import type { Instance } from './instance.ts';
import { overflowNameOf } from './index-organized.ts';
import type { Wanted } from './sql-sources.ts';
import type { Column, Constraint, Partition, Table } from './store.ts';
import type { NamedValues } from './view-columns.ts';

/** The DBA_ views, each with the columns that our clients read. Source: Oracle Database Reference, static data dictionary views. */
export interface ViewDefinition {
  readonly name: string;
  /** See view-columns.ts. */
  readonly columns: string;
  /** Columns that a database of version 19 has not. */
  readonly since23?: readonly string[];
  readonly rows: (instance: Instance, asked: ViewQuestion) => Iterable<NamedValues>;
}

export interface ViewQuestion {
  readonly account: Account;
  readonly wanted: Wanted;
  /** Of the instance that is asked. */
  readonly thread: number;
  readonly container: Container;
}

/** The tables that the reader can mean, by the view's column for their names: a schema of thousands is quick to ask about some. */
export function tables({ catalog }: Instance, { wanted }: ViewQuestion, nameColumn = 'TABLE_NAME'): readonly Table[] {
  const [owners, names] = [wanted('OWNER') ?? wanted('TABLE_OWNER'), wanted(nameColumn)];
  const named = names === undefined ? [...catalog.tables] : [...names].flatMap((name) => catalog.named(name));
  return owners === undefined ? named : named.filter(({ owner }) => owners.has(owner));
}

/** What belongs to an index-organized table has another name. */
export const withIndexOrganized = ({ catalog }: Instance, found: readonly Table[]): readonly Table[] =>
  catalog.indexOrganized.size === 0 ? found : [...new Set([...found, ...catalog.indexOrganized])];

function textOrNull(value: number | undefined): string | null {
  return value === undefined ? null : String(value);
}

/** As DBA_TAB_COLS has them: unused columns are hidden ones without a COLUMN_ID. */
function columnRows(table: Table): readonly NamedValues[] {
  let named = 0;
  return table.columns.map((column, index) => {
    const hidden = column.unused === true;
    if (!hidden) named += 1;
    return {
      ...columnRow(table, column),
      COLUMN_ID: hidden ? null : String(named),
      SEGMENT_COLUMN_ID: String(index + 1),
      INTERNAL_COLUMN_ID: String(index + 1),
      HIDDEN_COLUMN: hidden ? 'YES' : 'NO',
      VIRTUAL_COLUMN: 'NO',
    };
  });
}

function columnRow(table: Table, column: Column): NamedValues {
  const { type, precision, scale, binaryDigits, length, lengthUnit } = column.declared;
  const isText = familyOf(type) === 'text';
  return {
    OWNER: table.owner,
    TABLE_NAME: table.name,
    COLUMN_NAME: column.name,
    DATA_TYPE: typeText(column.declared),
    DATA_LENGTH: String(dataLength(column.declared)),
    CHAR_LENGTH: String(isText ? (length ?? 0) : 0),
    CHAR_USED: isText ? (lengthUnit === 'CHAR' ? 'C' : 'B') : null,
    DATA_PRECISION: textOrNull(binaryDigits ?? precision),
    DATA_SCALE: type === 'INTERVAL_YM' ? '0' : textOrNull(scale),
    NULLABLE: column.nullable ? 'Y' : 'N',
    DATA_DEFAULT: column.fallbackText ?? null,
    DATA_DEFAULT_VC: column.fallbackText ?? null,
  };
}

const COLUMN_COLUMNS =
  'OWNER:V128 TABLE_NAME:V128 COLUMN_NAME:V128 DATA_TYPE:V128 DATA_LENGTH:N CHAR_LENGTH:N CHAR_USED:V1 DATA_PRECISION:N ' +
  'DATA_SCALE:N NULLABLE:V1 COLUMN_ID:N DATA_DEFAULT:V4000 DATA_DEFAULT_VC:V4000';

const HIDDEN_COLUMNS = ['SEGMENT_COLUMN_ID', 'INTERNAL_COLUMN_ID', 'HIDDEN_COLUMN', 'VIRTUAL_COLUMN'];

/** DBA_TAB_COLUMNS has neither hidden columns nor what tells of them. */
function visibleColumnRows(table: Table): readonly NamedValues[] {
  return columnRows(table)
    .filter((row) => row['HIDDEN_COLUMN'] === 'NO')
    .map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !HIDDEN_COLUMNS.includes(name))));
}

const CONSTRAINT_TYPES = { primary: 'P', unique: 'U', notNull: 'C', check: 'C', index: 'U' } as const;

function* constraintColumns(table: Table, constraint: Constraint): Generator<NamedValues> {
  for (const [position, column] of constraint.columns.entries()) {
    yield {
      OWNER: table.owner,
      TABLE_NAME: table.name,
      CONSTRAINT_NAME: constraint.name,
      COLUMN_NAME: table.columns[column]?.name ?? null,
      POSITION: constraint.kind === 'notNull' || constraint.kind === 'check' ? null : String(position + 1),
    };
  }
}

function partitionRow(table: Table, partition: Partition, position: number): NamedValues {
  const composite = table.partitioning?.subpartitions !== undefined;
  return {
    TABLE_OWNER: table.owner,
    TABLE_NAME: table.name,
    COMPOSITE: composite ? 'YES' : 'NO',
    PARTITION_NAME: partition.name,
    SUBPARTITION_COUNT: String(composite ? partition.pieces.length : 0),
    HIGH_VALUE: partition.highValue,
    PARTITION_POSITION: String(position + 1),
  };
}

function subpartitionRows(table: Table, { name, pieces }: Partition): readonly NamedValues[] {
  if (table.partitioning?.subpartitions === undefined) return [];
  return pieces.map((piece, position) => ({
    TABLE_OWNER: table.owner,
    TABLE_NAME: table.name,
    PARTITION_NAME: name,
    SUBPARTITION_NAME: piece.name,
    SUBPARTITION_POSITION: String(position + 1),
  }));
}

export const dictionaryViews: readonly ViewDefinition[] = [
  { name: 'DUAL', columns: 'DUMMY:V1', rows: () => [{ DUMMY: 'X' }] },
  {
    name: 'DATABASE_PROPERTIES',
    columns: 'PROPERTY_NAME:V128 PROPERTY_VALUE:V4000 DESCRIPTION:V4000',
    rows: () => [
      { PROPERTY_NAME: 'NLS_CHARACTERSET', PROPERTY_VALUE: 'AL32UTF8', DESCRIPTION: 'Character set' },
      { PROPERTY_NAME: 'NLS_NCHAR_CHARACTERSET', PROPERTY_VALUE: 'AL16UTF16', DESCRIPTION: 'NCHAR Character set' },
      { PROPERTY_NAME: 'DBTIMEZONE', PROPERTY_VALUE: '+00:00', DESCRIPTION: 'DB time zone' },
    ],
  },
  {
    name: 'DBA_TABLES',
    columns:
      'OWNER:V128 TABLE_NAME:V128 IOT_NAME:V128 IOT_TYPE:V12 TEMPORARY:V1 NESTED:V3 PARTITIONED:V3 CLUSTER_NAME:V128 LOGGING:V3',
    rows: (instance, asked) =>
      withIndexOrganized(instance, tables(instance, asked)).flatMap((table) => {
        const row = {
          OWNER: table.owner,
          TABLE_NAME: table.name,
          IOT_NAME: null,
          IOT_TYPE: table.organization === undefined ? null : 'IOT',
          TEMPORARY: 'N',
          NESTED: 'NO',
          PARTITIONED: table.partitioning === undefined ? 'NO' : 'YES',
          CLUSTER_NAME: null,
          LOGGING: instance.directLoads.logs(table) ? 'YES' : 'NO',
        };
        if (table.organization?.overflow === undefined) return [row];
        return [row, { ...row, TABLE_NAME: overflowNameOf(table), IOT_NAME: table.name, IOT_TYPE: 'IOT_OVERFLOW' }];
      }),
  },
  {
    name: 'DBA_TAB_COLS',
    columns: `${COLUMN_COLUMNS} SEGMENT_COLUMN_ID:N INTERNAL_COLUMN_ID:N HIDDEN_COLUMN:V3 VIRTUAL_COLUMN:V3`,
    since23: ['DATA_DEFAULT_VC'],
    rows: (instance, asked) => tables(instance, asked).flatMap(columnRows),
  },
  {
    name: 'DBA_TAB_COLUMNS',
    columns: COLUMN_COLUMNS,
    since23: ['DATA_DEFAULT_VC'],
    rows: (instance, asked) => tables(instance, asked).flatMap(visibleColumnRows),
  },
  {
    name: 'DBA_CONSTRAINTS',
    columns: 'OWNER:V128 TABLE_NAME:V128 CONSTRAINT_NAME:V128 CONSTRAINT_TYPE:V1 STATUS:V8',
    rows: (instance, asked) =>
      tables(instance, asked).flatMap((table) =>
        table.constraints.map(({ name, kind }) => ({
          OWNER: table.owner,
          TABLE_NAME: table.name,
          CONSTRAINT_NAME: name,
          CONSTRAINT_TYPE: CONSTRAINT_TYPES[kind],
          STATUS: 'ENABLED',
        })),
      ),
  },
  {
    name: 'DBA_CONS_COLUMNS',
    columns: 'OWNER:V128 TABLE_NAME:V128 CONSTRAINT_NAME:V128 COLUMN_NAME:V4000 POSITION:N',
    rows: (instance, asked) =>
      tables(instance, asked).flatMap((table) =>
        table.constraints.flatMap((constraint) => [...constraintColumns(table, constraint)]),
      ),
  },
  {
    name: 'DBA_TAB_PARTITIONS',
    columns:
      'TABLE_OWNER:V128 TABLE_NAME:V128 COMPOSITE:V3 PARTITION_NAME:V128 SUBPARTITION_COUNT:N HIGH_VALUE:V4000 ' +
      'PARTITION_POSITION:N',
    rows: (instance, asked) =>
      tables(instance, asked).flatMap((table) =>
        (table.partitioning?.partitions ?? []).map((partition, position) => partitionRow(table, partition, position)),
      ),
  },
  {
    name: 'DBA_TAB_SUBPARTITIONS',
    columns: 'TABLE_OWNER:V128 TABLE_NAME:V128 PARTITION_NAME:V128 SUBPARTITION_NAME:V128 SUBPARTITION_POSITION:N',
    rows: (instance, asked) =>
      tables(instance, asked).flatMap((table) =>
        (table.partitioning?.partitions ?? []).flatMap((partition) => subpartitionRows(table, partition)),
      ),
  },
  {
    name: 'DBA_LOG_GROUPS',
    columns: 'OWNER:V128 TABLE_NAME:V128 LOG_GROUP_NAME:V128 LOG_GROUP_TYPE:V28 ALWAYS:V11',
    rows: (instance, asked) =>
      tables(instance, asked)
        .filter((table) => table.logAllColumns)
        .map((table) => ({
          OWNER: table.owner,
          TABLE_NAME: table.name,
          LOG_GROUP_NAME: `SYS_C0${table.objectId}`,
          LOG_GROUP_TYPE: 'ALL COLUMN LOGGING',
          ALWAYS: 'ALWAYS',
        })),
  },
  { name: 'DBA_2PC_PENDING', columns: 'LOCAL_TRAN_ID:V22 STATE:V16', rows: () => [] },
];
