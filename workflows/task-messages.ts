/** Signals, updates and queries of a task: each changes one wish or one fact, and lets the plan decide. */
import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { comparable } from '../model/comparable.ts';
import { copyReported, precheckAgain } from '../model/sync-plan.ts';
import { readBackAnew } from '../model/foreign-rows.ts';
import { gapForgotten } from '../model/redo-gap.ts';
import { newsOf } from '../model/table-copy.ts';
import { recovered } from '../model/run-state.ts';
import { planRules, TABLES_PER_PAGE } from '../model/task-plan.ts';
import { precheckItems } from '../model/precheck-items.ts';
import * as messages from './messages.ts';
import { handleGapMessages } from './gap-messages.ts';
import { handleSettingsMessages } from './settings-messages.ts';
import { handleTableMessages } from './table-messages.ts';
import { statusOf } from './ui.ts';
import type { TaskRun } from './task-run.ts';

export function handleMessages(task: TaskRun): void {
  handleSignals(task);
  handleUpdates(task);
  handleTableMessages(task);
  handleGapMessages(task);
  handleSettingsMessages(task);
  setHandler(messages.statusQuery, () => statusOf(task));
  setHandler(messages.comparablePointQuery, (table) =>
    comparable(task.state, table, { rules: planRules(task.spec), ...task.endpoints }),
  );
  setHandler(messages.tableMapQuery, (hash, page) => {
    const { tail } = task.state;
    if (tail?.planHash !== hash) return null;
    // In one order, whatever the history: pages of one plan fit together.
    const tables = tail.tables
      .toSorted((a, b) => (a.table < b.table ? -1 : 1))
      .slice(page * TABLES_PER_PAGE, (page + 1) * TABLES_PER_PAGE);
    return { rules: planRules(task.spec), tables };
  });
}

function handleSignals(task: TaskRun): void {
  setHandler(messages.pauseSignal, () => {
    if (!task.paused) task.note('operator', 'pause');
    task.paused = true;
    task.loop.touch();
  });
  setHandler(messages.resumeSignal, () => {
    if (task.paused) task.note('operator', 'resume');
    task.paused = false;
    task.loop.touch();
  });
  setHandler(messages.stopSignal, () => {
    task.note('operator', 'stop');
    task.stopping = true;
    task.loop.touch();
  });
  setHandler(messages.copyReportSignal, (report) => {
    if (report.chainId !== task.own.chainId) return; // the copy of an earlier, terminated task: it ends by itself
    for (const { kind, text } of newsOf(task.state.copies[report.table], report)) task.note(kind, text);
    task.state = copyReported(task.state, report, Date.now());
    task.loop.touch();
  });
}

const copiesFailed = (task: TaskRun): string[] =>
  Object.entries(task.state.copies).flatMap(([table, copy]) => (copy.trouble?.failed ? [table] : []));

const refuse = (message: string): ApplicationFailure => ApplicationFailure.nonRetryable(message, 'refused');

function handleUpdates(task: TaskRun): void {
  setHandler(
    messages.recoverUpdate,
    () => {
      task.note('operator', 'recover');
      for (const table of copiesFailed(task)) task.recoverCopy(table);
      task.changeTail(gapForgotten);
      task.state = recovered(readBackAnew(task.state));
      task.loop.touch();
    },
    {
      validator: () => {
        if (!task.state.failed && copiesFailed(task).length === 0)
          throw refuse('The task has not failed; there is nothing to recover from.');
      },
    },
  );
  const checking = (): void => {
    if (task.state.phase !== 'precheck') throw refuse('The precheck is over; the task has begun.');
  };
  setHandler(
    messages.precheckAgainUpdate,
    () => {
      task.note('operator', 'precheck again');
      task.state = precheckAgain(task.state);
      task.loop.touch();
    },
    { validator: checking },
  );
  setHandler(
    messages.ignoreAlertsUpdate,
    (items) => {
      task.note('operator', `ignore ${items.join(', ')}`);
      task.state = precheckAgain({ ...task.state, ignored: [...new Set([...task.state.ignored, ...items])] });
      task.loop.touch();
    },
    {
      validator: (items: readonly string[]) => {
        checking();
        const wrong = items.filter((id) => !isAlert(id));
        if (wrong.length > 0) throw refuse(`Not an alert that can be ignored: ${wrong.join(', ')}.`);
      },
    },
  );
}

const isAlert = (id: string): boolean =>
  Object.entries(precheckItems).some(([known, item]) => known === id && item.severity === 'alert');
