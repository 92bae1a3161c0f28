/** The last phase of a task: carries out the steps of model/tail-plan.ts. A module, not a child. */
import * as plan from '../model/tail-plan.ts';
import { attemptFailed, succeeded } from '../model/run-state.ts';
import type { Position } from '../model/position.ts';
import { shortScn } from '../model/scn.ts';
import { call } from './policies.ts';
import type { TaskRun } from './task-run.ts';

/** Replaces the tail inside the task's state. */
function fold(task: TaskRun, change: (tail: plan.TailState) => plan.TailState): void {
  const { tail } = task.state;
  if (tail) task.state = { ...task.state, tail: change(tail) };
}

export function performTail(task: TaskRun, step: plan.TailStep): void {
  switch (step.do) {
    case 'mine':
      mine(task, step.spec);
      break;
    case 'commit':
      commit(task, step.window);
      break;
    case 'resolve':
      resolve(task);
      break;
    case 'save':
      save(task, step.position);
      break;
    case 'cancel-readers':
      task.cancelReaders();
      break;
  }
}

function mine(task: TaskRun, spec: plan.PlannedWindow['spec']): void {
  fold(task, (tail) => plan.windowPlanned(tail, spec));
  const { flushSeconds, flushRows, flushMegabytes } = task.spec.incremental;
  const limits = { flushSeconds, flushRows, flushMegabytes, idleSeconds: 60 };
  const skip = task.state.tail?.skip ?? {};
  const upTo = spec.fixed ? shortScn(spec.fixed.to) : '…';
  task.attempt('mine', plan.SOURCE_UNIT, {
    work: () =>
      call(
        'mineWindow',
        { endpoints: task.endpoints, spec, skip, limits, own: task.own },
        { summary: `SCN ${shortScn(spec.from)}–${upTo}` },
      ),
    done: (receipt) => {
      fold(task, (tail) => plan.windowPrepared(tail, spec.number, receipt, Date.now()));
      for (const note of receipt.notes ?? []) task.note('note', note);
    },
    lost: () => {
      fold(task, (tail) => ({ ...tail, attemptsLost: tail.attemptsLost + 1 }));
    },
  });
}

function commit(task: TaskRun, { spec, receipt }: plan.PlannedWindow): void {
  if (!receipt) return;
  fold(task, (tail) => plan.windowCommitScheduled(tail, spec.number));
  const { sessions } = receipt;
  task.attempt('commit', plan.commitUnit(spec), {
    work: () =>
      call(
        'commitReceipts',
        { destination: task.spec.destination, sessions, own: task.own },
        { summary: `window ${spec.number}: ${receipt.rows} rows` },
      ),
    done: (outcome) => {
      fold(task, (tail) => plan.windowCommitted(tail, spec.number, outcome, Date.now()));
      const remark = plan.commitRemark(outcome);
      if (remark !== undefined) task.note('note', `window ${spec.number}: ${remark}`);
    },
  });
}

function resolve(task: TaskRun): void {
  const { tail } = task.state;
  if (!tail) return;
  const logs = tail.tables.map(({ log }) => log);
  task.attempt('resolve', plan.RESOLVE_UNIT, {
    work: () =>
      call(
        'resolveCommit',
        { destination: task.spec.destination, logs, own: task.own },
        { summary: 'what is at the destination' },
      ),
    done: (highest) => {
      const resolved = task.state.tail ? plan.commitResolved(task.state.tail, highest) : undefined;
      if (resolved === undefined) return;
      if ('windows' in resolved) task.state = { ...task.state, tail: resolved };
      else {
        const message = `${resolved.table}: a part of upload session ${resolved.session} is at the destination`;
        task.state = attemptFailed(
          task.state,
          { unit: plan.RESOLVE_UNIT, kind: 'commit-ambiguous', message },
          task.clock(),
        );
      }
    },
  });
}

function save(task: TaskRun, position: Position): void {
  const { tail } = task.state;
  if (!tail) return;
  const saved = plan.savedPosition(tail, position, task.own.chainId);
  task.triedToSave = task.wish() !== 'run' || task.state.failed !== undefined;
  const input = { destination: task.spec.destination, task: task.spec.name, saved, own: task.own };
  task.loop.launch('save', () => call('savePosition', input, { summary: `position ${shortScn(position.scn)}` }), {
    done: () => {
      task.state = succeeded(task.state, plan.SAVE_UNIT);
      fold(task, (current) => plan.positionSaved(current, position, Date.now()));
    },
    failed: (error) => {
      // While coming to rest one try is enough: an older position is as true, only further back.
      if (task.wish() === 'run' && !task.state.failed) task.absorb(plan.SAVE_UNIT, error);
    },
  });
}
