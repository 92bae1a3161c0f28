/** Carries out the steps of a task outside its tail: open the run, precheck, schema, start of the capture. */
import { NO_PLAN, startPosition } from '../model/capture-start.ts';
import * as plan from '../model/sync-plan.ts';
import { OPEN_UNIT } from '../model/copy-plan.ts';
import { SAVE_UNIT, SOURCE_UNIT } from '../model/tail-steps.ts';
import { assertNever } from '../model/assert-never.ts';
import { performCopy } from './copies.ts';
import { call } from './policies.ts';
import { askForWindowsOfOthers } from './retry-windows.ts';
import { performTail } from './tail-loop.ts';
import type { UploadSession } from '../model/receipt.ts';
import { withoutRun } from '../model/run-state.ts';
import { planRules } from '../model/task-plan.ts';
import type { TaskRun } from './task-run.ts';

export function perform(task: TaskRun, step: plan.TaskStep): void {
  switch (step.do) {
    case 'open-run':
      openRun(task);
      break;
    case 'precheck':
      precheck(task);
      break;
    case 'create-tables':
      createTables(task);
      break;
    case 'capture-point':
      capturePoint(task);
      break;
    case 'save-start':
      saveStart(task);
      break;
    case 'start-copy':
    case 'tell-copy':
      performCopy(task, step);
      break;
    case 'probe':
      task.probe(step.side, step.unit);
      break;
    case 'mine':
    case 'commit':
    case 'resolve':
    case 'save':
    case 'commit-save':
    case 'follow':
    case 'renew':
    case 'measure':
    case 'pass-gap':
    case 'cancel-readers':
      performTail(task, step);
      break;
    case 'rest':
      break; // the caller's
    default:
      assertNever(step);
  }
}

function openRun(task: TaskRun): void {
  const { lastRunId, tables, start } = task.state;
  const input = {
    destination: task.spec.destination,
    task: task.spec.name,
    chainId: task.own.chainId,
    logs: tables.map(({ log }) => log),
    wrote: start?.saved === true,
    ...(lastRunId !== undefined && { lastRunId }),
    ...(task.spec.startAt === 'saved' && { adopt: true }),
  };
  task.attempt('open-run', OPEN_UNIT, {
    work: () => call('openRun', input, { summary: 'which run is this' }),
    done: (opened) => {
      task.state = plan.taskOpened(task.state, opened);
      mustHaveSavedPlan(task, opened.saved?.planHash);
      if (opened.cut && task.state.tail)
        task.note('note', 'the history was cut: going on from the position saved at the destination');
      askForWindowsOfOthers(task);
    },
  });
}

/** Under another plan nothing is read or written. `recover` opens the run anew, and so comes here again. */
export function mustHaveSavedPlan(task: TaskRun, saved?: string): void {
  const problem = plan.planProblem(task.state, planRules(task.spec), saved);
  if (problem === undefined) return;
  task.fail({ unit: OPEN_UNIT, kind: 'plan-not-reproduced', message: problem });
  task.state = withoutRun(task.state);
}

function precheck(task: TaskRun): void {
  task.attempt('precheck', plan.PRECHECK_UNIT, {
    work: () =>
      call(
        'precheck',
        { spec: task.spec, chainId: task.own.chainId, ignored: task.state.ignored },
        { summary: 'both sides' },
      ),
    done: (report) => {
      task.state = plan.prechecked(task.state, report);
      task.note('state', report.passed ? 'precheck passed' : 'precheck failed');
    },
  });
}

function createTables(task: TaskRun): void {
  const after = task.state.tables.at(-1)?.table;
  task.attempt('create-tables', plan.SCHEMA_UNIT, {
    work: () =>
      call(
        'createTables',
        { spec: task.spec, own: task.own, ...(after !== undefined && { after }) },
        { summary: after === undefined ? '_base and _log' : `_base and _log, after ${after}` },
      ),
    done: (page) => {
      task.state = plan.tablesCreated(task.state, page);
      for (const remark of page.remarks ?? []) task.note('note', remark);
      const { length } = task.state.tables;
      if (!page.more) task.note('state', `_base and _log of ${length} table${length === 1 ? '' : 's'} ${next(task)}`);
    },
  });
}

function next({ spec }: TaskRun): string {
  if (spec.startAt === 'saved') return 'are those of the saved position; going on from there';
  return spec.synchronize.includes('full') ? 'created; the full copy begins' : 'created';
}

function capturePoint(task: TaskRun): void {
  const { source, startAt } = task.spec;
  const input = { source, ...(typeof startAt === 'object' && { startAt }) };
  task.attempt('capture-point', SOURCE_UNIT, {
    work: () => call('capturePoint', input, { summary: 'where the capture begins' }),
    done: (point) => {
      task.state = plan.captureStarted(task.state, point);
    },
  });
}

function saveStart(task: TaskRun): void {
  const { start, tables } = task.state;
  if (!start) return;
  if (start.saving) {
    commitStart(task, start.saving);
    return;
  }
  const saved = {
    position: startPosition(start),
    planHash: NO_PLAN,
    chainId: task.own.chainId,
    logs: tables.map(({ log }) => log),
  };
  const input = { destination: task.spec.destination, task: task.spec.name, saved, own: task.own };
  task.attempt('save-start', SAVE_UNIT, {
    work: () => call('preparePosition', input, { summary: 'where the capture begins' }),
    done: (session) => {
      task.state = plan.startPrepared(task.state, session);
    },
  });
}

function commitStart(task: TaskRun, session: UploadSession): void {
  const input = { destination: task.spec.destination, sessions: [session], own: task.own };
  task.attempt('save-start', SAVE_UNIT, {
    work: () => call('commitReceipts', input, { summary: 'where the capture begins' }),
    done: (outcome) => {
      task.state = outcome === 'gone' ? plan.startPrepared(task.state) : plan.startSaved(task.state);
    },
  });
}
