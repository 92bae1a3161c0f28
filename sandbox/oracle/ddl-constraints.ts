import { isKey } from './catalog.ts';
import type { Catalog } from './catalog.ts';
import { define, existing, lockedTable, rowsOf } from './ddl-place.ts';
import type { DdlPlace } from './ddl-place.ts';
import { OracleError } from './engine.ts';
import { newEnvironment } from './sql-compiled.ts';
import { compileTest } from './sql-conditions.ts';
import { scopeOf, tableSource } from './sql-sources.ts';
import type { ConstraintDefinition, ConstraintReference, Statement, TableChange } from './sql-syntax.ts';
import { addToIndex, keyOfVersion } from './store.ts';
import type { Column, Constraint, Slot, Table, UniqueIndex } from './store.ts';

/** Constraints and indexes of tables that have rows. Source: SQL Language Reference, "constraint", "CREATE INDEX"; error messages. */
type Change<Kind extends TableChange['kind']> = TableChange & { readonly kind: Kind };

/** @throws OracleError 1449, 2260, 2261, 2293, 2299, 2437 and others where the definition or a row forbids it. */
export function plannedConstraints(
  place: DdlPlace,
  table: Table,
  definitions: readonly ConstraintDefinition[],
): readonly Constraint[] {
  const names = table.columns.map(({ name, unused }) => (unused === true ? '' : name));
  const constraints = place.instance.catalog.constraints(table.owner, names, definitions);
  for (const constraint of constraints) {
    const present = table.constraints.find(({ kind }) => kind === 'primary');
    if (constraint.kind === 'primary' && present !== undefined) {
      throw new OracleError(2260, 'table can have only one primary key');
    }
    const same = ({ kind, columns }: Constraint): boolean =>
      isKey({ ...constraint, kind }) && String(columns) === String(constraint.columns);
    if (isKey(constraint) && table.constraints.some(same)) {
      throw new OracleError(2261, 'such unique or primary key already exists in the table');
    }
    checkRows(place, table, constraint);
  }
  return constraints;
}

function checkRows(place: DdlPlace, table: Table, constraint: Constraint): void {
  const path = `${table.owner}.${constraint.name}`;
  if (constraint.condition !== undefined) {
    const scope = scopeOf([tableSource(table, undefined, undefined)], place.context, false);
    const test = compileTest(constraint.condition, scope);
    const environment = newEnvironment(1, []);
    for (const version of rowsOf(table)) {
      environment.rows[0] = { values: version.valuesIn(table.columns), slot: version.slot };
      if (test(environment) === false) {
        throw new OracleError(2293, `cannot validate (${path}) - check constraint violated`);
      }
    }
    return;
  }
  if (constraint.kind === 'notNull') return;
  const seen = new Set<string>();
  for (const version of rowsOf(table)) {
    if (constraint.kind === 'primary' && constraint.columns.some((column) => version.value(column) === null)) {
      throw new OracleError(1449, 'column contains NULL values; cannot alter to NOT NULL');
    }
    const key = keyOfVersion(version, constraint.columns);
    if (key !== undefined && seen.has(key)) throw duplicate(constraint, path);
    if (key !== undefined) seen.add(key);
  }
}

function duplicate({ kind }: Constraint, path: string): OracleError {
  if (kind === 'primary') return new OracleError(2437, `cannot validate (${path}) - primary key violated`);
  if (kind === 'unique') return new OracleError(2299, `cannot validate (${path}) - duplicate keys found`);
  return new OracleError(1452, 'cannot CREATE UNIQUE INDEX; duplicate keys found');
}

export function addConstraints(catalog: Catalog, table: Table, constraints: readonly Constraint[]): void {
  const before = table.constraints;
  table.constraints = [...before, ...constraints];
  catalog.noteConstraints(table, before);
  table.indexes = [...table.indexes, ...constraints.filter(isKey).map((constraint) => builtIndex(table, constraint))];
  const primary = constraints.find(({ kind }) => kind === 'primary')?.columns ?? [];
  if (primary.length > 0) setNullable(table, (index) => primary.includes(index), false);
}

/** Of whoever reads the past as well: all versions of all rows. */
function builtIndex(table: Table, constraint: Constraint): UniqueIndex {
  const index: UniqueIndex = { constraint, slots: new Map() };
  fillIndex(table, index);
  return index;
}

