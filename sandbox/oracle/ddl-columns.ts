import { checkColumnNames } from './catalog.ts';
import { compileAssigner } from './column-values.ts';
import { familyOf } from './conversions.ts';
import { addConstraints, plannedConstraints } from './ddl-constraints.ts';
import { define, existing, hasRows, lockedTable, restructure, rowsOf } from './ddl-place.ts';
import type { DdlPlace } from './ddl-place.ts';
import { OracleError } from './engine.ts';
import type { SqlValue } from './engine.ts';
import { notPretended } from './refusal.ts';
import { computed, newEnvironment } from './sql-compiled.ts';
import { compileExpression } from './sql-evaluate.ts';
import { scopeOf } from './sql-sources.ts';
import type { ColumnDefinition, ColumnModification, DeclaredType, TableChange } from './sql-syntax.ts';
import type { Column, Table, Version } from './store.ts';
import { droppedColumns, reshape, unusedColumns } from './table-shape.ts';

/** ALTER TABLE ADD | MODIFY | DROP | RENAME of columns. Source: SQL Language Reference, "ALTER TABLE"; error messages. */
type Change<Kind extends TableChange['kind']> = TableChange & { readonly kind: Kind };

export function columnAt(table: Table, name: string): number {
  const index = table.columns.findIndex((column) => column.name === name && column.unused !== true);
  if (index < 0) throw new OracleError(904, `"${name}": invalid identifier`);
  return index;
}

/** Open transactions of others may go on: rows of before are left as they are and show the default. */
export function addColumns(statement: Change<'add columns'>, place: DdlPlace): void {
  const keys = statement.constraints.some(({ kind }) => kind !== 'notNull');
  const table = keys ? lockedTable(statement.table, place) : existing(statement.table, place);
  for (const { name } of statement.columns) {
    if (table.columns.some((column) => column.name === name)) {
      throw new OracleError(1430, 'column being added already exists in table');
    }
  }
  const added = statement.columns.map((definition) => addedColumn(table, definition, place));
  const columns = [...table.columns, ...added];
  checkColumnNames(columns.map(({ name }) => name));
  const constraints = plannedConstraints(place, { ...table, columns }, statement.constraints);
  define(place, table, () => {
    reshape(table, columns);
    addConstraints(place.instance.catalog, table, constraints);
  });
}

function addedColumn(table: Table, definition: ColumnDefinition, place: DdlPlace): Column {
  const { name, declared, nullable, fallback, fallbackText } = definition;
  const column: Column = { name, declared, nullable, fallback, fallbackText };
  if (fallback === undefined) {
    if (!nullable && hasRows(table)) {
      throw new OracleError(1758, 'table must be empty to add mandatory (NOT NULL) column');
    }
    return column;
  }
  const compiled = compileExpression(fallback, scopeOf([], place.context, false));
  const assign = compileAssigner(
    compiled,
    { table, column: { ...column, nullable: true }, updating: false },
    place.context,
  );
  const initial = assign(newEnvironment(1, []));
  if (initial === null && !nullable && hasRows(table)) {
    throw new OracleError(1758, 'table must be empty to add mandatory (NOT NULL) column');
  }
  return { ...column, initial };
}

export function modifyColumns({ table: name, modifications }: Change<'modify columns'>, place: DdlPlace): void {
  const table = lockedTable(name, place);
  const columns = [...table.columns];
  for (const modification of modifications) {
    const index = columnAt(table, modification.name);
    columns[index] = modifiedColumn(table, index, modification);
  }
  const rewritten = refitted(table, columns, place);
  const structural = modifications.some(({ declared, nullable }) => declared !== undefined || nullable !== undefined);
  const notNull = modifications.filter(({ nullable }) => nullable === false).map((each) => each.name);
  const constraints = plannedConstraints(
    place,
    { ...table, columns },
    notNull.map((column) => ({ kind: 'notNull', columns: [column] })),
  );
  const run = structural ? restructure : define;
  run(place, table, (transaction) => {
    if (structural) reshape(table, columns);
    else {
      table.shape = { version: table.shape.version, columns };
      table.columns = columns;
    }
    for (const { version, values } of rewritten) transaction.rewrite(version.slot, values);
    const stays = ({ kind, columns: [column] }: Table['constraints'][number]): boolean =>
      kind !== 'notNull' || columns[column ?? -1]?.nullable !== true;
    table.constraints = table.constraints.filter(stays);
    addConstraints(place.instance.catalog, table, constraints);
  });
}

function modifiedColumn(table: Table, index: number, modification: ColumnModification): Column {
  const column = table.columns[index];
  if (column === undefined) throw new OracleError(904, `"${modification.name}": invalid identifier`);
  const { declared = column.declared, fallback, nullable } = modification;
  if (modification.declared !== undefined) checkType(table, index, declared);
  if (nullable === false && !column.nullable) {
    throw new OracleError(1442, 'column to be modified to NOT NULL is already NOT NULL');
  }
  if (nullable === true && column.nullable) {
    throw new OracleError(1451, 'column to be modified to NULL cannot be modified to NULL');
  }
  if (nullable === false && [...rowsOf(table)].some((version) => version.value(index) === null)) {
    throw new OracleError(2296, `cannot enable (${table.owner}.) - null values found`);
  }
  return {
    ...column,
    declared,
    nullable: nullable ?? column.nullable,
    ...(fallback === undefined ? {} : { fallback: fallback.expression, fallbackText: fallback.text }),
  };
}

