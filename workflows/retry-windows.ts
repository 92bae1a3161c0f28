/** The retry times in force: the task's own, or shorter ones of other tasks that share an endpoint, which each run asks for once. */
import { isProbe } from '../model/copy-plan.ts';
import { mapLedgers, underWindows } from '../model/retry-ledger.ts';
import { windowsInForceText, windowsText } from '../model/shared-windows.ts';
import { tellCopySettings } from './copies.ts';
import { call } from './policies.ts';
import type { TaskRun } from './task-run.ts';

/** What has failed already is tried until the end of the new windows; a probe that waits until the end of the old ones begins anew. */
export function applyWindows(task: TaskRun): void {
  const { now, windows } = task.clock();
  const ledgers = mapLedgers(task.state.ledgers, (ledger) => underWindows(ledger, windows, now));
  task.state = { ...task.state, ledgers };
  task.loop.cancel(isProbe);
}

/** Where nobody answers, what was known stays: nothing waits for this. */
export function askForWindowsOfOthers(task: TaskRun): void {
  const ask = () => call('windowsOfOthers', task.endpoints, { summary: 'retry times of tasks that share an endpoint' });
  task.loop.launch('windows-of-others', ask, {
    done: (others) => {
      if (others.found === 'unknown') return;
      const before = windowsText(task.windows);
      const { windowsOfOthers: _before, ...state } = task.state;
      task.state = { ...state, ...(others.found === 'some' && { windowsOfOthers: others.windows }) };
      if (windowsText(task.windows) === before) return;
      task.note('note', windowsInForceText(task.windows));
      applyWindows(task);
      task.loop.launch('tell-windows', () => tellCopySettings(task), {
        done: () => undefined,
        failed: () => undefined,
      });
    },
    failed: () => undefined,
  });
}
