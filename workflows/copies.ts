/** The task's side of the full copy: starts children, attaches to running ones, tells them what is wished. */
import { ParentClosePolicy, WorkflowIdReusePolicy, getExternalWorkflowHandle, startChild } from '@temporalio/workflow';
import { copiedPlan } from '../model/joining-tables.ts';
import { planRules } from '../model/task-plan.ts';
import { onlyLooksForCopies, withCopy } from '../model/sync-plan.ts';
import { limitsOf, shareOf } from '../model/throttle.ts';
import {
  PARALLEL_TABLES,
  type CopyChildStep,
  type CopySettings,
  type CopyWish,
  type TableCopy,
} from '../model/table-copy.ts';
import { copyControlSignal, copyWorkflowId } from './messages.ts';
import type { CopyTableInput } from './copy-run.ts';
import type { TaskRun } from './task-run.ts';

export function performCopy(task: TaskRun, step: CopyChildStep): void {
  if (step.do === 'start-copy') start(task, step.table);
  else tell(task, step.table, step.wish);
}

function replace(task: TaskRun, table: string, change: Partial<TableCopy>): void {
  const copy = task.state.copies[table];
  if (copy) task.state = withCopy(task.state, table, { ...copy, ...change });
}

/** What every chunk that is begun from now on goes by. */
function copySettings({ spec, state, windows }: TaskRun): CopySettings {
  const readers = spec.full.parallelChunks * Math.min(PARALLEL_TABLES, state.tables.length);
  const throttle = shareOf(limitsOf(spec.full.throttle, spec.instanceClass), readers);
  return { windows, ...(throttle && { throttle }) };
}

const childId = (task: TaskRun, table: string): string =>
  copyWorkflowId(task.own.taskWorkflowId, table, task.own.chainId, task.state.copies[table]?.generation);

/** To every copy that may run. One that cannot be told is closed, and has them from the beginning if it is started anew. */
export async function tellCopySettings(task: TaskRun): Promise<void> {
  const running = Object.entries(task.state.copies).filter(([, copy]) => copy.started && !copy.published);
  const settings = copySettings(task);
  await Promise.all(
    running.map(([table]) =>
      getExternalWorkflowHandle(childId(task, table))
        .signal(copyControlSignal, 'report', settings)
        .catch(() => undefined),
    ),
  );
}

function start(task: TaskRun, table: string): void {
  const plan = copiedPlan(task.state, table);
  if (!plan) return;
  const { spec } = task;
  const input: CopyTableInput = {
    plan,
    rules: planRules(spec),
    endpoints: task.endpoints,
    taskWorkflowId: task.own.taskWorkflowId,
    chainId: task.own.chainId,
    startedBy: task.own.runId,
    ...(task.state.copies[table]?.generation !== undefined && { generation: task.state.copies[table].generation }),
    ...(onlyLooksForCopies(task.state) && { onlyLooks: true }),
    taskQueue: spec.taskQueue,
    parallelChunks: spec.full.parallelChunks,
    chunkMegabytes: spec.full.chunkMegabytes,
    ...copySettings(task),
    oneOff: task.state.oneOff,
  };
  const workflowId = childId(task, table);
  const begin = async (): Promise<void> => {
    try {
      await startChild('copyTable', {
        args: [input],
        workflowId,
        parentClosePolicy: ParentClosePolicy.ABANDON, // a parent that continues as new would end it otherwise
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        staticSummary: `copy of ${table}`,
      });
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'WorkflowExecutionAlreadyStartedError') throw error;
      await getExternalWorkflowHandle(workflowId).signal(copyControlSignal, 'report', copySettings(task));
    }
  };
  // Before it is sent: its first report may come before the server's confirmation.
  replace(task, table, { started: true, resting: false, told: 'run', heardAt: Date.now() });
  task.loop.launch(`start-copy ${table}`, begin, {
    done: () => undefined,
    failed: (error) => {
      if (!isClosed(error)) task.note('note', `the copy of ${table} could not be started; it is tried again`);
      replace(task, table, { started: false, resting: true, heardAt: Date.now() });
    },
  });
}

/** It was there when it was to be started, and had ended when it was to be asked. */
const isClosed = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ExternalWorkflowExecutionNotFound';

function tell(task: TaskRun, table: string, wish: CopyWish): void {
  const handle = getExternalWorkflowHandle(childId(task, table));
  // As above. Its next report says whether it rests.
  replace(task, table, {
    heardAt: Date.now(),
    ...(wish !== 'report' && { told: wish, resting: false, paused: false }),
  });
  task.loop.launch(`tell-copy ${table}`, () => handle.signal(copyControlSignal, wish, copySettings(task)), {
    done: () => undefined,
    failed: () => {
      replace(task, table, { started: false, resting: true, heardAt: 0 }); // it is closed: started anew at once
    },
  });
}
