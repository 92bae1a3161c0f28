/** `redoflow precheck NAME [--ignore ID…]`: DTS's Precheck Again and Confirm Alert → Ignore; and how a precheck is shown. */
import { didYouMean, shownValue, type InputError } from '../model/input-errors.ts';
import { precheckItems, type PrecheckReport } from '../model/precheck-items.ts';
import { command, count, paint, table } from './format.ts';
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
    throw new Refusal(`The precheck failed.\n${nextSteps(task, report)}`, 3);
  }
  if (failure && state === 'Failed') {
    throw new Refusal(`${failure.unit}: ${failure.message}\n${failure.sentence}`, failure.kind === 'bad-input' ? 2 : 1);
  }
}

/** The task keeps the file that it was started with, so a changed file needs a new start; nothing is at the destination yet. */
export function nextSteps(task: string, report: PrecheckReport | undefined): string {
  const failed = (report?.results ?? []).filter(({ verdict }) => verdict === 'failed');
  const alerts = [...new Set(failed.filter(({ severity }) => severity === 'alert').map(({ id }) => id))];
  return [
    `Repaired in Oracle or MaxCompute:  ${command(`precheck ${task}`)}`,
    ...(alerts.length === 0
      ? []
      : [
          `To accept ${alerts.length === 1 ? 'the alert' : 'the alerts'}:  ${command(`precheck ${task} --ignore ${alerts.join(' ')}`)}`,
        ]),
    `To change the task file:  ${command(`stop ${task} --wait`)}  and start it again`,
  ].join('\n');
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

const REPAIRS_SHOWN = 50;

/** A line for each check, however many tables passed it; then what failed with its repair. */
export function precheckText({ results, passed }: PrecheckReport): string {
  const failed = results.filter(({ verdict }) => verdict === 'failed');
  const repairs = failed.slice(0, REPAIRS_SHOWN).flatMap(({ id, subject, message }) => {
    return ['', paint('bold', `${id}  ${subject}`), indented(message)];
  });
  if (failed.length > REPAIRS_SHOWN)
    repairs.push('', `… and ${count(failed.length - REPAIRS_SHOWN)} more that failed.`);
  const good = results.length - failed.length;
  const verdict = passed ? paint('green', 'precheck passed') : paint('red', 'precheck failed');
  const success = results.length === 0 ? '' : `, ${count(good)} of ${count(results.length)}`;
  return [table(['', 'check', 'subject', ''], checkRows(results)), ...repairs, '', `${verdict}${success}`].join('\n');
}

/** What failed comes first; results of the same check and verdict share a row. */
function checkRows(results: PrecheckReport['results']): readonly (readonly string[])[] {
  return [...new Set(results.map(({ id }) => id))].flatMap((id) =>
    (['failed', 'ignored', 'passed'] as const).flatMap((verdict) => {
      const same = results.filter((result) => result.id === id && result.verdict === verdict);
      const [first] = same;
      if (!first) return [];
      const subject = same.length === 1 ? first.subject : `${count(same.length)} tables`;
      return [
        [marks[verdict], precheckItems[id].title, subject, verdict === 'passed' ? '' : `${first.severity} ${id}`],
      ];
    }),
  );
}

const indented = (message: string): string => message.replaceAll(/^/gm, '  ');
