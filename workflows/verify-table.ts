/** Compares one table with its source: digests of both, then the rows of buckets that differ. Ends with numbers, and changes nothing. */
import { CancellationScope, setCurrentDetails, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import type { Chunk } from '../model/chunk.ts';
import { remedyOf } from '../model/failure.ts';
import {
  exactGroups,
  GROUP_ROWS,
  isDoubtful,
  narrowed,
  ROWS_LOOKED_AT,
  sumDigests,
  suspiciousBuckets,
  unpackDigests,
  type ChosenBuckets,
  type Digests,
  type Suspicious,
} from '../model/row-buckets.ts';
import {
  addCounts,
  DIFFERENCES_MAX,
  noDifferences,
  type Compared,
  type DifferenceCounts,
  type DigestMode,
  type Verified,
  type VerifyAnswer,
  type VerifyPlan,
  type VerifyProgress,
  type VerifyRequest,
} from '../model/verification.ts';
import { verifyProgressQuery } from './messages.ts';
import { failureKind, patiently, type PatientCall } from './patient.ts';

/** Each begins anew at a newer point: undo was overwritten, or the table was changed meanwhile. */
const POINTS = 5;
const LATER_MS = 3_000;
const LATER_TRIES = 20;
/** So that a run stays far below the limits of its history. */
const DIGESTS_PER_PASS = 48;
const COMMIT_TRIES = 3;

type PlannedPoint = Extract<VerifyPlan, { kind: 'point' }>;

export async function verifyTable(request: VerifyRequest): Promise<VerifyAnswer> {
  const run = new Verification(request);
  setHandler(verifyProgressQuery, () => run.progress);
  for (let point = 1; ; point++) {
    try {
      return await run.once();
    } catch (error) {
      const kind = failureKind(error);
      if (kind === undefined || remedyOf(kind) !== 'restart-copy' || point >= POINTS) throw error;
    }
  }
}

class Verification {
  progress: VerifyProgress = { step: 'point', done: 0, of: 0, rows: 0 };
  private readonly request: VerifyRequest;

  constructor(request: VerifyRequest) {
    this.request = request;
  }

  async once(): Promise<VerifyAnswer> {
    const { table, verification } = this.request;
    this.show({ step: 'point', done: 0, of: 0, rows: 0 });
    const plan = await this.plan();
    if (plan.kind !== 'point') return { kind: 'not-compared', table, why: plan.why };
    const { point } = plan.subject;
    this.show({ scn: point.scn });
    let worker = plan.mode === 'worker';
    try {
      const first = await this.digests(plan, plan.mode, { count: plan.buckets });
      const looked = await this.narrow(plan, first);
      worker ||= looked.mode === 'worker';
      const { counts, atLeast } = await this.rows(plan, looked);
      this.show({ step: 'done' });
      const { rows } = first;
      const { notCompared } = plan;
      const answer: Verified = {
        kind: 'compared',
        table,
        verification,
        scn: point.scn,
        rows,
        atLeast,
        notCompared,
        ...counts,
      };
      return answer;
    } finally {
      if (worker) await CancellationScope.nonCancellable(() => this.drop(plan));
    }
  }

  private async plan(): Promise<VerifyPlan> {
    const { taskWorkflowId, table, parallel } = this.request;
    for (let tries = 1; ; tries++) {
      const call = this.call('a point where both sides can be compared');
      const plan = await patiently('planVerification', { taskWorkflowId, table, parallel }, call);
      if (plan.kind !== 'later' || tries >= LATER_TRIES) return plan;
      this.show({ waiting: plan.why });
      await sleep(LATER_MS);
    }
  }

  /** Of both sides at once. */
  private async digests(plan: PlannedPoint, mode: DigestMode, buckets: ChosenBuckets): Promise<Looked> {
    const { subject, chunks } = plan;
    const { verification, throttle, table } = this.request;
    const input = { subject, buckets, mode, verification };
    const parts = batches(chunks, Math.ceil(chunks.length / DIGESTS_PER_PASS));
    this.show({ step: 'digests', done: 0, of: parts.length + 1, rows: 0 });
    const answers: Digests[] = [];
    const readSource = (): Promise<void> =>
      this.inLanes(parts, async (part) => {
        const call = this.call(`${table}: digests of ${part.length} of ${chunks.length} chunks`);
        const text = await patiently('digestSource', { ...input, chunks: part, ...(throttle && { throttle }) }, call);
        const digests = unpackDigests(text);
        answers.push(digests);
        this.show({ done: this.progress.done + 1, rows: this.progress.rows + rowsIn(digests) });
      });
    const readDestination = async (): Promise<Digests> => {
      const call = this.call(`${table}: digests of the destination`);
      const text = await patiently('digestDestination', input, call);
      this.show({ done: this.progress.done + 1 });
      return unpackDigests(text);
    };
    const [, destination] = await together(() => Promise.all([readSource(), readDestination()]));
    const sum = sumDigests(answers);
    const suspicious = suspiciousBuckets(sum, destination);
    return { mode, count: buckets.count, suspicious, rows: rowsIn(sum) };
  }

  /** Few rows are looked at one by one: large buckets are divided, and where nearly all differ the worker computes the digests itself. */
  private async narrow(plan: PlannedPoint, first: Looked): Promise<Looked> {
    let looked = first;
    for (;;) {
      const finer = narrowed(looked.suspicious, looked.count);
      if (finer) looked = await this.digests(plan, looked.mode, finer);
      else if (looked.mode === 'worker' || !isDoubtful(looked.suspicious, first.rows)) return looked;
      else looked = await this.digests(plan, 'worker', { count: plan.buckets });
    }
  }

  private async rows(
    plan: PlannedPoint,
    { suspicious, count, mode }: Looked,
  ): Promise<{ readonly counts: DifferenceCounts; readonly atLeast: boolean }> {
    const groups = exactGroups(suspicious, count);
    const looked = groups.slice(0, Math.ceil(ROWS_LOOKED_AT / GROUP_ROWS));
    let counts = noDifferences;
    let room = DIFFERENCES_MAX;
    if (groups.length > 0) this.show({ step: 'rows', done: 0, of: looked.length });
    for (const [index, buckets] of looked.entries()) {
      const { session, ...found } = await this.compare(plan, mode, { buckets, room });
      counts = addCounts(counts, found);
      room -= session?.rows ?? 0;
      this.show({ done: index + 1 });
    }
    return { counts, atLeast: looked.length < groups.length };
  }

  /** Prepared, recorded, committed: the keys are written once. A session that is gone by then is prepared anew. */
  private async compare(
    { subject, chunks }: PlannedPoint,
    mode: DigestMode,
    { buckets, room }: { readonly buckets: ChosenBuckets; readonly room: number },
  ): Promise<Compared> {
    const { verification, throttle, taskWorkflowId, table } = this.request;
    const task = taskWorkflowId.slice(taskWorkflowId.indexOf('/') + 1);
    const input = { subject, chunks, mode, buckets, verification, task, room, ...(throttle && { throttle }) };
    for (let tries = 1; ; tries++) {
      const compared = await patiently('compareRows', input, this.call(`${table}: rows of buckets that differ`));
      const { session } = compared;
      if (!session) return compared;
      const { runId, firstExecutionRunId: chainId, workflowId } = workflowInfo();
      const commit = {
        destination: subject.destination,
        sessions: [session],
        own: { runId, chainId, taskWorkflowId: workflowId },
      };
      const outcome = await patiently('commitReceipts', commit, this.call(`${session.rows} keys of rows that differ`));
      if (outcome !== 'gone' || tries >= COMMIT_TRIES) return compared;
    }
  }

  private async drop({ subject }: PlannedPoint): Promise<void> {
    const { verification } = this.request;
    try {
      await patiently('dropKept', { subject, verification }, this.call('tables that were kept for it'));
    } catch {
      // MaxCompute drops them by itself after a day
    }
  }

  private call(summary: string): PatientCall {
    return {
      summary,
      taskQueue: `${this.request.taskQueue}-copy`,
      waiting: (message) => {
        const { waiting: _waiting, ...rest } = this.progress;
        this.progress = message === undefined ? rest : { ...rest, waiting: message };
      },
    };
  }

  private show(change: Partial<VerifyProgress>): void {
    const { waiting: _waiting, ...rest } = this.progress;
    this.progress = { ...rest, ...change };
    const { step, done, of, rows, scn, waiting } = this.progress;
    const place = scn === undefined ? '' : ` at SCN \`${scn}\``;
    setCurrentDetails(`## ${this.request.table}${place}\n\n${step} ${done}/${of}, ${rows} rows ${waiting ?? ''}`);
  }

  private async inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const queue = [...items];
    const lane = async (): Promise<void> => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    };
    await Promise.all(Array.from({ length: this.request.parallel }, lane));
  }
}

/** What still runs when one fails is cancelled. */
async function together<T>(work: () => Promise<T>): Promise<T> {
  const scope = new CancellationScope();
  try {
    return await scope.run(work);
  } catch (error) {
    scope.cancel();
    throw error;
  }
}

/** What the digests say. */
interface Looked {
  readonly mode: DigestMode;
  readonly count: number;
  readonly suspicious: readonly Suspicious[];
  /** Of the source. */
  readonly rows: number;
}

const rowsIn = (digests: Digests): number => [...digests.values()].reduce((sum, { rows }) => sum + rows, 0);

const batches = (chunks: readonly Chunk[], size: number): readonly (readonly Chunk[])[] =>
  Array.from({ length: size === 0 ? 0 : Math.ceil(chunks.length / size) }, (_, index) =>
    chunks.slice(index * size, (index + 1) * size),
  );
