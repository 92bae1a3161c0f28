import type { RowidParts } from './rowids.ts';
import { DATA_FILE } from './segments.ts';
import type { Piece, Slot, Table } from './store.ts';

/** The slots of the blocks in a ROWID range (both ends inclusive); a bound may belong to another object. */
export function slotsBetween(table: Table, low: RowidParts | undefined, high: RowidParts | undefined): Iterable<Slot> {
  const [only, ...others] = table.pieces;
  if (only !== undefined && others.length === 0) return slotsOfPiece(only, low, high);
  return slotsOfPieces(table.pieces, low, high);
}

function* slotsOfPieces(
  pieces: readonly Piece[],
  low: RowidParts | undefined,
  high: RowidParts | undefined,
): Generator<Slot> {
  for (const piece of pieces) yield* slotsOfPiece(piece, low, high);
}

function slotsOfPiece(piece: Piece, low: RowidParts | undefined, high: RowidParts | undefined): Iterable<Slot> {
  const lowSide = low === undefined ? 1 : sideOf(piece, low);
  const highSide = high === undefined ? -1 : sideOf(piece, high);
  if (lowSide < 0 || highSide > 0) return [];
  const from = lowSide > 0 ? 0 : (low?.block ?? 0);
  const to = highSide < 0 ? Number.POSITIVE_INFINITY : (high?.block ?? 0);
  return piece.segment.slots(from, to);
}

/** Positive: the whole piece lies above the bound; negative: below; 0: the bound may be inside. */
function sideOf(piece: Piece, bound: RowidParts): number {
  return piece.dataObjectId - bound.object || DATA_FILE - bound.file;
}