/** What the values of the second can be without looking at them again. */
const WIDER = new Set([
  'CHAR VARCHAR2',
  'VARCHAR2 CHAR',
  'NCHAR NVARCHAR2',
  'NVARCHAR2 NCHAR',
  'DATE TIMESTAMP',
  'DATE TIMESTAMP_LTZ',
]);

/** @throws OracleError 1439, 1440, 14060, 30082 for what the column's values, or its part in the partitioning, forbid. */
function checkType(table: Table, index: number, declared: DeclaredType): void {
  const old = table.columns[index]?.declared ?? declared;
  if (partitioningColumns(table).includes(index)) {
    throw new OracleError(14_060, 'data type or length of a table partitioning column may not be changed');
  }
  if (![...rowsOf(table)].some((version) => version.value(index) !== null)) return;
  if (old.type === declared.type) checkDigits(old, declared);
  else if (!WIDER.has(`${old.type} ${declared.type}`)) {
    throw new OracleError(1439, 'column to be modified must be empty to change datatype');
  }
}

function partitioningColumns({ partitioning }: Table): readonly number[] {
  return [...(partitioning?.columns ?? []), ...(partitioning?.subpartitions?.columns ?? [])];
}

function checkDigits(old: DeclaredType, declared: DeclaredType): void {
  const { type } = declared;
  if (type === 'NUMBER') {
    if (!isNarrowerNumber(old, declared)) return;
    throw new OracleError(1440, 'column to be modified must be empty to decrease precision or scale');
  }
  const narrower = (declared.scale ?? 0) < (old.scale ?? 0) || (declared.precision ?? 0) < (old.precision ?? 0);
  if (!narrower || familyOf(type) === 'text') return;
  throw new OracleError(
    30_082,
    'datetime/interval column to be modified must be empty to decrease fractional second or leading field precision',
  );
}

function isNarrowerNumber(old: DeclaredType, declared: DeclaredType): boolean {
  if ((declared.binaryDigits ?? 126) < (old.binaryDigits ?? 126)) return true;
  if (declared.scale === undefined) return false;
  if (old.scale === undefined) return true;
  const digits = ({ precision = 38, scale = 0 }: DeclaredType): number => precision - scale;
  return declared.scale < old.scale || digits(declared) < digits(old);
}

interface Rewritten {
  readonly version: Version;
  readonly values: readonly SqlValue[];
}

/** The rows whose values the new types store differently, as CHAR does when it is made longer. */
function refitted(table: Table, columns: readonly Column[], place: DdlPlace): readonly Rewritten[] {
  const changed = columns.flatMap((column, index) => {
    const old = table.columns[index];
    if (old === undefined || old.declared === column.declared) return [];
    const value = computed(old.declared.type, (environment) => environment.rows[0]?.values[index] ?? null, {
      ...(old.declared.scale === undefined ? {} : { scale: old.declared.scale }),
    });
    const target = { table, column: { ...column, nullable: true }, updating: true };
    return [{ index, assign: compileAssigner(value, target, place.context) }];
  });
  if (changed.length === 0) return [];
  const environment = newEnvironment(1, []);
  const rewritten: Rewritten[] = [];
  for (const version of rowsOf(table)) {
    environment.rows[0] = version;
    const values = [...version.values];
    for (const { index, assign } of changed) values[index] = fitted(() => assign(environment));
    if (changed.some(({ index }) => values[index] !== version.value(index))) rewritten.push({ version, values });
  }
  return rewritten;
}

function fitted(assign: () => SqlValue): SqlValue {
  try {
    return assign();
  } catch (error: unknown) {
    if (error instanceof OracleError && error.number === 12_899) {
      throw new OracleError(1441, 'cannot decrease column length because some value is too big');
    }
    throw error;
  }
}

/** DROP COLUMN takes unused columns along, as Oracle does. */
export function dropColumns(statement: Change<'drop columns'>, place: DdlPlace): void {
  const table = lockedTable(statement.table, place);
  const positions = statement.names.map((name) => columnAt(table, name));
  checkDroppable(table, positions, statement.cascade);
  const { catalog } = place.instance;
  const before = table.constraints;
  restructure(place, table, (transaction) => {
    if (statement.unused) unusedColumns(table, positions, place.context.now);
    else {
      const unused = table.columns.flatMap((column, index) => (column.unused === true ? [index] : []));
      droppedColumns(table, new Set([...positions, ...unused]), transaction);
    }
    catalog.noteConstraints(table, before);
  });
}

function checkDroppable(table: Table, positions: readonly number[], cascade: boolean): void {
  const left = table.columns.filter((column, index) => column.unused !== true && !positions.includes(index));
  if (left.length === 0) throw new OracleError(12_983, 'cannot drop all columns in a table');
  if (partitioningColumns(table).some((key) => positions.includes(key))) {
    throw new OracleError(12_984, 'cannot drop partitioning column');
  }
  const shared = table.constraints.some(
    ({ columns }) =>
      columns.some((column) => positions.includes(column)) && !columns.every((column) => positions.includes(column)),
  );
  if (shared && !cascade) throw new OracleError(12_991, 'column is referenced in a multi-column constraint');
}

export function renameColumn({ table: name, from, to }: Change<'rename column'>, place: DdlPlace): void {
  const table = lockedTable(name, place);
  const index = columnAt(table, from);
  if (table.columns.some((column) => column.name === to)) throw new OracleError(957, 'duplicate column name');
  if (table.constraints.some(({ kind, columns }) => kind === 'check' && columns.includes(index))) {
    throw notPretended('renaming a column that a CHECK constraint names');
  }
  define(place, table, () => {
    reshape(
      table,
      table.columns.map((column, at) => (at === index ? { ...column, name: to } : column)),
    );
  });
}
