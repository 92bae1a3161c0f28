import type { SqlValue } from './engine.ts';
import { textOf } from './conversions.ts';
import { decodeRowid } from './rowids.ts';
import type { RowidParts } from './rowids.ts';
import { DATA_FILE } from './segments.ts';
import type { Block } from './segments.ts';
import type { Environment, Test } from './sql-compiled.ts';
import type { ComparisonOperator } from './sql-syntax.ts';
import { visibleVersion } from './store.ts';
import type { Piece, Slot, Snapshot } from './store.ts';
import type { Undo } from './undo.ts';

/** Puts one matching row after the other into an environment. */
export interface RowCursor {
  /** False at the end, and from then on. */
  advance(): boolean;
}

/** `ROWID <operator> value`. */
export interface RowidBound {
  readonly operator: ComparisonOperator;
  readonly value: SqlValue;
}

/** Both ends inclusive. */
interface Range {
  readonly piece: Piece;
  readonly lowBlock: number;
  readonly lowRow: number;
  readonly highBlock: number;
  readonly highRow: number;
}

/** Where rows are looked for: in the order of their ROWIDs, piece by piece. */
export function rangesOf(pieces: readonly Piece[], bounds: readonly RowidBound[]): readonly Range[] {
  const parsed: { readonly operator: ComparisonOperator; readonly parts: RowidParts }[] = [];
  for (const { operator, value } of bounds) {
    if (value === null) return [];
    parsed.push({ operator, parts: decodeRowid(textOf(value)) });
  }
  return pieces.flatMap((piece) => {
    const whole: Range | undefined = { piece, lowBlock: 0, lowRow: 0, highBlock: Infinity, highRow: Infinity };
    const range = parsed.reduce<Range | undefined>(
      (left, { operator, parts }) => (left === undefined ? undefined : narrowed(left, operator, parts)),
      whole,
    );
    return range === undefined ? [] : [range];
  });
}

function narrowed(range: Range, operator: ComparisonOperator, bound: RowidParts): Range | undefined {
  switch (operator) {
    case '>':
      return from(range, bound, bound.row + 1);
    case '>=':
      return from(range, bound, bound.row);
    case '<':
      return upTo(range, bound, bound.row - 1);
    case '<=':
      return upTo(range, bound, bound.row);
    case '=': {
      const above = from(range, bound, bound.row);
      return above === undefined ? undefined : upTo(above, bound, bound.row);
    }
    case '<>':
      return range;
  }
}

/** Positive: the whole piece lies above the bound; negative: below. */
function sideOf({ piece }: Range, bound: RowidParts): number {
  return piece.dataObjectId - bound.object || DATA_FILE - bound.file;
}

function from(range: Range, bound: RowidParts, row: number): Range | undefined {
  const side = sideOf(range, bound);
  if (side !== 0) return side > 0 ? range : undefined;
  const higher = bound.block > range.lowBlock || (bound.block === range.lowBlock && row > range.lowRow);
  return higher ? { ...range, lowBlock: bound.block, lowRow: row } : range;
}

function upTo(range: Range, bound: RowidParts, row: number): Range | undefined {
  const side = sideOf(range, bound);
  if (side !== 0) return side < 0 ? range : undefined;
  const lower = bound.block < range.highBlock || (bound.block === range.highBlock && row < range.highRow);
  return lower ? { ...range, highBlock: bound.block, highRow: row } : range;
}

/** Reads a table block by block. Rows that come while it is open are behind the snapshot, so they do no harm. */
export class TableScan implements RowCursor {
  readonly #ranges: readonly Range[];
  readonly #snapshot: Snapshot;
  readonly #undo: Undo;
  readonly #tests: readonly Test[];
  readonly #environment: Environment;
  #range = -1;
  #nextBlock = 0;
  #block: Block<Slot> | undefined;
  #row = 0;
  #endRow = 0;

  constructor(
    ranges: readonly Range[],
    view: { readonly snapshot: Snapshot; readonly undo: Undo; readonly tests: readonly Test[] },
    environment: Environment,
  ) {
    this.#ranges = ranges;
    this.#snapshot = view.snapshot;
    this.#undo = view.undo;
    this.#tests = view.tests;
    this.#environment = environment;
  }

  /** @throws OracleError 1555 at the first block that cannot be rebuilt. */
  advance(): boolean {
    for (;;) {
      const slot = this.#row < this.#endRow ? this.#block?.slots[this.#row++] : undefined;
      if (slot === undefined) {
        if (!this.#enterBlock()) return false;
        continue;
      }
      const version = visibleVersion(slot, this.#snapshot);
      if (version === undefined) continue;
      this.#environment.rows[0] = version;
      if (this.#passes()) return true;
    }
  }

  #passes(): boolean {
    for (const test of this.#tests) if (test(this.#environment) !== true) return false;
    return true;
  }

  #enterBlock(): boolean {
    for (;;) {
      const range = this.#ranges[this.#range];
      const block = range?.piece.segment.blocks[this.#nextBlock];
      if (range === undefined || block === undefined || block.number > range.highBlock) {
        if (!this.#enterRange()) return false;
        continue;
      }
      this.#nextBlock += 1;
      this.#undo.check(range.piece.segment, block.number, this.#snapshot.scn);
      this.#block = block;
      this.#row = block.number === range.lowBlock ? range.lowRow : 0;
      this.#endRow =
        block.number === range.highBlock ? Math.min(range.highRow + 1, block.slots.length) : block.slots.length;
      return true;
    }
  }

  #enterRange(): boolean {
    this.#range = Math.min(this.#range + 1, this.#ranges.length);
    const range = this.#ranges[this.#range];
    this.#nextBlock = range?.piece.segment.firstBlockFrom(range.lowBlock) ?? 0;
    this.#row = this.#endRow = 0;
    return range !== undefined;
  }
}

/** The rows of a join, one step a row. */
export class IteratedRows implements RowCursor {
  readonly #rows: Iterator<Environment>;
  #ended = false;

  constructor(rows: Iterable<Environment>) {
    this.#rows = rows[Symbol.iterator]();
  }

  advance(): boolean {
    if (!this.#ended) this.#ended = this.#rows.next().done === true;
    return !this.#ended;
  }
}
