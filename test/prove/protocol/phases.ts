/** The steps of a task before its tail, as workflows/task-steps.ts carries them out. */
import { OPEN_UNIT } from '../../../model/copy-plan.ts';
import { NO_PLAN, startPosition } from '../../../model/capture-start.ts';
import * as plan from '../../../model/sync-plan.ts';
import { SAVE_UNIT, SOURCE_UNIT } from '../../../model/tail-steps.ts';
import type { SimulatedTask } from './task.ts';

export function openRun(task: SimulatedTask): void {
  const { lastRunId, tables, start } = task.state;
  const input = {
    destination: task.rig.spec.destination,
    task: task.rig.spec.name,
    chainId: task.firstRunId,
    logs: tables.map(({ log }) => log),
    wrote: start?.saved === true,
    ...(lastRunId !== undefined && { lastRunId }),
  };
  task.attempt('open-run', {
    unit: OPEN_UNIT,
    work: (a) => a.openRun(input),
    done: (opened) => {
      task.state = plan.taskOpened(task.state, opened);
      task.mustHaveSavedPlan(opened.saved?.planHash);
    },
  });
}

export function createTables(task: SimulatedTask): void {
  const after = task.state.tables.at(-1)?.table;
  const input = { spec: task.rig.spec, own: task.own, ...(after !== undefined && { after }) };
  task.attempt('create-tables', {
    unit: plan.SCHEMA_UNIT,
    work: (a) => a.createTables(input),
    done: (page) => {
      task.state = plan.tablesCreated(task.state, page);
    },
  });
}

export function saveStart(task: SimulatedTask): void {
  const { start, tables } = task.state;
  if (!start) return;
  const { destination, name } = task.rig.spec;
  if (start.saving) {
    const { saving } = start;
    task.attempt('save-start', {
      unit: SAVE_UNIT,
      work: (a) => a.commitReceipts({ destination, sessions: [saving], own: task.own }),
      done: (outcome) => {
        task.state = outcome === 'gone' ? plan.startPrepared(task.state) : plan.startSaved(task.state);
      },
    });
    return;
  }
  const position = startPosition(start);
  const saved = { position, planHash: NO_PLAN, chainId: task.firstRunId, logs: tables.map(({ log }) => log) };
  task.attempt('save-start', {
    unit: SAVE_UNIT,
    work: (a) => a.preparePosition({ destination, task: name, saved, own: task.own }),
    done: (session) => {
      task.state = plan.startPrepared(task.state, session);
    },
  });
}

export function capturePoint(task: SimulatedTask): void {
  task.attempt('capture-point', {
    unit: SOURCE_UNIT,
    work: (a) => a.capturePoint({ source: task.rig.spec.source }),
    done: (point) => {
      task.state = plan.captureStarted(task.state, point);
    },
  });
}
