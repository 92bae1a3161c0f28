/** The steps of the tail, as workflows/tail-loop.ts and its neighbours carry them out. */
import type { OwnRun, WindowSpec } from '../../../model/activities.ts';
import { foreignAtResolve } from '../../../model/foreign-rows.ts';
import type { Position } from '../../../model/position.ts';
import { neededRedo } from '../../../model/redo-runway.ts';
import { succeeded } from '../../../model/run-state.ts';
import * as tails from '../../../model/tail-plan.ts';
import { commitUnit, followUnit, renewUnit, RESOLVE_UNIT, SAVE_UNIT, SOURCE_UNIT } from '../../../model/tail-steps.ts';
import type { TailStep } from '../../../model/tail-steps.ts';
import * as tables from '../../../model/tail-tables.ts';
import type { PlannedWindow, SavingPosition } from '../../../model/tail-state.ts';
import type { FailedAttempt } from './rig.ts';
import type { SimulatedTask } from './task.ts';

const limits = { flushSeconds: 1, flushRows: 9, flushMegabytes: 1, idleSeconds: 600 };

export function performTail(task: SimulatedTask, step: TailStep): void {
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
      follow(task, step.stop);
      break;
    case 'renew':
      renew(task, step.table);
      break;
    case 'measure':
      measure(task);
      break;
    case 'pass-gap':
      task.rig.violated('a gap is passed that nobody has asked for');
      break;
    case 'cancel-readers':
      task.cancel();
      break;
  }
}

function mine(task: SimulatedTask, spec: WindowSpec): void {
  task.changeTail((tail) => tails.windowPlanned(tail, spec));
  const skip = task.state.tail?.skip ?? {};
  task.attempt('mine', {
    unit: SOURCE_UNIT,
    work: (a) => a.mineWindow({ endpoints: task.endpoints, spec, skip, limits, own: task.own }),
    done: (receipt) => {
      const problem = task.state.tail && tables.stopProblem(task.state.tail, receipt);
      if (problem !== undefined) {
        task.absorb({ unit: SOURCE_UNIT, kind: 'window-not-reproduced', message: problem });
        return;
      }
      if (receipt.inside) task.rig.counts.insides += 1;
      task.changeTail((tail) => tails.windowPrepared(tail, spec.number, receipt, task.rig.time.now));
    },
  });
}

function commit(task: SimulatedTask, { spec, receipt }: PlannedWindow): void {
  if (!receipt) return;
  task.changeTail((tail) => tails.windowCommitScheduled(tail, spec.number));
  const input = { destination: task.rig.spec.destination, sessions: receipt.sessions, own: task.own };
  task.attempt('commit', {
    unit: commitUnit(spec),
    work: (a) => a.commitReceipts(input),
    done: (outcome) => {
      if (outcome === 'gone') task.rig.counts.ambiguous += 1;
      task.changeTail((tail) => tails.windowCommitted(tail, spec.number, outcome, task.rig.time.now));
    },
  });
}

function resolve(task: SimulatedTask): void {
  const { tail } = task.state;
  if (!tail) return;
  const input = { destination: task.rig.spec.destination, logs: tail.tables.map(({ log }) => log), own: task.own };
  const ambiguous = (message: string): void => {
    task.absorb({ unit: RESOLVE_UNIT, kind: 'commit-ambiguous', message });
  };
  task.attempt('resolve', {
    unit: RESOLVE_UNIT,
    work: (a) => a.resolveCommit(input),
    done: (highest) => {
      const current = task.state.tail;
      if (!current) return;
      const foreign = foreignAtResolve(current, highest);
      const resolved = tails.commitResolved(current, highest);
      if (foreign !== undefined) ambiguous(foreign);
      else if ('windows' in resolved) task.state = { ...task.state, tail: resolved };
      else ambiguous(`${resolved.table}: a part of upload session ${resolved.session} is at the destination`);
    },
  });
}

const isComingToRest = (task: SimulatedTask): boolean => task.wish() !== 'run' || task.state.failed !== undefined;

function saveFailed(task: SimulatedTask, failure: FailedAttempt | undefined, begunAt: number): void {
  if (isComingToRest(task)) task.triedToSave = true;
  else if (failure) task.absorb({ unit: SAVE_UNIT, ...failure }, begunAt);
}

function save(task: SimulatedTask, position: Position): void {
  const { tail } = task.state;
  if (!tail) return;
  const { destination, name } = task.rig.spec;
  const madeBy = task.state.start?.madeBy;
  const saved = { ...tails.savedPosition(tail, position, task.firstRunId), ...(madeBy && { madeBy }) };
  const begunAt = task.rig.time.now;
  const own: OwnRun = task.own;
  task.launchWith('save', (a) => a.preparePosition({ destination, task: name, saved, own }), {
    done: (session) => {
      task.changeTail((current) => tails.savePrepared(current, { session, position }));
    },
    failed: (failure) => {
      saveFailed(task, failure, begunAt);
    },
  });
}

function commitSave(task: SimulatedTask, { session, position }: SavingPosition): void {
  task.triedToSave = isComingToRest(task);
  const input = { destination: task.rig.spec.destination, sessions: [session], own: task.own };
  const begunAt = task.rig.time.now;
  task.launchWith('save', (a) => a.commitReceipts(input), {
    done: (outcome) => {
      task.state = succeeded(task.state, SAVE_UNIT);
      task.watch?.succeeded(SAVE_UNIT);
      if (outcome === 'gone') task.changeTail(tails.saveGone);
      else task.changeTail((current) => tails.positionSaved(current, position, task.rig.time.now));
    },
    failed: (failure) => {
      saveFailed(task, failure, begunAt);
    },
  });
}

function follow(task: SimulatedTask, stop: Extract<TailStep, { do: 'follow' }>['stop']): void {
  const plan = task.state.tail?.tables.find(({ table }) => table === stop.table);
  if (!plan) return;
  const { rules } = task.rig;
  const { scn, added } = stop;
  const input = { endpoints: task.endpoints, plan, rules, scn, ...(added && { added }), own: task.own };
  task.attempt('follow', {
    unit: followUnit(stop),
    work: (a) => a.followTable(input),
    done: (answer) => {
      task.changeTail((tail) => tables.followed(tail, rules, stop, answer));
    },
  });
}

function renew(task: SimulatedTask, table: Extract<TailStep, { do: 'renew' }>['table']): void {
  const { tail } = task.state;
  const plan = tail?.tables.find((candidate) => candidate.table === table);
  const suffix = tail?.position.held[table]?.setAside;
  if (!plan || suffix === undefined) return;
  const { rules } = task.rig;
  const input = { endpoints: task.endpoints, plan, rules, suffix, own: task.own };
  task.attempt('renew', {
    unit: renewUnit(table),
    work: (a) => a.renewTables(input),
    done: (answer) => {
      task.changeTail((current) => tables.renewed(current, rules, table, answer));
    },
  });
}

/** A measurement: its failure is charged to nobody. */
function measure(task: SimulatedTask): void {
  const { tail } = task.state;
  if (!tail) return;
  const input = {
    source: task.rig.spec.source,
    incarnation: tail.position.incarnation,
    needed: neededRedo(tail.position).scn,
  };
  const tried = (failed: boolean): void => {
    task.changeTail((current) => ({ ...current, runwayTried: { at: task.rig.time.now, failed } }));
  };
  task.launchWith('measure', (a) => a.measureRunway(input), {
    done: () => {
      tried(false);
    },
    failed: () => {
      tried(true);
    },
  });
}
