import { compileAssigner } from './column-values.ts';
import type { Assigner } from './column-values.ts';
import { OracleError } from './engine.ts';
import type { SqlValue } from './engine.ts';
import { pieceFor } from './partitions.ts';
import { newGroup } from './redo-log.ts';
import type { RedoGroup } from './redo-log.ts';
import { checkKeys, lockHolder } from './row-locks.ts';
import { openTarget } from './sql-access.ts';
import { computed, newEnvironment } from './sql-compiled.ts';
import type { Compiled, Environment } from './sql-compiled.ts';
import { compileCondition, conjuncts } from './sql-conditions.ts';
import { compileExpression } from './sql-evaluate.ts';
import type { Scope } from './sql-evaluate.ts';
import { compileQuery } from './sql-select.ts';
import { compileChecks } from './row-checks.ts';
import { scopeOf, tableSource } from './sql-sources.ts';
import type { QueryContext } from './sql-sources.ts';
import type { Condition, FromItem, Statement } from './sql-syntax.ts';
import type { Row, Slot, Table, Version } from './store.ts';
import type { Transaction } from './transactions.ts';

/** What changing rows needs of the session. */
export interface DmlContext extends QueryContext {
  readonly transaction: () => Transaction | undefined;
  readonly begin: () => Transaction;
  /** Takes a new snapshot: committed rows of now and the session's own. */
  readonly refresh: () => void;
  /** Waits for the end of a transaction. @throws OracleError 60, 1013. */
  readonly waitFor: (other: Transaction) => Promise<void>;
}

export interface DmlOutcome {
  readonly count: number;
  readonly last: Slot | undefined;
}

/** Runs with one row of binds. Whatever fails leaves no change of this run behind. */
export type CompiledDml = (binds: Row) => Promise<DmlOutcome>;

export type DmlStatement = Statement & { readonly kind: 'insert' | 'update' | 'delete' };

export function compileDml(statement: DmlStatement, context: DmlContext): CompiledDml {
  const run = compileByKind(statement, context);
  // One group for all bind rows: an array insert shares redo records.
  const group = newGroup();
  return async (binds) => {
    const mark = context.transaction()?.changes.length ?? 0;
    try {
      return await run(binds, group);
    } catch (error: unknown) {
      context.transaction()?.undoTo(mark);
      throw error;
    }
  };
}

type DmlRun = (binds: Row, group: RedoGroup) => Promise<DmlOutcome>;

function compileByKind(statement: DmlStatement, context: DmlContext): DmlRun {
  switch (statement.kind) {
    case 'insert':
      return compileInsert(statement, context);
    case 'update':
      return compileUpdate(statement, context);
    case 'delete':
      return compileDelete(statement, context);
  }
}

function targetTable(
  item: FromItem & { readonly kind: 'table' },
  need: 'INSERT' | 'UPDATE' | 'DELETE',
  context: DmlContext,
): Table {
  const named = context.lookup(item.table, item.position, [need]);
  if (named.kind !== 'table' || item.asOf !== undefined) {
    throw new OracleError(1732, 'data manipulation operation not legal on this view', item.position);
  }
  return named.table;
}

function compileInsert(statement: DmlStatement & { readonly kind: 'insert' }, context: DmlContext): DmlRun {
  const table = targetTable({ kind: 'table', table: statement.table, position: statement.position }, 'INSERT', context);
  const columns = statement.columns ?? namedColumns(table);
  const targets = columns.map((name) => columnIndex(table, name, statement.position));
  if (new Set(targets).size < targets.length) throw new OracleError(957, 'duplicate column name');
  const scope = valuesScope(context);
  const { values, rows } = insertSource(statement, { targets, scope, context });
  const assigners = table.columns.map((column, index): Assigner => {
    const given = values[targets.indexOf(index)];
    const fallback =
      column.fallback === undefined ? computed('VARCHAR2', () => null) : compileExpression(column.fallback, scope);
    return compileAssigner(given ?? fallback, { table, column, updating: false }, context.statement);
  });
  const check = compileChecks(table, context);
  return async (binds, group) => {
    context.refresh();
    const environment = newEnvironment(1, binds);
    let count = 0;
    let last: Slot | undefined;
    for (const row of rows(binds)) {
      environment.rows[0] = { values: row, slot: undefined };
      const made = assigners.map((assign) => assign(environment));
      check(made);
      const transaction = context.transaction() ?? context.begin();
      last = transaction.insert(table, made, group);
      const blocker = checkKeys(last, transaction);
      if (blocker !== undefined) await settleKeys(last, blocker, context);
      count += 1;
    }
    return { count, last };
  };
}

function namedColumns(table: Table): readonly string[] {
  return table.columns.filter(({ unused }) => unused !== true).map(({ name }) => name);
}

/** In VALUES no column can be named. */
function valuesScope(context: DmlContext): Scope {
  return scopeOf([], context.statement, false);
}

interface InsertSource {
  /** One per target, reading either binds or the row in the environment. */
  readonly values: readonly Compiled[];
  readonly rows: (binds: Row) => Iterable<Row>;
}

const ONE_EMPTY_ROW: readonly Row[] = [[]];

