/** `redoflow precheck NAME [--ignore ID…]`: DTS's Precheck Again and Confirm Alert → Ignore; and how a precheck is shown. */
import { didYouMean, shownValue, type InputError } from '../model/input-errors.ts';
import { precheckItems, type PrecheckReport } from '../model/precheck-items.ts';
import { command, paint, table } from './format.ts';
import type { RedoflowClient, TaskView } from './index.ts';
import { badInput, Refusal } from './refusal.ts';
import { waitFor } from './wait.ts';

export async function precheck(redoflow: RedoflowClient, task: string, ignored: readonly string[]): Promise<void> {
  const errors = ignored.flatMap(notAnAlert);
  if (errors.length > 0) throw badInput('--ignore', errors);
  if (ignored.length > 0)
    await redoflow.ignoreAlerts(task, ignored); // checks again by itself
  else await redoflow.precheckAgain(task);
  await showPrecheck(redoflow, task);
}

/** Waits for the verdict and prints it. @throws Refusal with exit 3 when it failed, 1 when the task failed or ended without one. */
export async function showPrecheck(redoflow: RedoflowClient, task: string): Promise<void> {
  const view = await waitFor(redoflow, task, hasVerdict);
  if (view.kind !== 'answers') throw new Refusal(`The task ${task} ended before its precheck did${endedWhy(view)}.`);
  const { precheck: report, state, failure } = view.status;
  if (report) console.log(precheckText(report));
  if (state === 'PrecheckFailed') {
    const again = `Repair what failed, then \`${command(`precheck ${task}`)}\` (alerts: --ignore ID).`;
    throw new Refusal(`The precheck failed. ${again}`, 3);
  }
  if (failure && state === 'Failed') {
    throw new Refusal(`${failure.unit}: ${failure.message}\n${failure.sentence}`, failure.kind === 'bad-input' ? 2 : 1);
  }
}

/** A task that is retrying its precheck has none yet; one that has gone on has passed it. */
function hasVerdict(view: TaskView): boolean {
  if (view.kind !== 'answers') return view.kind === 'ended';
  const { state, phase } = view.status;
  return state === 'PrecheckFailed' || state === 'Failed' || (state !== 'Prechecking' && phase !== 'precheck');
}

const endedWhy = (view: TaskView): string => (view.kind === 'ended' && view.why !== undefined ? `: ${view.why}` : '');

function notAnAlert(id: string): InputError[] {
  const alerts = Object.entries(precheckItems).flatMap(([known, { severity }]) =>
    severity === 'alert' ? [known] : [],
  );
  if (alerts.includes(id)) return [];
  const meant = didYouMean(id, alerts);
  const rule = `an alert that may be ignored: ${alerts.join(', ')}`;
  const fix = meant === undefined ? 'Errors cannot be ignored; repair them.' : `Did you mean ${meant}?`;
  return [{ code: 'NOT_ALLOWED', path: ['--ignore'], value: shownValue(id), rule, fix }];
}

const marks = { passed: paint('green', '✓'), failed: paint('red', '✗'), ignored: paint('yellow', '–') } as const;

/** The table of all items, then what failed with its repair. */
export function precheckText({ results, passed }: PrecheckReport): string {
  const rows = results.map(({ id, subject, severity, verdict }) => {
    return [marks[verdict], precheckItems[id].title, subject, verdict === 'passed' ? '' : `${severity} ${id}`];
  });
  const failed = results.filter(({ verdict }) => verdict === 'failed');
  const repairs = failed.flatMap(({ id, subject, message }) => [
    '',
    paint('bold', `${id}  ${subject}`),
    indented(message),
  ]);
  const good = results.length - failed.length;
  const verdict = passed ? paint('green', 'precheck passed') : paint('red', 'precheck failed');
  const success = results.length === 0 ? '' : `, ${good} of ${results.length}`;
  return [table(['', 'check', 'subject', ''], rows), ...repairs, '', `${verdict}${success}`].join('\n');
}

const indented = (message: string): string => message.replaceAll(/^/gm, '  ');
