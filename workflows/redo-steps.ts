/** What a task asks of the redo beside reading it: how long it will be there, and where to go on when it is gone. */
import { gapPassed } from '../model/redo-gap.ts';
import { neededRedo, runwayNews, runwayOf } from '../model/redo-runway.ts';
import { measuresAtRest } from '../model/sync-plan.ts';
import { SOURCE_UNIT, type TailStep } from '../model/tail-steps.ts';
import { shortScn } from '../model/scn.ts';
import { tellAlerts } from './alerts.ts';
import { attemptFailure } from './attempt-failure.ts';
import { call } from './policies.ts';
import type { TaskRun } from './task-run.ts';

/** Lines of the task's story for one gap. */
const LOST_SHOWN = 20;

export function performRedo(task: TaskRun, step: Extract<TailStep, { do: 'measure' | 'pass-gap' }>): void {
  if (step.do === 'measure') measureRunway(task);
  else passGap(task);
}

/** A measurement: its failure is noted once, and charged to nobody. */
function measureRunway(task: TaskRun): void {
  const { tail } = task.state;
  if (!tail || task.loop.running.has('measure')) return;
  const need = neededRedo(tail.position);
  const input = { source: task.spec.source, incarnation: tail.position.incarnation, needed: need.scn };
  const failedBefore = tail.runwayTried?.failed === true;
  const tried = (failed: boolean): void => {
    task.changeTail((current) => ({ ...current, runwayTried: { at: Date.now(), failed } }));
  };
  const work = () => call('measureRunway', input, { summary: `redo from SCN ${shortScn(need.scn)} on` });
  task.loop.launch('measure', work, {
    done: (measure) => {
      tried(false);
      const runway = runwayOf(need, measure);
      if (!runway) return;
      const news = runwayNews(task.state.tail?.runway, runway, task.spec.alerts?.redoRunwayPercent);
      if (news !== undefined) task.note('note', news);
      task.changeTail((current) => ({ ...current, runway }));
      if (task.resting) tellAlerts(task); // nothing is decided then
    },
    failed: (error) => {
      tried(true);
      const failure = attemptFailure('redo runway', error); // undefined: cancelled
      if (failure && !failedBefore) task.note('note', `the redo runway could not be measured: ${failure.message}`);
    },
  });
}

/** While a task rests, nothing but this runs: it only reads. */
export function measureAtRest(task: TaskRun): void {
  if (measuresAtRest(task.state)) measureRunway(task);
}

/** The position moves to where the redo is complete again. */
function passGap(task: TaskRun): void {
  const input = { source: task.spec.source, complete: true };
  task.attempt('pass-gap', SOURCE_UNIT, {
    work: () => call('capturePoint', input, { summary: 'where redo is complete again' }),
    done: (point) => {
      const { tail } = task.state;
      if (!tail?.gap) return;
      const { dbid, resetlogsScn } = tail.position.incarnation;
      if (point.incarnation.dbid !== dbid || point.incarnation.resetlogsScn !== resetlogsScn) {
        const message = `the database is another one than that of the position (DBID ${dbid}, RESETLOGS SCN ${resetlogsScn})`;
        task.fail({ unit: SOURCE_UNIT, kind: 'source-incarnation-changed', message });
        return;
      }
      const { tail: passed, lost } = gapPassed(tail, point);
      task.state = { ...task.state, tail: passed };
      const { scn } = passed.position;
      if (tail.gap.way === 'resync') task.note('operator', `tables are copied anew, and followed from SCN ${scn} on`);
      for (const { table, from, to } of lost.slice(0, LOST_SHOWN))
        task.note('operator', `${table}: changes above SCN ${from} up to SCN ${to} are given up (gap accepted)`);
      if (lost.length > LOST_SHOWN)
        task.note('operator', `… and those of ${lost.length - LOST_SHOWN} more tables, up to SCN ${scn}`);
    },
  });
}
