import { comparatorOf, converted, textOf } from './conversions.ts';
import { formatMoment } from './date-masks.ts';
import { decodeMoment } from './dates.ts';
import { OracleError } from './engine.ts';
import type { SqlValue } from './engine.ts';
import { listKey } from './partitions.ts';
import { newEnvironment } from './sql-compiled.ts';
import type { StatementContext } from './sql-compiled.ts';
import { compileExpression } from './sql-evaluate.ts';
import { scopeOf } from './sql-sources.ts';
import type { BoundDefinition, Expression, PartitionDefinition } from './sql-syntax.ts';
import type { Column, Partition, PartitionBound, Partitioning, Piece, RangeValue, Table } from './store.ts';

/** What making a partition needs besides its definition. */
export interface PartitionMaker {
  readonly context: StatementContext;
  /** A piece with an object number and an empty segment of its own. */
  readonly newPiece: (kind: Piece['kind'], name: string | null) => Piece;
  readonly newObjectId: () => number;
  /** The number in SYS_P1, SYS_SUBP2. */
  readonly nextGeneratedName: () => number;
}

/** @throws OracleError 14012, 14074, 14308, 14312, 14323 and other errors of a partition's definition. */
export function addPartition(table: Table, definition: PartitionDefinition, maker: PartitionMaker): void {
  const { partitioning } = table;
  if (partitioning === undefined) throw new OracleError(14_501, 'object is not partitioned');
  const name = definition.name ?? `SYS_P${maker.nextGeneratedName()}`;
  if (partitioning.partitions.some((partition) => partition.name === name)) {
    throw new OracleError(14_013, 'duplicate partition name');
  }
  const bound = boundOf(table, partitioning, { definition: definition.bound, context: maker.context });
  checkBound(table, partitioning, bound);
  const { subpartitions } = partitioning;
  if (subpartitions === undefined) {
    const piece = maker.newPiece('TABLE PARTITION', name);
    partitioning.partitions.push({ name, objectId: piece.objectId, ...bound, pieces: [piece] });
    table.pieces.push(piece);
    return;
  }
  const objectId = maker.newObjectId();
  const pieces = Array.from({ length: subpartitions.count }, () =>
    maker.newPiece('TABLE SUBPARTITION', `SYS_SUBP${maker.nextGeneratedName()}`),
  );
  partitioning.partitions.push({ name, objectId, ...bound, pieces });
  table.pieces.push(...pieces);
}

type BoundAndText = Pick<Partition, 'bound' | 'highValue'>;

function boundOf(
  table: Table,
  { kind, columns }: Partitioning,
  { definition, context }: { readonly definition: BoundDefinition; readonly context: StatementContext },
): BoundAndText {
  const read = (expression: Expression, index: number): SqlValue => {
    const type = table.columns[columns[index] ?? -1]?.declared.type;
    if (type === undefined)
      throw new OracleError(
        14_019,
        'partition bound element must be one of: string, datetime or interval literal, number, or MAXVALUE',
      );
    const compiled = compileExpression(expression, scopeOf([], context, false));
    return converted(compiled, type, context).read(newEnvironment(0, []));
  };
  if (kind === 'RANGE' && definition.kind === 'less than') {
    if (definition.values.length !== columns.length)
      throw new OracleError(14_017, 'partition bound list contains too many elements');
    const below = definition.values.map((value, index): RangeValue => {
      if (value === undefined) return undefined;
      return read(value, index) ?? noNullBound();
    });
    return {
      bound: { kind, below },
      highValue: below.map((value, index) => printBound(table.columns[columns[index] ?? -1], value)).join(', '),
    };
  }
  if (kind === 'LIST' && definition.kind === 'values') {
    const rows = definition.rows.map((row) => rowAt(columns, row.map(read)));
    const keys = new Set(rows.map((row) => listKey(row, columns)));
    if (keys.size < rows.length) throw new OracleError(14_308, 'partition bound element must be unique');
    return { bound: { kind, keys, takesOthers: definition.takesOthers }, highValue: definition.text };
  }
  if (kind === 'HASH' && definition.kind === 'none') return { bound: { kind }, highValue: null };
  throw new OracleError(14_004, 'missing or wrong VALUES clause of a partition');
}

/** A row that has nothing but the values of the partitioning key. */
function rowAt(columns: readonly number[], values: readonly SqlValue[]): SqlValue[] {
  const row: SqlValue[] = [];
  for (const [index, column] of columns.entries()) row[column] = values[index] ?? null;
  return row;
}

function noNullBound(): never {
  throw new OracleError(
    14_019,
    'partition bound element must be one of: string, datetime or interval literal, number, or MAXVALUE',
  );
}

function checkBound(table: Table, { partitions, columns }: Partitioning, { bound }: BoundAndText): void {
  for (const existing of partitions) {
    const other = existing.bound;
    if (bound.kind === 'RANGE' && other.kind === 'RANGE' && !isAbove(table, columns, { bound, last: other })) {
      throw new OracleError(14_074, 'partition bound must collate higher than that of the last partition');
    }
    if (bound.kind !== 'LIST' || other.kind !== 'LIST') continue;
    if (other.takesOthers) throw new OracleError(14_323, 'cannot add partition when DEFAULT partition exists');
    if ([...bound.keys].some((key) => other.keys.has(key))) {
      throw new OracleError(14_312, `Value already exists in partition ${existing.name}`);
    }
  }
}

type RangeBound = Extract<PartitionBound, { kind: 'RANGE' }>;

function isAbove(
  table: Table,
  columns: readonly number[],
  { bound, last }: { readonly bound: RangeBound; readonly last: RangeBound },
): boolean {
  for (const [index, column] of columns.entries()) {
    const [value, limit] = [bound.below[index], last.below[index]];
    if (limit === undefined) return false;
    if (value === undefined) return true;
    const order = comparatorOf(table.columns[column]?.declared.type ?? 'VARCHAR2')(value, limit);
    if (order !== 0) return order > 0;
  }
  return false;
}

/** HIGH_VALUE as the dictionary prints it. */
function printBound(column: Column | undefined, value: RangeValue): string {
  if (value === undefined) return 'MAXVALUE';
  if (column?.declared.type === 'NUMBER') return textOf(value);
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  const text = formatMoment(decodeMoment(value), 'SYYYY-MM-DD HH24:MI:SS', { zoneMinutes: 0, fractionDigits: 0 });
  if (column?.declared.type === 'DATE') return `TO_DATE('${text}', 'SYYYY-MM-DD HH24:MI:SS', 'NLS_CALENDAR=GREGORIAN')`;
  return `TIMESTAMP'${text}'`;
}
