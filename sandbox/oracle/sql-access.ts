import { bytesOf, converted, familyOf, textOf } from './conversions.ts';
import { OracleError } from './engine.ts';
import { slotsBetween } from './rowid-ranges.ts';
import { decodeRowid } from './rowids.ts';
import type { RowidParts } from './rowids.ts';
import type { Compiled, Environment, StatementContext } from './sql-compiled.ts';
import type { CompiledCondition } from './sql-conditions.ts';
import type { QueryContext, Source, Wanted } from './sql-sources.ts';
import type { ComparisonOperator, ValueType } from './sql-syntax.ts';
import { keyOf, slotsWithKey, visibleVersion } from './store.ts';
import type { Row, Slot, Snapshot, SourceRow, Table, UniqueIndex, Version } from './store.ts';
import { rangesOf, TableScan } from './table-scan.ts';
import type { Undo } from './undo.ts';

/** How the rows of a source are found: by unique key, by ROWID range, or all of them. The conditions are tested again anyway. */
export function openSource(
  source: Source,
  place: { readonly index: number; readonly conditions: readonly CompiledCondition[] },
  context: QueryContext,
): (environment: Environment) => Iterable<SourceRow> {
  const { table, asOf } = source;
  if (table === undefined) return (environment) => source.rows(environment, wantedBy(source, place, environment));
  const candidates = chooseSlots(table, place, context.statement);
  return (environment) => {
    const snapshot =
      asOf === undefined ? context.statement.snapshot : flashback(table, asOf.read(environment), context);
    return visibleRows(candidates(environment), snapshot, context.undo);
  };
}

/**
 * For a query over one table that no key leads into: conditions that bound its ROWID are where the scan begins and ends, the
 * others are tested. Undefined where a key leads to the rows.
 */
export function compileScan(
  source: Source,
  conditions: readonly CompiledCondition[],
  context: QueryContext,
): ((environment: Environment) => TableScan) | undefined {
  const { table, asOf } = source;
  if (table === undefined) return undefined;
  const sided = conditions.map((condition) => ({ condition, side: sidesOf(condition, 0)[0] }));
  const sides = sided.flatMap(({ side }) => (side === undefined ? [] : [side]));
  if (byKey(table, sides, context.statement) !== undefined) return undefined;
  const bounds = sides.filter(isRowidBound);
  const tests = sided
    .filter(({ side }) => side === undefined || !isRowidBound(side))
    .map(({ condition }) => condition.test);
  return (environment) => {
    const snapshot =
      asOf === undefined ? context.statement.snapshot : flashback(table, asOf.read(environment), context);
    const ranges = rangesOf(
      table.pieces,
      bounds.map(({ operator, other }) => ({ operator, value: other.read(environment) })),
    );
    return new TableScan(ranges, { snapshot, undo: context.undo, tests }, environment);
  };
}

function isRowidBound({ own, operator, other }: Side): boolean {
  return own.rowidOf !== undefined && operator !== '<>' && other.sources === 0;
}

/** What the conditions leave of the values of a view's columns. */
function wantedBy(
  source: Source,
  place: { readonly index: number; readonly conditions: readonly CompiledCondition[] },
  environment: Environment,
): Wanted {
  return (name) => {
    for (const { choices = [] } of place.conditions) {
      const choice = choices.find(
        ({ column }) => column.source === place.index && source.columns[column.index]?.name === name,
      );
      if (choice === undefined) continue;
      return new Set(choice.options.map((option) => textOf(option.read(environment) ?? '')));
    }
    return undefined;
  };
}

/** As `openSource`, for UPDATE and DELETE: always the rows of now. */
export function openTarget(
  table: Table,
  conditions: readonly CompiledCondition[],
  context: QueryContext,
): (environment: Environment) => Iterable<Version> {
  const candidates = chooseSlots(table, { index: 0, conditions }, context.statement);
  return (environment) => visibleRows(candidates(environment), context.statement.snapshot, context.undo);
}

/** @throws OracleError 1555 on the way, at the first block that cannot be rebuilt. */
function* visibleRows(slots: Iterable<Slot>, snapshot: Snapshot, undo: Undo): Generator<Version> {
  let block = -1;
  for (const slot of slots) {
    if (slot.block !== block) {
      block = slot.block;
      undo.check(slot.piece.segment, block, snapshot.scn);
    }
    const version = visibleVersion(slot, snapshot);
    if (version !== undefined) yield version;
  }
}

