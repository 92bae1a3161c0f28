/** What operators ask of a task whose redo is gone for good: two ways on, each confirmed with the task's name. */
import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { gapAsked, gapProblem } from '../model/redo-gap.ts';
import type { GapWay } from '../model/tail-state.ts';
import { recovered } from '../model/run-state.ts';
import { acceptGapUpdate, resyncAllUpdate } from './messages.ts';
import { setAsideSuffix } from './table-messages.ts';
import type { TaskRun } from './task-run.ts';

const words: Readonly<Record<GapWay, string>> = {
  accept: 'accept the gap: changes in the redo that is gone are given up',
  resync: 'the redo is gone: every table is copied anew',
};

export function handleGapMessages(task: TaskRun): void {
  const handle = (way: GapWay): void => {
    task.note('operator', words[way]);
    task.changeTail((tail) => gapAsked(tail, { way, setAside: setAsideSuffix() }));
    task.state = recovered(task.state);
    task.loop.touch();
  };
  const check = (way: GapWay, confirm: string): void => {
    const problem =
      confirm === task.spec.name
        ? gapProblem(task.state, way)
        : `To really do it, type the name of the task: ${task.spec.name}.`;
    if (problem !== undefined) throw ApplicationFailure.nonRetryable(problem, 'refused');
  };
  setHandler(
    acceptGapUpdate,
    () => {
      handle('accept');
    },
    {
      validator: (confirm: string) => {
        check('accept', confirm);
      },
    },
  );
  setHandler(
    resyncAllUpdate,
    () => {
      handle('resync');
    },
    {
      validator: (confirm: string) => {
        check('resync', confirm);
      },
    },
  );
}