export function fillIndex(table: Table, index: UniqueIndex): void {
  for (const { segment } of table.pieces) {
    for (const slot of segment.slots(0, Number.POSITIVE_INFINITY)) addVersions(index, slot);
  }
}

function addVersions(index: UniqueIndex, slot: Slot): void {
  for (let version = slot.head; version !== undefined; version = version.previous) {
    if (!version.deleted) addToIndex(index, slot, version.values);
  }
}

/** No new version of the table: rows are stored as before. */
function setNullable(table: Table, meant: (index: number) => boolean, nullable: boolean): void {
  const columns = table.columns.map((column, index): Column => (meant(index) ? { ...column, nullable } : column));
  table.columns = columns;
  table.shape = { version: table.shape.version, columns };
}

export function addTableConstraints({ table: name, constraints }: Change<'add constraints'>, place: DdlPlace): void {
  const table = lockedTable(name, place);
  const planned = plannedConstraints(place, table, constraints);
  define(place, table, () => {
    addConstraints(place.instance.catalog, table, planned);
  });
}

export function dropConstraint({ table: name, reference }: Change<'drop constraint'>, place: DdlPlace): void {
  const table = lockedTable(name, place);
  const constraint = referred(table, reference);
  if (constraint.kind === 'primary' && table.organization !== undefined) {
    throw new OracleError(
      25_188,
      'cannot drop/disable/defer the primary key constraint for index-organized tables or sorted hash cluster',
    );
  }
  define(place, table, () => {
    const before = table.constraints;
    table.constraints = before.filter((each) => each !== constraint);
    table.indexes = table.indexes.filter((index) => index.constraint.name !== constraint.name);
    place.instance.catalog.noteConstraints(table, before);
    const forced = (index: number): boolean =>
      table.constraints.some(
        ({ kind, columns }) => (kind === 'notNull' || kind === 'primary') && columns.includes(index),
      );
    if (constraint.kind === 'notNull' || constraint.kind === 'primary') {
      setNullable(table, (index) => constraint.columns.includes(index) && !forced(index), true);
    }
  });
}

function referred(table: Table, reference: ConstraintReference): Constraint {
  const { constraints } = table;
  switch (reference.kind) {
    case 'name': {
      const named = constraints.find(({ name }) => name === reference.name);
      if (named === undefined) throw new OracleError(2443, 'Cannot drop constraint  - nonexistent constraint');
      return named;
    }
    case 'primary': {
      const primary = constraints.find(({ kind }) => kind === 'primary');
      if (primary === undefined) throw new OracleError(2441, 'Cannot drop nonexistent primary key');
      return primary;
    }
    default: {
      const wanted = reference.columns.map((name) => table.columns.findIndex((column) => column.name === name));
      const unique = constraints.find(({ kind, columns }) => kind === 'unique' && String(columns) === String(wanted));
      if (unique === undefined) throw new OracleError(2442, 'Cannot drop nonexistent unique key');
      return unique;
    }
  }
}

export function createIndex(statement: Change<'create index'>, place: DdlPlace): void {
  const table = lockedTable(statement.table, place);
  const { catalog } = place.instance;
  const owner = statement.index.schema ?? place.account.name;
  if (catalog.indexes.find(owner, statement.index.name) !== undefined) {
    throw new OracleError(955, 'name is already used by an existing object');
  }
  const definition: ConstraintDefinition = { kind: 'index', name: statement.index.name, columns: statement.columns };
  const names = table.columns.map(({ name, unused }) => (unused === true ? '' : name));
  const [index] = statement.unique
    ? plannedConstraints(place, table, [definition])
    : catalog.constraints(table.owner, names, [definition]);
  define(place, table, () => {
    catalog.newObjectId();
    catalog.indexes.add(owner, statement.index.name, table);
    if (statement.unique && index !== undefined) table.indexes = [...table.indexes, builtIndex(table, index)];
  });
}

export function dropIndex({ index }: Statement & { readonly kind: 'drop index' }, place: DdlPlace): void {
  const owner = index.schema ?? place.account.name;
  const { indexes } = place.instance.catalog;
  const table = indexes.find(owner, index.name);
  if (table === undefined) throw new OracleError(1418, 'specified index does not exist');
  existing({ schema: table.owner, name: table.name }, place);
  define(place, table, () => {
    indexes.remove(owner, index.name);
    table.indexes = table.indexes.filter(
      ({ constraint }) => constraint.kind !== 'index' || constraint.name !== index.name,
    );
  });
}
