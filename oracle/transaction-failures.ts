/** Why redo rows do not make transactions: what was met, where, and what to do. No message holds a row's value. */
import { Failure } from '../model/failure.ts';
import type { Inside } from '../model/position.ts';
import type { Scn } from '../model/scn.ts';
import type { TableDescription } from '../model/table.ts';
import { canDecode } from './images.ts';
import { isTold } from './pieces.ts';
import { operations } from './redo-row.ts';
import type { RedoRow } from './redo-row.ts';

const readable: ReadonlySet<number> = new Set([operations.insert, operations.update, operations.delete]);

/** Why the row cannot be read at all; its transaction may still roll back, so this counts at its COMMIT only. */
export function damageOf(row: RedoRow, description: TableDescription): string | undefined {
  const { table } = description;
  const where = `${table} at SCN ${row.scn} (transaction ${row.xid})`;
  if (!readable.has(row.operation)) {
    if (isTold(row, description)) return undefined;
    const name = row.operation === operations.unsupported ? 'UNSUPPORTED' : `operation ${String(row.operation)}`;
    return `LogMiner cannot give the change of ${where}: ${name}`;
  }
  if (!canDecode(row)) {
    return `LogMiner could not decode the change of ${where}: STATUS ${String(row.status)}, ${row.info ?? ''}`;
  }
  return undefined;
}

export const unknownTransaction = (row: RedoRow, does: string): Failure =>
  new Failure(
    'source-redo-undecodable',
    `Transaction ${row.xid} ${does} at SCN ${row.scn}, but its start was not read and it was not known to be open. ` +
      'Nothing was skipped. Start the task anew; report this if it repeats.',
  );

export const notFoundAgain = (xid: string, startScn: Scn, commitScn: Scn): Failure =>
  new Failure(
    'source-redo-undecodable',
    `Transaction ${xid} commits at SCN ${commitScn}, but reading from its START at SCN ${startScn} did not find that COMMIT. ` +
      'Nothing was skipped; report this.',
  );

export const outOfOrder = (xid: string, commitScn: Scn): Failure =>
  new Failure(
    'source-redo-undecodable',
    `LogMiner returned the COMMIT of transaction ${xid} at SCN ${commitScn} after rows of a higher SCN. Nothing was skipped; report this.`,
  );

export const gap = ({ scn }: RedoRow): Failure =>
  new Failure(
    'source-redo-missing',
    `LogMiner reports a gap in the redo at SCN ${scn} (MISSING_SCN). Restore the missing log, then recover.`,
  );

export const notGoneOnWith = ({ xid, commitScn }: Inside): Failure =>
  new Failure(
    'source-redo-undecodable',
    `Transaction ${xid}, of which a part is written already, does not commit at SCN ${commitScn} when its redo is read again. ` +
      'Nothing was skipped; report this.',
  );
