/** Carries out the steps of a table's copy. */
import * as plan from '../model/copy-plan.ts';
import { assertNever } from '../model/assert-never.ts';
import type { Chunk } from '../model/chunk.ts';
import type { ChunkReceipt } from '../model/receipt.ts';
import type { CopyRun } from './copy-run.ts';
import { call } from './policies.ts';

export function performCopyStep(run: CopyRun, step: plan.CopyStep): void {
  switch (step.do) {
    case 'open-run':
      openRun(run);
      break;
    case 'find-published':
      findPublished(run);
      break;
    case 'plan':
      planCopy(run);
      break;
    case 'copy':
      copyChunk(run, step.chunk);
      break;
    case 'commit':
      commitChunk(run, step.chunk, step.receipt);
      break;
    case 'publish':
      publish(run);
      break;
    case 'probe':
      run.probe(step.side, step.unit);
      break;
    case 'cancel-readers':
      run.cancelReaders();
      break;
    case 'rest':
      break; // the caller's
    default:
      assertNever(step);
  }
}

function openRun(run: CopyRun): void {
  const { endpoints, chainId, taskWorkflowId, startedBy, plan: table } = run.input;
  const { lastRunId, attempt } = run.state;
  const input = {
    destination: endpoints.destination,
    task: `${taskWorkflowId}/copy/${table.table}`, // keeps no position of its own
    chainId,
    logs: [],
    wrote: attempt > 0,
    ...(lastRunId === undefined ? { startedBy: { workflowId: taskWorkflowId, runId: startedBy } } : { lastRunId }),
  };
  run.attempt('open-run', plan.OPEN_UNIT, {
    work: () => call('openRun', input, { summary: 'which run is this' }),
    done: (opened) => {
      run.state = plan.copyOpened(run.state, opened);
    },
  });
}

function findPublished(run: CopyRun): void {
  const { endpoints, plan: table, rules, onlyLooks } = run.input;
  const input = { endpoints, plan: table, rules, own: run.own, ...(onlyLooks && { mustBe: onlyLooks }) };
  run.attempt('find-published', plan.OPEN_UNIT, {
    work: () => call('findPublished', input, { summary: `is ${table.base} published` }),
    done: (published) => {
      run.state = plan.publishedFound(run.state, published);
    },
  });
}

function planCopy(run: CopyRun): void {
  const { endpoints, plan: table, rules, chunkMegabytes, parallelChunks } = run.input;
  run.state = plan.planScheduled(run.state);
  const { attempt } = run.state;
  const input = { endpoints, plan: table, rules, own: run.own, attempt, chunkMegabytes, parallelChunks };
  run.attempt('plan', plan.PLAN_UNIT, {
    work: () => call('planCopy', input, { summary: `${table.table}: snapshot and chunks` }),
    done: (planned) => {
      run.state = plan.copyPlanned(run.state, planned);
    },
  });
}

function copyChunk(run: CopyRun, chunk: Chunk): void {
  const { endpoints, plan: table, rules, taskQueue, throttle } = run.input;
  const { loading, attempt, chunks } = run.state;
  if (!loading) return;
  run.attempt(`copy ${chunk.number}`, plan.chunkUnit(chunk), {
    work: () =>
      call(
        'copyChunk',
        { endpoints, plan: table, rules, loading, chunk, own: run.own, ...(throttle && { throttle }) },
        { summary: `${table.table} chunk ${chunk.number}/${chunks}`, taskQueue: `${taskQueue}-copy` },
      ),
    done: (receipt) => {
      if (run.state.attempt === attempt) run.state = plan.chunkPrepared(run.state, chunk, receipt);
    },
    otherwise: (kind) =>
      kind === 'source-snapshot-too-old'
        ? plan.undoLost(run.state, chunk.number, table.keyed && !run.input.oneOff)
        : undefined,
  });
}

function commitChunk(run: CopyRun, chunk: Chunk, receipt: ChunkReceipt): void {
  const { endpoints, plan: table } = run.input;
  const { attempt, chunks } = run.state;
  run.state = plan.chunkCommitScheduled(run.state, chunk);
  run.attempt(`commit ${chunk.number}`, plan.chunkCommitUnit(chunk), {
    work: () =>
      call(
        'commitReceipts',
        { destination: endpoints.destination, sessions: [receipt.session], own: run.own },
        { summary: `${table.table} chunk ${chunk.number}/${chunks}: ${receipt.rows} rows` },
      ),
    done: (outcome) => {
      if (run.state.attempt === attempt) run.state = plan.chunkCommitted(run.state, chunk, outcome, run.clock());
    },
  });
}

function publish(run: CopyRun): void {
  const { endpoints, plan: table, rules } = run.input;
  const { loading, rows, dataObjectIds } = run.state;
  if (!loading) return;
  run.attempt('publish', plan.PUBLISH_UNIT, {
    work: () =>
      call(
        'publishTable',
        { endpoints, plan: table, rules, loading, rows, dataObjectIds, own: run.own },
        { summary: `${rows} rows become ${table.base}` },
      ),
    done: (published) => {
      run.state = plan.copyPublished(run.state, published);
    },
  });
}
