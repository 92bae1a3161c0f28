import { encodeDate } from './dates.ts';
import { hostMoment } from './instance.ts';
import type { Instance } from './instance.ts';
import { BLOCK_BYTES, BLOCKS_PER_EXTENT, DATA_FILE } from './segments.ts';
import { byteLimit } from './sql-sources.ts';
import type { Column, Constraint, Table } from './store.ts';
import type { NamedValues } from './view-columns.ts';

/** The DBA_ views, each with the columns that our clients read. Source: Oracle Database Reference, static data dictionary views. */
export interface ViewDefinition {
  readonly name: string;
  /** See view-columns.ts. */
  readonly columns: string;
  readonly rows: (instance: Instance) => Iterable<NamedValues>;
}

function tables(instance: Instance): readonly Table[] {
  return [...instance.catalog.tables];
}

function typeText(column: Column): string {
  const { type, scale, binaryDigits } = column.declared;
  if (binaryDigits !== undefined) return 'FLOAT';
  return type === 'TIMESTAMP' ? `TIMESTAMP(${scale ?? 6})` : type;
}

function dataLength(column: Column): number {
  const { type, scale } = column.declared;
  if (type === 'NUMBER') return 22;
  if (type === 'DATE') return 7;
  return type === 'TIMESTAMP' ? (scale === 0 ? 7 : 11) : byteLimit(column);
}

function textOrNull(value: number | undefined): string | null {
  return value === undefined ? null : String(value);
}

function columnRow(table: Table, column: Column, index: number): NamedValues {
  const { type, precision, scale, binaryDigits, length, lengthUnit } = column.declared;
  const isText = type === 'VARCHAR2' || type === 'CHAR';
  return {
    OWNER: table.owner,
    TABLE_NAME: table.name,
    COLUMN_NAME: column.name,
    DATA_TYPE: typeText(column),
    DATA_LENGTH: String(dataLength(column)),
    CHAR_LENGTH: String(isText ? (length ?? 0) : 0),
    CHAR_USED: isText ? (lengthUnit === 'CHAR' ? 'C' : 'B') : null,
    DATA_PRECISION: textOrNull(binaryDigits ?? precision),
    DATA_SCALE: textOrNull(scale),
    NULLABLE: column.nullable ? 'Y' : 'N',
    COLUMN_ID: String(index + 1),
    SEGMENT_COLUMN_ID: String(index + 1),
    HIDDEN_COLUMN: 'NO',
    VIRTUAL_COLUMN: 'NO',
  };
}

const CONSTRAINT_TYPES = { primary: 'P', unique: 'U', notNull: 'C' } as const;

function* constraintColumns(table: Table, constraint: Constraint): Generator<NamedValues> {
  for (const [position, column] of constraint.columns.entries()) {
    yield {
      OWNER: table.owner,
      TABLE_NAME: table.name,
      CONSTRAINT_NAME: constraint.name,
      COLUMN_NAME: table.columns[column]?.name ?? null,
      POSITION: constraint.kind === 'notNull' ? null : String(position + 1),
    };
  }
}

function* extents(table: Table): Generator<NamedValues> {
  for (const [index, first] of table.segment.extents.entries()) {
    yield {
      OWNER: table.owner,
      SEGMENT_NAME: table.name,
      SEGMENT_TYPE: 'TABLE',
      PARTITION_NAME: null,
      EXTENT_ID: String(index),
      RELATIVE_FNO: String(DATA_FILE),
      FILE_ID: String(DATA_FILE),
      BLOCK_ID: String(first),
      BLOCKS: String(BLOCKS_PER_EXTENT),
      BYTES: String(BLOCKS_PER_EXTENT * BLOCK_BYTES),
    };
  }
}

export const dictionaryViews: readonly ViewDefinition[] = [
  { name: 'DUAL', columns: 'DUMMY:V1', rows: () => [{ DUMMY: 'X' }] },
  {
    name: 'DBA_TABLES',
    columns: 'OWNER:V128 TABLE_NAME:V128 IOT_TYPE:V12 TEMPORARY:V1 NESTED:V3 PARTITIONED:V3 CLUSTER_NAME:V128',
    rows: (instance) =>
      tables(instance).map(({ owner, name }) => ({
        OWNER: owner,
        TABLE_NAME: name,
        IOT_TYPE: null,
        TEMPORARY: 'N',
        NESTED: 'NO',
        PARTITIONED: 'NO',
        CLUSTER_NAME: null,
      })),
  },
  {
    name: 'DBA_TAB_COLS',
    columns:
      'OWNER:V128 TABLE_NAME:V128 COLUMN_NAME:V128 DATA_TYPE:V128 DATA_LENGTH:N CHAR_LENGTH:N CHAR_USED:V1 DATA_PRECISION:N ' +
      'DATA_SCALE:N NULLABLE:V1 COLUMN_ID:N SEGMENT_COLUMN_ID:N HIDDEN_COLUMN:V3 VIRTUAL_COLUMN:V3',
    rows: (instance) =>
      tables(instance).flatMap((table) => table.columns.map((column, index) => columnRow(table, column, index))),
  },
  {
    name: 'DBA_CONSTRAINTS',
    columns: 'OWNER:V128 TABLE_NAME:V128 CONSTRAINT_NAME:V128 CONSTRAINT_TYPE:V1 STATUS:V8',
    rows: (instance) =>
      tables(instance).flatMap((table) =>
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
    rows: (instance) =>
      tables(instance).flatMap((table) =>
        table.constraints.flatMap((constraint) => [...constraintColumns(table, constraint)]),
      ),
  },
  {
    name: 'DBA_OBJECTS',
    columns: 'OWNER:V128 OBJECT_NAME:V128 OBJECT_TYPE:V23 OBJECT_ID:N DATA_OBJECT_ID:N LAST_DDL_TIME:D',
    rows: (instance) =>
      tables(instance).map((table) => ({
        OWNER: table.owner,
        OBJECT_NAME: table.name,
        OBJECT_TYPE: 'TABLE',
        OBJECT_ID: String(table.objectId),
        DATA_OBJECT_ID: String(table.objectId),
        LAST_DDL_TIME: encodeDate(hostMoment(instance, table.lastDdl)),
      })),
  },
  {
    name: 'DBA_LOG_GROUPS',
    columns: 'OWNER:V128 TABLE_NAME:V128 LOG_GROUP_NAME:V128 LOG_GROUP_TYPE:V28 ALWAYS:V11',
    rows: (instance) =>
      tables(instance)
        .filter((table) => table.logAllColumns)
        .map((table) => ({
          OWNER: table.owner,
          TABLE_NAME: table.name,
          LOG_GROUP_NAME: `SYS_C0${table.objectId}`,
          LOG_GROUP_TYPE: 'ALL COLUMN LOGGING',
          ALWAYS: 'ALWAYS',
        })),
  },
  {
    name: 'DBA_EXTENTS',
    columns:
      'OWNER:V128 SEGMENT_NAME:V128 SEGMENT_TYPE:V18 PARTITION_NAME:V128 EXTENT_ID:N RELATIVE_FNO:N FILE_ID:N BLOCK_ID:N ' +
      'BLOCKS:N BYTES:N',
    rows: (instance) => tables(instance).flatMap((table) => [...extents(table)]),
  },
  { name: 'DBA_2PC_PENDING', columns: 'LOCAL_TRAN_ID:V22 STATE:V16', rows: () => [] },
];
