/** Plans, positions and receipts as literals, for the tests of the pure plans. */
import type { Position } from '../../../model/position.ts';
import type { LogSession, WindowReceipt } from '../../../model/receipt.ts';
import { afterFailure, type Ledgers } from '../../../model/retry-ledger.ts';
import type { Circumstances, Wish } from '../../../model/run-state.ts';
import { scn } from '../../../model/scn.ts';
import { tableName } from '../../../model/table.ts';
import { windowPlanned, windowPrepared } from '../../../model/tail-plan.ts';
import type { TailState } from '../../../model/tail-state.ts';
import { decideTail, type TailStep } from '../../../model/tail-steps.ts';
import type { CapturedTable, PlanRules, TablePlan } from '../../../model/task-plan.ts';

export const incarnation = { dbid: '1', resetlogsScn: scn('1') };
export const windows = { connectionSeconds: 100, otherSeconds: 10 };

export const tablePlan = (name: string): TablePlan => ({
  table: tableName({ owner: 'APP', name }),
  base: `${name.toLowerCase()}_base`,
  log: `${name.toLowerCase()}_log`,
  columnsHash: 'c0',
  keyed: true,
});

export const rules: PlanRules = {
  naming: { additionalColumns: 'plain', case: 'default' },
  partition: [],
  overflow: 'fail',
};

export const captured = (name: string, emitAfter: string): CapturedTable => ({
  ...tablePlan(name),
  emitAfter: scn(emitAfter),
});

export const positionAt = (at: string, nextRecordId = 1): Position => ({
  incarnation,
  scn: scn(at),
  open: [],
  held: {},
  nextRecordId,
  clock: { previousSeconds: 0 },
});

export const logSession = (id: string, firstRecordId: number, lastRecordId: number, table = 'a_log'): LogSession => ({
  id,
  table,
  rows: lastRecordId - firstRecordId + 1,
  blocks: 1,
  firstRecordId,
  lastRecordId,
  nulled: 0,
});

/** A window up to `to` whose sessions end at the record_id before `nextRecordId`. */
export const windowReceipt = (
  to: string,
  sessions: readonly LogSession[],
  nextRecordId = (sessions.at(-1)?.lastRecordId ?? 0) + 1,
): WindowReceipt => ({
  to: scn(to),
  nextRecordId,
  hash: `hash up to ${to}`,
  sessions,
  open: [{ xid: `OPEN AT ${to}`, startScn: scn('5'), captured: true }],
  clockSeconds: Number(to),
  rows: sessions.reduce((sum, { rows }) => sum + rows, 0),
  transactions: sessions.length,
  readToMs: 1_000,
});

export const circumstances = (
  running: readonly string[] = [],
  wish: Wish = 'run',
  change: Partial<Circumstances> = {},
): Circumstances => ({ running: new Set(running), wish, now: 1_000, windows, triedToSave: false, ...change });

/** `mine 2`, `commit 1`, `save 100` … */
export const nameOf = (step: TailStep): string =>
  step.do === 'mine'
    ? `mine ${step.spec.number}`
    : step.do === 'commit'
      ? `commit ${step.window.spec.number}`
      : step.do === 'save'
        ? `save ${step.position.scn}`
        : step.do;

/** Schedules what is to be mined next, and answers with the receipt. */
export function mined(tail: TailState, receipt: WindowReceipt): TailState {
  const step = decideTail(tail, {}, circumstances()).find((candidate) => candidate.do === 'mine');
  if (step?.do !== 'mine') throw new Error('nothing is to be mined');
  return windowPrepared(windowPlanned(tail, step.spec), step.spec.number, receipt, 1_000);
}

/** The ledger of a unit that failed once and is due at `nextAttemptAt`. */
export const failedOnce = (unit: string, nextAttemptAt: number): Ledgers => {
  const now = nextAttemptAt - 1_000;
  const ledger = afterFailure(undefined, { budget: 'other', kind: 'sink-rejected', message: 'no', now }, windows);
  return ledger ? { [unit]: ledger } : {};
};
