/** The task's side of the copies, as workflows/copies.ts carries it out: starts children, attaches to running ones, tells them what is wished. */
import type { CopyWish, TableCopy } from '../../../model/table-copy.ts';
import { copiedPlan } from '../../../model/joining-tables.ts';
import type { TaskStep } from '../../../model/sync-plan.ts';
import { onlyLooksForCopies, withCopy } from '../../../model/sync-plan.ts';
import { SimulatedCopy } from './copy.ts';
import { TASK } from './rig.ts';
import type { SimulatedTask } from './task.ts';

/** By workflow id; of those that were started anew the last. */
export interface Copies {
  readonly children: Map<string, SimulatedCopy>;
}

type CopyStep = Extract<TaskStep, { do: 'start-copy' | 'tell-copy' }>;

export function performCopies(task: SimulatedTask, step: CopyStep): void {
  if (step.do === 'start-copy') start(task, step.table);
  else tell(task, step.table, step.wish);
}

function replace(task: SimulatedTask, table: string, change: Partial<TableCopy>): void {
  const copy = task.state.copies[table];
  if (copy) task.state = withCopy(task.state, table, { ...copy, ...change });
}

const idOf = (task: SimulatedTask, table: string): string =>
  `${TASK}/copy/${table}/${task.firstRunId}.${task.state.copies[table]?.generation ?? 1}`;

/** False: it is closed. */
const control = (task: SimulatedTask, id: string, wish: CopyWish): Promise<boolean> =>
  task.rig.deliver(id, `control ${wish}`, () => {
    task.copies.children.get(id)?.control(wish);
  });

function start(task: SimulatedTask, table: string): void {
  const plan = copiedPlan(task.state, table);
  if (!plan) return;
  const id = idOf(task, table);
  const { generation } = task.state.copies[table] ?? {};
  const { runId: startedBy } = task.own;
  const onlyLooks = onlyLooksForCopies(task.state);
  const begin = async (): Promise<boolean> => {
    await task.rig.time.sleep(task.rig.faults.amount('delay start') * 100);
    if (task.copies.children.get(id)?.open) return control(task, id, 'report');
    const child = new SimulatedCopy(task.rig, id, {
      plan,
      chainId: task.firstRunId,
      startedBy,
      ...(generation !== undefined && { generation }),
      ...(onlyLooks && { onlyLooks: true }),
      report: (report) => {
        task.receive(report);
      },
    });
    task.copies.children.set(id, child);
    child.begin();
    return true;
  };
  const failed = (): void => {
    replace(task, table, { started: false, resting: true, heardAt: task.rig.time.now });
  };
  replace(task, table, { started: true, resting: false, told: 'run', heardAt: task.rig.time.now });
  task.sendWith(`start-copy ${table}`, begin(), {
    done: (delivered) => {
      if (!delivered) failed();
    },
    failed,
  });
}

function tell(task: SimulatedTask, table: string, wish: CopyWish): void {
  replace(task, table, {
    heardAt: task.rig.time.now,
    ...(wish !== 'report' && { told: wish, resting: false, paused: false }),
  });
  const closed = (): void => {
    replace(task, table, { started: false, resting: true, heardAt: 0 });
  };
  task.sendWith(`tell-copy ${table}`, control(task, idOf(task, table), wish), {
    done: (delivered) => {
      if (!delivered) closed();
    },
    failed: closed,
  });
}

/** As an operator recovers a copy that has failed. */
export function recoverCopy(task: SimulatedTask, table: string): void {
  task.sendWith(`recover-copy ${table}`, control(task, idOf(task, table), 'recover'), {
    done: () => undefined,
    failed: () => undefined,
  });
}
