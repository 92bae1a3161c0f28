/**
 * A position that stands for more open transactions than it can name gives the START of the oldest (model/position.ts). Which they are is
 * found again in the redo from there up to the position: what began in it and has not ended.
 */
import { EVERY_TRANSACTION, type OpenTransaction } from '../model/position.ts';
import type { Scn } from '../model/scn.ts';
import { minScn } from '../model/scn.ts';
import type { TableDescription } from '../model/table.ts';
import { CapturedObjects } from './captured-objects.ts';
import { minedRows, rowsOf } from './log-miner.ts';
import { OpenTransactions } from './open-transactions.ts';
import type { RedoLogs } from './redo-logs.ts';
import type { Session } from './session.ts';

interface Beginning {
  /** Exclusive. */
  readonly from: Scn;
  readonly open: readonly OpenTransaction[];
  readonly tables: readonly TableDescription[];
}

/**
 * Every transaction that was open at `from`, by name.
 * @throws Failure source-redo-missing when redo back to the oldest START is gone
 */
export async function namedTransactions(
  { session, logs }: { readonly session: Session; readonly logs: RedoLogs },
  { from, open, tables }: Beginning,
  signal: AbortSignal,
): Promise<readonly OpenTransaction[]> {
  const every = open.filter(({ xid }) => xid === EVERY_TRANSACTION);
  const [first] = every;
  if (!first) return open;
  const start = every.map(({ startScn }) => startScn).reduce(minScn, first.startScn);
  const named = open.filter(({ xid }) => xid !== EVERY_TRANSACTION);
  const found = new OpenTransactions(named);
  const objects = new CapturedObjects(tables, from);
  const files = await logs.files({ from: start, to: from }, signal);
  for await (const batch of minedRows(session, { files, start, end: from }, rowsOf(tables), signal)) {
    const { rows } = await objects.only(session, batch, signal);
    for (const row of rows) found.add(row);
  }
  return found.at(from);
}
