/**
 * Transactions that are open by redo and exist no more: an instance that crashes leaves some without an end in redo.
 *
 * A transaction that is absent from GV$TRANSACTION has ended before CURRENT_SCN, which is read afterwards. Once redo was read up to there
 * and still holds no end of it, there will be none.
 */
import type { OpenTransaction } from '../model/position.ts';
import { compareScn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';
import type { Session } from './session.ts';
import { readCurrentScn } from './threads.ts';

const LIVE = 'SELECT RAWTOHEX(XID) FROM GV$TRANSACTION';
/** A restart leaves transactions in doubt, which still end. */
const IN_DOUBT = 'SELECT LOCAL_TRAN_ID FROM DBA_2PC_PENDING';

const PAUSE_MS = 60_000;

const keyOf = ({ xid, startScn }: OpenTransaction): string => `${xid} ${startScn}`;

/** As DBA_2PC_PENDING writes an XID, whose bytes are in the platform's order. */
function localIds(xid: string): readonly string[] {
  const bytes = Buffer.from(xid, 'hex');
  if (bytes.length !== 8) return [];
  const littleEndian = [bytes.readUInt16LE(0), bytes.readUInt16LE(2), bytes.readUInt32LE(4)];
  const bigEndian = [bytes.readUInt16BE(0), bytes.readUInt16BE(2), bytes.readUInt32BE(4)];
  return [littleEndian.join('.'), bigEndian.join('.')];
}

/** What a database says of its transactions at one moment. */
export interface Census {
  /** XIDs. */
  readonly live: ReadonlySet<string>;
  /** LOCAL_TRAN_ID. */
  readonly inDoubt: ReadonlySet<string>;
  /** Read after the others. */
  readonly currentScn: Scn;
}

async function readCensus(session: Session, signal: AbortSignal): Promise<Census> {
  const inDoubt = new Set((await session.query(IN_DOUBT, {}, signal)).map(([id]) => id ?? ''));
  const live = new Set((await session.query(LIVE, {}, signal)).map(([xid]) => (xid ?? '').toUpperCase()));
  return { live, inDoubt, currentScn: await readCurrentScn(session, signal) };
}

/** One per source: what was found absent is judged by a later range. */
export class VanishedTransactions {
  /** By XID and START: the SCN at which it was absent. */
  #absentAt = new Map<string, Scn>();
  #askedAtMs = Number.NEGATIVE_INFINITY;

  /** Asks the database at most once a minute, and only if any of these is older than `reach`. */
  async look(session: Session, open: readonly OpenTransaction[], reach: Scn, signal: AbortSignal): Promise<void> {
    const old = open.filter(({ startScn }) => compareScn(startScn, reach) < 0);
    if (old.length === 0 || Date.now() - this.#askedAtMs < PAUSE_MS) return;
    this.#askedAtMs = Date.now();
    this.learn(old, await readCensus(session, signal));
  }

  learn(open: readonly OpenTransaction[], { live, inDoubt, currentScn }: Census): void {
    const absent = open.filter(({ xid }) => !live.has(xid) && !localIds(xid).some((id) => inDoubt.has(id)));
    this.#absentAt = new Map(absent.map((each) => [keyOf(each), this.#absentAt.get(keyOf(each)) ?? currentScn]));
  }

  /** Whether a transaction without an end in redo up to `at` has none. */
  isGone(transaction: OpenTransaction, at: Scn): boolean {
    const absentAt = this.#absentAt.get(keyOf(transaction));
    return absentAt !== undefined && compareScn(absentAt, at) <= 0;
  }
}
