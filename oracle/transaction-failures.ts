/** Why redo rows do not make transactions: what was met, where, and what to do. No message holds a row's value. */
import { Failure } from '../model/failure.ts';
import type { Scn } from '../model/scn.ts';
import type { TableDescription } from '../model/table.ts';
import { operations } from './redo-row.ts';
import type { RedoRow } from './redo-row.ts';

const readable: ReadonlySet<number> = new Set([operations.insert, operations.update, operations.delete]);

/** Why the row cannot be read at all; its transaction may still roll back, so this counts at its COMMIT only. */
export function damageOf(row: RedoRow, { table }: TableDescription): Failure | undefined {
  const where = `${table} at SCN ${row.scn} (transaction ${row.xid})`;
  if (!readable.has(row.operation)) {
    const name = row.operation === operations.unsupported ? 'UNSUPPORTED' : `operation ${String(row.operation)}`;
    return new Failure(
      'source-redo-undecodable',
      `LogMiner cannot give the change of ${where}: ${name}. Start the task anew, without this table if it repeats.`,
    );
  }
  // STATUS 2 with an empty INFO also occurs for LONG columns, and is harmless.
  if (row.status !== 0 && (row.info ?? '').trim() !== '') {
    return new Failure(
      'source-redo-undecodable',
      `LogMiner could not decode the change of ${where}: STATUS ${String(row.status)}, ${row.info ?? ''}. Start the task anew to copy the table.`,
    );
  }
  return undefined;
}

export const unknownTransaction = (row: RedoRow, does: string): Failure =>
  new Failure(
    'source-redo-undecodable',
    `Transaction ${row.xid} ${does} at SCN ${row.scn}, but its start was not read and it was not known to be open. ` +
      'Nothing was skipped. Start the task anew; report this if it repeats.',
  );

export const incomplete = (xid: string, startScn: Scn, readFrom: Scn): Failure =>
  new Failure(
    'source-redo-undecodable',
    `Transaction ${xid} began at SCN ${startScn}, but redo was read from SCN ${readFrom} only. Nothing was skipped; report this.`,
  );

export const tooManyRows = (xid: string, rows: number, heldRowsMax: number): Failure =>
  new Failure(
    'source-rejected',
    `More than ${String(heldRowsMax)} changes wait for their COMMIT; ${String(rows)} of them belong to transaction ${xid}. ` +
      'Commit in smaller pieces, or give the worker more memory and a higher limit.',
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

export const tableChanged = ({ scn }: RedoRow, { table }: TableDescription): Failure =>
  new Failure(
    'source-table-changed',
    `${table} was changed by DDL at SCN ${scn}, which cannot be followed yet. Start the task anew to copy the table in its new form.`,
  );
