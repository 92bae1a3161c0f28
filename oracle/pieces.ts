/** Values in pieces (lob-statement.ts): recognised, and passed over, since no column that is followed has any (`lobInLog: exclude`). */
import { isLargeInLog } from '../model/large-columns.ts';
import type { TableDescription } from '../model/table.ts';
import { parseExtendedStringBegin, parseLobSelect, parseXmlBegin } from './lob-statement.ts';
import type { PiecesBegin } from './lob-statement.ts';
import { isPiece } from './redo-row.ts';
import type { RedoRow } from './redo-row.ts';
import { RedoSyntaxError } from './redo-tokens.ts';

const parsers: ReadonlyMap<number, (sql: string) => PiecesBegin> = new Map([
  [9, parseLobSelect],
  [68, parseXmlBegin],
  [91, parseExtendedStringBegin],
]);

/**
 * Whether the row tells of a value that `_log` does not have. False for another row, and for pieces of a column whose values are followed:
 * LogMiner never gives such pieces, and passing them over would lose a change. One whose column cannot be read is passed over.
 */
export function isPassedOver(row: RedoRow, { columns }: TableDescription): boolean {
  if (!isPiece(row)) return false;
  const name = beginningOf(row)?.column;
  const column = columns.find((each) => each.name === name);
  return column === undefined || isLargeInLog(column.type);
}

function beginningOf({ operation, sqlRedo }: RedoRow): PiecesBegin | undefined {
  try {
    return parsers.get(operation)?.(sqlRedo ?? '');
  } catch (error) {
    if (error instanceof RedoSyntaxError) return undefined;
    throw error;
  }
}