function insertSource(
  { source }: DmlStatement & { readonly kind: 'insert' },
  place: { readonly targets: readonly number[]; readonly scope: Scope; readonly context: DmlContext },
): InsertSource {
  let made: InsertSource;
  if (source.kind === 'values') {
    const values = source.values.map((value) => compileExpression(value, place.scope));
    made = { values, rows: () => ONE_EMPTY_ROW };
  } else {
    const query = compileQuery(source.query, place.context);
    const values = query.columns.map((column, index) => ({
      ...computed(column.type, (environment: Environment) => environment.rows[0]?.values[index] ?? null),
      scale: column.scale,
    }));
    // All rows are read before the first is written, so that the statement never meets its own work; DUAL's are always the same.
    const fromDual = source.query.connectBy !== undefined;
    made = { values, rows: (binds) => (fromDual ? query.run(binds) : [...query.run(binds)]) };
  }
  if (made.values.length > place.targets.length) throw new OracleError(913, 'too many values');
  if (made.values.length < place.targets.length) throw new OracleError(947, 'not enough values');
  return made;
}

function columnIndex(table: Table, name: string, position: number): number {
  const index = table.columns.findIndex((column) => column.name === name && column.unused !== true);
  if (index < 0) throw new OracleError(904, `"${name}": invalid identifier`, position);
  return index;
}

async function settleKeys(slot: Slot, blocker: Transaction, context: DmlContext): Promise<void> {
  let next: Transaction | undefined = blocker;
  while (next !== undefined) {
    await context.waitFor(next);
    next = checkKeys(slot, context.transaction() ?? context.begin());
  }
}

/** Finds the rows of now that an UPDATE or DELETE means, none of them locked by somebody else. */
function compileTargets(
  table: Table,
  where: { readonly condition: Condition | undefined; readonly scope: Scope },
  context: DmlContext,
): (environment: Environment) => Promise<readonly Version[]> {
  const conditions = conjuncts(where.condition).map((condition) => compileCondition(condition, where.scope));
  const open = openTarget(table, conditions, context);
  return async (environment) => {
    for (;;) {
      context.refresh();
      const found: Version[] = [];
      let holder: Transaction | undefined;
      for (const version of open(environment)) {
        environment.rows[0] = version;
        if (!conditions.every(({ test }) => test(environment) === true)) continue;
        found.push(version);
        holder ??= lockHolder(version.slot, context.transaction());
      }
      if (holder === undefined) return found;
      // Nothing is changed yet, so after the wait the statement simply starts again with what is then committed.
      await context.waitFor(holder);
    }
  };
}

function compileUpdate(statement: DmlStatement & { readonly kind: 'update' }, context: DmlContext): DmlRun {
  const table = targetTable(statement.target, 'UPDATE', context);
  const scope = scopeOf([tableSource(table, statement.target.alias, undefined)], context.statement, false);
  const assignments = statement.assignments
    .map(({ column, position, value }) => {
      const index = columnIndex(table, column, position);
      const target = { table, column: table.columns[index] ?? unknownColumn(column), updating: true };
      return { index, assign: compileAssigner(compileExpression(value, scope), target, context.statement) };
    })
    .sort((left, right) => left.index - right.index);
  const columns = assignments.map(({ index }) => index);
  if (new Set(columns).size < columns.length) throw new OracleError(957, 'duplicate column name');
  const targets = compileTargets(table, { condition: statement.where, scope }, context);
  const changesKey = table.indexes.some(({ constraint }) =>
    constraint.columns.some((column) => columns.includes(column)),
  );
  const check = compileChecks(table, context);
  return async (binds, group) => {
    const environment = newEnvironment(1, binds);
    const found = await targets(environment);
    const changed: Slot[] = [];
    for (const version of found) {
      environment.rows[0] = version;
      const values: SqlValue[] = [...version.values];
      for (const { index, assign } of assignments) values[index] = assign(environment);
      check(values);
      changed.push(writeUpdate(version.slot, { values, columns, group }, context.transaction() ?? context.begin()));
    }
    if (changesKey) await checkChangedKeys(changed, context);
    return { count: found.length, last: changed.at(-1) };
  };
}

/**
 * Updates a row where it lies, or moves it to the partition where it now belongs: redo then has a DELETE and an INSERT.
 * Gives the row's place. @throws OracleError 14402 when the table does not allow moves.
 */
function writeUpdate(
  slot: Slot,
  change: { readonly values: Row; readonly columns: readonly number[]; readonly group: RedoGroup },
  transaction: Transaction,
): Slot {
  const { table } = slot;
  if (table.partitioning === undefined || pieceFor(table, change.values) === slot.piece) {
    transaction.update(slot, change.values, change.columns, change.group);
    return slot;
  }
  if (!table.partitioning.rowMovement) {
    throw new OracleError(14_402, 'updating partition key column would cause a partition change');
  }
  transaction.delete(slot, change.group);
  return transaction.insert(table, change.values, change.group);
}

/** At the end of the statement, as Oracle does: ID = ID + 1 over many rows is legal. */
async function checkChangedKeys(changed: readonly Slot[], context: DmlContext): Promise<void> {
  for (const slot of changed) {
    const blocker = checkKeys(slot, context.transaction() ?? context.begin());
    if (blocker !== undefined) await settleKeys(slot, blocker, context);
  }
}

function unknownColumn(name: string): never {
  throw new OracleError(904, `"${name}": invalid identifier`);
}

function compileDelete(statement: DmlStatement & { readonly kind: 'delete' }, context: DmlContext): DmlRun {
  const table = targetTable(statement.target, 'DELETE', context);
  const scope = scopeOf([tableSource(table, statement.target.alias, undefined)], context.statement, false);
  const targets = compileTargets(table, { condition: statement.where, scope }, context);
  return async (binds, group) => {
    const found = await targets(newEnvironment(1, binds));
    for (const version of found) (context.transaction() ?? context.begin()).delete(version.slot, group);
    return { count: found.length, last: found.at(-1)?.slot };
  };
}
