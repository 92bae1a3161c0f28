/** The last phase of a task: carries out the steps of model/tail-plan.ts. A module, not a child. */
import type { PlannedWindow, SavingPosition } from '../model/tail-state.ts';
import { foreignAtResolve } from '../model/foreign-rows.ts';
import * as plan from '../model/tail-plan.ts';
import { commitUnit, RESOLVE_UNIT, SAVE_UNIT, SOURCE_UNIT, type TailStep } from '../model/tail-steps.ts';
import { isWaitedFor, stopProblem } from '../model/tail-tables.ts';
import type { WindowReceipt } from '../model/receipt.ts';
import { succeeded } from '../model/run-state.ts';
import type { Position } from '../model/position.ts';
import { shortScn } from '../model/scn.ts';
import { limitsOf } from '../model/throttle.ts';
import { call } from './policies.ts';
import { performRedo } from './redo-steps.ts';
import { performTable } from './table-steps.ts';
import type { TaskRun } from './task-run.ts';

/** How long an idle window keeps a table waiting that catches up. */
const TURN_SECONDS = 2;
const IDLE_SECONDS = 60;

export function performTail(task: TaskRun, step: TailStep): void {
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
    case 'commit-save':
      commitSave(task, step.saving);
      break;
    case 'follow':
    case 'renew':
      performTable(task, step);
      break;
    case 'measure':
    case 'pass-gap':
      performRedo(task, step);
      break;
    case 'cancel-readers':
      task.cancelReaders();
      break;
  }
}

function mine(task: TaskRun, spec: PlannedWindow['spec']): void {
  task.changeTail((tail) => plan.windowPlanned(tail, spec));
  const { flushSeconds, flushRows, flushMegabytes } = task.spec.incremental;
  const { tail } = task.state;
  const { skip = {} } = tail ?? {};
  const throttle = limitsOf(task.spec.incremental.throttle, task.spec.instanceClass);
  const idleSeconds = tail && isWaitedFor(tail) ? TURN_SECONDS : IDLE_SECONDS;
  const limits = { flushSeconds, flushRows, flushMegabytes, idleSeconds, ...(throttle && { throttle }) };
  const upTo = spec.fixed ? shortScn(spec.fixed.to) : '…';
  task.attempt('mine', SOURCE_UNIT, {
    work: () =>
      call(
        'mineWindow',
        { endpoints: task.endpoints, spec, skip, limits, own: task.own },
        { summary: `${spec.lane ? `${spec.lane.table} alone, ` : ''}SCN ${shortScn(spec.from)}–${upTo}` },
      ),
    done: (receipt) => {
      const problem = task.state.tail && stopProblem(task.state.tail, receipt);
      if (problem === undefined) prepared(task, spec.number, receipt);
      else task.fail({ unit: SOURCE_UNIT, kind: 'window-not-reproduced', message: problem });
    },
    lost: () => {
      task.changeTail((tail) => ({ ...tail, attemptsLost: tail.attemptsLost + 1 }));
    },
  });
}

function prepared(task: TaskRun, number: number, receipt: WindowReceipt): void {
  task.changeTail((tail) => plan.windowPrepared(tail, number, receipt, Date.now()));
  for (const note of receipt.notes ?? []) task.note('note', note);
  for (const { reason, table, scn, text } of receipt.stops ?? []) {
    if (reason === 'columns-added') task.note('note', text);
    else task.note('hold', `${table} is held at SCN ${scn}: ${text}`);
  }
}

function commit(task: TaskRun, { spec, receipt }: PlannedWindow): void {
  if (!receipt) return;
  task.changeTail((tail) => plan.windowCommitScheduled(tail, spec.number));
  const { sessions } = receipt;
  task.attempt('commit', commitUnit(spec), {
    work: () =>
      call(
        'commitReceipts',
        { destination: task.spec.destination, sessions, own: task.own },
        { summary: `window ${spec.number}: ${receipt.rows} rows` },
      ),
    done: (outcome) => {
      task.changeTail((tail) => plan.windowCommitted(tail, spec.number, outcome, Date.now()));
      const remark = plan.commitRemark(outcome);
      if (remark !== undefined) task.note('note', `window ${spec.number}: ${remark}`);
    },
  });
}

function resolve(task: TaskRun): void {
  const { tail } = task.state;
  if (!tail) return;
  const logs = tail.tables.map(({ log }) => log);
  task.attempt('resolve', RESOLVE_UNIT, {
    work: () =>
      call(
        'resolveCommit',
        { destination: task.spec.destination, logs, own: task.own },
        { summary: 'what is at the destination' },
      ),
    done: (highest) => {
      const current = task.state.tail;
      if (!current) return;
      const foreign = foreignAtResolve(current, highest);
      const resolved = plan.commitResolved(current, highest);
      if (foreign !== undefined) ambiguous(task, foreign);
      else if ('windows' in resolved) task.state = { ...task.state, tail: resolved };
      else ambiguous(task, `${resolved.table}: a part of upload session ${resolved.session} is at the destination`);
    },
  });
}

const ambiguous = (task: TaskRun, message: string): void => {
  task.fail({ unit: RESOLVE_UNIT, kind: 'commit-ambiguous', message });
};

function save(task: TaskRun, position: Position): void {
  const { tail } = task.state;
  if (!tail) return;
  const { tailOnly, start: { madeBy } = {} } = task.state;
  const followedFrom = tailOnly ? plan.followedFrom(tail) : undefined;
  const saved = {
    ...plan.savedPosition(tail, position, task.own.chainId),
    ...(madeBy && { madeBy }),
    ...(followedFrom !== undefined && { followedFrom }),
  };
  const input = { destination: task.spec.destination, task: task.spec.name, saved, own: task.own };
  task.loop.launch('save', () => call('preparePosition', input, { summary: `position ${shortScn(position.scn)}` }), {
    done: (session) => {
      task.changeTail((current) => plan.savePrepared(current, { session, position }));
    },
    failed: (error) => {
      saveFailed(task, error);
    },
  });
}

function commitSave(task: TaskRun, { session, position }: SavingPosition): void {
  task.triedToSave = isComingToRest(task);
  const input = { destination: task.spec.destination, sessions: [session], own: task.own };
  task.loop.launch('save', () => call('commitReceipts', input, { summary: `position ${shortScn(position.scn)}` }), {
    done: (outcome) => {
      task.state = succeeded(task.state, SAVE_UNIT);
      if (outcome === 'gone') task.changeTail(plan.saveGone);
      else task.changeTail((current) => plan.positionSaved(current, position, Date.now()));
    },
    failed: (error) => {
      saveFailed(task, error);
    },
  });
}

const isComingToRest = (task: TaskRun): boolean => task.wish() !== 'run' || task.state.failed !== undefined;

/** While coming to rest one try is enough: an older position is as true, only further back. */
function saveFailed(task: TaskRun, error: unknown): void {
  if (isComingToRest(task)) task.triedToSave = true;
  else task.absorb(SAVE_UNIT, error);
}
