/** Commits exactly the sessions of a recorded receipt, in order. Status → commit → status, so that no answer has to be believed. */
import type { OwnRun } from '../model/activities.ts';
import { Failure } from '../model/failure.ts';
import { POSITIONS_TABLE } from '../model/names.ts';
import type { CommitOutcome, UploadSession } from '../model/receipt.ts';
import { mustOwn } from './own-run.ts';
import type { Attempt, Dependencies, Sink, UploadStatus } from './ports.ts';
import { quiet } from './quiet-period.ts';

const POLL_MS = 1_000;
const POLLS = 120;

export const commitReceipts = (deps: Dependencies) =>
  async function commitReceipts(input: {
    destination: string;
    sessions: readonly UploadSession[];
    own: OwnRun;
  }): Promise<CommitOutcome> {
    const sink = deps.sink(input.destination);
    const attempt = deps.attempt();
    let whole: CommitOutcome = 'done';
    for (const [index, session] of input.sessions.entries()) {
      attempt.report({ session: session.id, committed: index, of: input.sessions.length });
      const outcome = await commitOne(sink, attempt, session, input.own);
      if (outcome === 'gone') {
        // Another position is prepared at once: a request that is still on its way must not put this one in the place of that.
        if (session.table === POSITIONS_TABLE) await quiet(attempt, deps.commitQuietSeconds);
        return outcome;
      }
      if (outcome === 'confirmed') whole = outcome;
    }
    return whole;
  };

async function commitOne(sink: Sink, attempt: Attempt, session: UploadSession, own: OwnRun): Promise<CommitOutcome> {
  const before = await settled(sink, attempt, session);
  if (before !== 'normal') return before === 'closed' ? 'done' : 'gone';
  await mustHoldItsBlocks(sink, session);
  await mustOwn(own, attempt.run);
  let refusal: unknown;
  try {
    await sink.commitUpload(target(session), session.id);
  } catch (error) {
    refusal = error; // whatever it says, the status decides: the answer may be lost after the commit was done
  }
  const after = await settled(sink, attempt, session);
  if (after === 'closed') return refusal === undefined ? 'done' : 'confirmed';
  if (after === 'gone') return 'gone';
  throw refusal instanceof Failure
    ? refusal
    : new Failure('sink-rejected', `${session.table}: the commit of upload session ${session.id} has not happened`, {
        cause: refusal,
      });
}

const target = ({ table, partition }: UploadSession): { table: string; partition?: string } => ({
  table,
  ...(partition !== undefined && { partition }),
});

/** The status once it no longer says committing. */
async function settled(
  sink: Sink,
  attempt: Attempt,
  session: UploadSession,
): Promise<Exclude<UploadStatus, 'committing'>> {
  for (let poll = 0; poll < POLLS; poll++) {
    const { status } = await sink.uploadStatus(target(session), session.id);
    if (status !== 'committing') return status;
    await attempt.sleep(POLL_MS);
  }
  throw new Failure(
    'sink-rejected',
    `${session.table}: upload session ${session.id} has been committing for ${(POLLS * POLL_MS) / 1000} s`,
  );
}

/** A commit publishes every block that the service holds: they must be those of the receipt. */
async function mustHoldItsBlocks(sink: Sink, session: UploadSession): Promise<void> {
  const { blocks } = await sink.uploadStatus(target(session), session.id);
  const expected = Array.from({ length: session.blocks }, (_, block) => block);
  const held = [...blocks].sort((a, b) => a - b);
  if (held.length === expected.length && held.every((block, index) => block === expected[index])) return;
  throw new Failure(
    'sink-rejected',
    `${session.table}: upload session ${session.id} holds blocks ${held.join(',')} instead of 0…${session.blocks - 1}`,
  );
}