/** @throws OracleError 8181 for an SCN that has not been, 1466 for one before the table. */
function flashback(table: Table, value: string | Buffer | null, context: QueryContext): Snapshot {
  const scn = value === null ? Number.NaN : Number(value);
  if (!(scn >= 1 && scn <= context.currentScn())) {
    throw new OracleError(8181, 'specified number is not a valid system change number');
  }
  if (scn < table.readableFrom) throw new OracleError(1466, 'unable to read data - table definition has changed');
  return { scn, own: undefined, sequence: 0 };
}

type Candidates = (environment: Environment) => Iterable<Slot>;

interface Side {
  readonly operator: ComparisonOperator;
  readonly own: Compiled;
  readonly other: Compiled;
}

const MIRRORED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  '=': '=',
  '<>': '<>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function chooseSlots(
  table: Table,
  place: { readonly index: number; readonly conditions: readonly CompiledCondition[] },
  context: StatementContext,
): Candidates {
  const sides = place.conditions.flatMap((condition) => sidesOf(condition, place.index));
  return (
    byKey(table, sides, context) ??
    byRowid(table, sides) ??
    ((): Iterable<Slot> => slotsBetween(table, undefined, undefined))
  );
}

/** A comparison of this source's column or ROWID with something that is known before its row. */
function sidesOf({ comparison }: CompiledCondition, index: number): readonly Side[] {
  if (comparison === undefined) return [];
  const { operator, left, right } = comparison;
  const known = (1 << index) - 1;
  const belongs = (side: Compiled): boolean => side.column?.source === index || side.rowidOf === index;
  if (belongs(left) && (right.sources & ~known) === 0) return [{ operator, own: left, other: right }];
  if (belongs(right) && (left.sources & ~known) === 0)
    return [{ operator: MIRRORED[operator], own: right, other: left }];
  return [];
}

function byKey(table: Table, sides: readonly Side[], context: StatementContext): Candidates | undefined {
  for (const index of table.indexes) {
    const values = index.constraint.columns.map((column) => keySide(table, column, sides, context));
    if (!values.includes(undefined)) return keyLookup(table, index, values);
  }
  return undefined;
}

/** CHAR has two comparisons (padded and not): a lookup would serve only one of them. Zero has two binary forms. */
const WITHOUT_LOOKUP: ReadonlySet<ValueType> = new Set<ValueType>(['CHAR', 'NCHAR', 'BINARY_FLOAT', 'BINARY_DOUBLE']);

/** What the column must equal, in the column's own form; undefined when no comparison says so. */
function keySide(
  table: Table,
  column: number,
  sides: readonly Side[],
  context: StatementContext,
): Compiled | undefined {
  const type = table.columns[column]?.declared.type;
  for (const { operator, own, other } of sides) {
    if (operator !== '=' || own.column?.index !== column || type === undefined) continue;
    if (WITHOUT_LOOKUP.has(type)) continue;
    if (familyOf(other.type) === familyOf(type) && other.type !== 'TIMESTAMP_TZ') return other;
    if (familyOf(other.type) === 'text') return converted(other, type, context);
  }
  return undefined;
}

function keyLookup(table: Table, index: UniqueIndex, values: readonly (Compiled | undefined)[]): Candidates {
  const { columns } = index.constraint;
  return (environment) => {
    const row: Row[number][] = [];
    for (const [position, column] of columns.entries()) {
      const value = values[position]?.read(environment) ?? null;
      if (value === null) return [];
      row[column] = table.columns[column]?.declared.type === 'NUMBER' ? textOf(value) : value;
    }
    const key = keyOf(row, columns);
    return key === undefined ? [] : slotsWithKey(index, key);
  };
}

function byRowid(table: Table, sides: readonly Side[]): Candidates | undefined {
  const own = sides.filter((side) => side.own.rowidOf !== undefined && side.operator !== '<>');
  const low = own.find(({ operator }) => operator === '=' || operator.startsWith('>'))?.other;
  const high = own.find(({ operator }) => operator === '=' || operator.startsWith('<'))?.other;
  if (low === undefined && high === undefined) return undefined;
  return (environment) => {
    const from = low?.read(environment);
    const to = high?.read(environment);
    if (from === null || to === null) return [];
    return slotsBetween(table, boundOf(from), boundOf(to));
  };
}

function boundOf(value: string | Buffer | undefined): RowidParts | undefined {
  if (value === undefined) return undefined;
  return decodeRowid(typeof value === 'string' ? value : bytesOf(value).toString('latin1'));
}
