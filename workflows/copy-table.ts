/** Child of a task: one table in parallel chunks into a loading table, then put in the place of `_base`. Reports by signal. */
import {
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import { chunksDone, decideCopy, newCopy } from '../model/copy-plan.ts';
import { bar } from '../model/current-details.ts';
import { carried, nextWake, pausedAt, recovered, resumedAt, type Wish } from '../model/run-state.ts';
import { CopyRun, type CopyTableInput } from './copy-run.ts';
import { performCopyStep } from './copy-steps.ts';
import { copyControlSignal } from './messages.ts';

const ASK_EVERY_MS = 3_600_000;

type End = 'published' | 'stopped' | 'orphaned' | 'roll-over';

/** Ends when the table is published, when told to stop, when its task is closed, or was reset before the copy began. Answers which. */
export async function copyTable(input: CopyTableInput): Promise<string> {
  const run = new CopyRun(input, input.state ?? newCopy());
  CancellationScope.current().cancelRequested.catch(() => {
    run.stopping = true;
    run.loop.touch();
  });
  return CancellationScope.nonCancellable(async () => {
    handleControl(run);
    const end = await runCopy(run);
    await condition(allHandlersFinished);
    if (end === 'roll-over') {
      const { state: _state, ...same } = run.input;
      return continueAsNew<typeof copyTable>({ ...same, state: carried(run.state), paused: run.paused });
    }
    return end;
  });
}

function handleControl(run: CopyRun): void {
  setHandler(copyControlSignal, (wish, settings) => {
    run.questions += 1;
    if (settings) run.take(settings);
    if (wish === 'pause' || wish === 'run') run.paused = wish === 'pause';
    if (wish === 'stop') run.stopping = true;
    if (wish === 'recover') run.state = recovered(run.state);
    run.loop.touch();
  });
}

async function runCopy(run: CopyRun): Promise<End> {
  for (;;) {
    const { seen } = run.loop;
    const now = run.circumstances();
    const steps = decideCopy(run.state, now, run.input.parallelChunks);
    show(run);
    if (steps[0]?.do === 'rest') {
      const end = await rest(run, now.wish);
      if (end) return end;
      continue;
    }
    for (const step of steps) performCopyStep(run, step);
    run.tellSometimes();
    await run.loop.change(seen, nextWake(run.state.ledgers, run.loop.now));
  }
}

/** Nothing runs. Says so to the task, and waits unless this is the end. */
async function rest(run: CopyRun, wish: Wish): Promise<End | undefined> {
  await condition(() => !run.loop.running.has('report'));
  if (run.state.published) {
    await run.tell('published');
    return 'published';
  }
  if (run.state.orphaned) {
    await run.tell('orphaned');
    return 'orphaned';
  }
  if (wish === 'roll-over') return 'roll-over';
  if (wish === 'stop') {
    await run.tell('stopped');
    return 'stopped';
  }
  const { failed } = run.state;
  if (wish === 'pause') run.state = pausedAt(run.state, Date.now());
  if (!(await run.tell(failed ? 'failed' : 'paused'))) return 'stopped';
  const { questions } = run;
  const told = (): boolean => run.wish() !== wish || run.state.failed !== failed || run.questions !== questions;
  // Says it again now and then: a task that was closed meanwhile cannot tell its copies to end.
  await condition(told, ASK_EVERY_MS);
  if (wish === 'pause') run.state = resumedAt(run.state, Date.now());
  return undefined;
}

function show(run: CopyRun): void {
  const { state, input } = run;
  const done = chunksDone(state);
  const lines = [
    `## ${input.plan.table} → ${input.plan.base}`,
    `\`${bar(done, state.chunks)}\` chunks ${done}/${state.chunks}, ${state.rows} rows`,
  ];
  if (state.loading)
    lines.push(`snapshot SCN \`${state.loading.snapshotScn}\`, loading into \`${state.loading.name}\``);
  if (state.failed) lines.push(`**Failed** ${state.failed.unit}: ${state.failed.message}`);
  setCurrentDetails(lines.join('\n\n'));
}
