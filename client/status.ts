/** `redoflow status NAME [--json]`; and the text of a status, shared with `watch`. */
import type { StatusEvent, TableProgress, TaskStatus } from '../model/progress.ts';
import { bar, count, duration, paint, stateText, summaryText, table } from './format.ts';
import { silentText, type RedoflowClient, type TaskView } from './index.ts';
import { precheckText } from './precheck.ts';
import { Refusal } from './refusal.ts';

const EVENTS_SHOWN = 8;
/** An idle tail reports at least once a minute. */
const STALE_SECONDS = 150;

export async function status(redoflow: RedoflowClient, task: string, json: boolean): Promise<void> {
  const view = await redoflow.view(task);
  if (json) console.log(JSON.stringify(view.kind === 'answers' ? view.status : { task, ...view }, null, 2));
  else if (view.kind !== 'silent') console.log(viewText(view, Date.now()));
  if (view.kind === 'silent') throw new Refusal(silentText(view));
}

/** @param now milliseconds since 1970 */
export function viewText(view: Exclude<TaskView, { kind: 'silent' }>, now: number): string {
  if (view.kind === 'answers') return statusText(view.status, now).join('\n');
  const { how, at, summary, why } = view;
  const detail = summary ? summaryText(summary) : (why ?? '');
  return [`ended ${at}, ${how}`, ...(detail === '' ? [] : [detail])].join('\n');
}

/** Lines for a person: what needs attention first. `rowsPerSecond` where it was measured. */
export function statusText(task: TaskStatus, now: number, rowsPerSecond?: number): string[] {
  const stale = staleMinutes(task, now);
  const title = task.title === task.task ? '' : `  ${task.title}`;
  const { retry, failure } = task;
  return [
    ...(stale === undefined
      ? []
      : [paint('red', `stale ${stale} min: nothing was measured for so long; is a worker running?`)]),
    `${paint('bold', task.task)}${title}  ${stateText(task.state)}${heldText(task.tables)}, ${task.phase}`,
    `${task.source} → ${task.destination}${task.environment === '' ? '' : `, ${task.environment}`}${progressText(task, rowsPerSecond)}`,
    ...(retry
      ? [
          paint(
            'yellow',
            `retrying ${retry.unit} (${retry.attempts} attempts, ${duration(retry.remainingSeconds)} left): ${retry.message}`,
          ),
        ]
      : []),
    ...(failure
      ? [paint('red', `failed ${failure.at}: ${failure.unit}: ${failure.message}`), `  ${failure.sentence}`]
      : []),
    ...(task.state === 'PrecheckFailed' && task.precheck ? [precheckText(task.precheck)] : []),
    '',
    table(['table', 'state', 'copy', '', 'rows', 'log rows', 'lost attempts'], task.tables.map(tableRow)),
    '',
    ...task.events.slice(-EVENTS_SHOWN).map(eventText),
  ];
}

export const eventText = ({ at, text }: StatusEvent): string => `${paint('dim', at.slice(11, 19))}  ${text}`;

const heldText = (tables: readonly TableProgress[]): string => {
  const held = tables.filter(({ state }) => state === 'held').length;
  return held === 0 ? '' : ` (${held} held)`;
};

function progressText({ latency, position, windowsDone }: TaskStatus, rowsPerSecond?: number): string {
  const parts = [
    ...(latency ? [`latency ${duration(latency.seconds)} at ${latency.measuredAt.slice(11, 19)}`] : []),
    ...(rowsPerSecond === undefined ? [] : [`${count(rowsPerSecond)} rows/s`]),
    ...(position ? [`SCN ${position.scn}, ${count(windowsDone)} windows`] : []),
  ];
  return parts.map((part) => `, ${part}`).join('');
}

const BAR_WIDTH = 20;

function tableRow({
  table: name,
  state,
  chunksDone,
  chunks,
  baseRows,
  logRows,
  attemptsLost,
}: TableProgress): string[] {
  const copied = state === 'planned' || state === 'copying' ? chunksDone : chunks;
  const drawn = chunks === 0 && state === 'synchronizing' ? bar(1, 1, BAR_WIDTH) : bar(copied, chunks, BAR_WIDTH);
  return [
    name,
    state,
    drawn,
    chunks === 0 ? '' : `${copied}/${chunks}`,
    count(baseRows),
    count(logRows),
    attemptsLost === 0 ? '' : String(attemptsLost),
  ];
}

function staleMinutes({ state, latency }: TaskStatus, now: number): number | undefined {
  if (state !== 'Synchronizing' || !latency) return undefined;
  const seconds = (now - Date.parse(latency.measuredAt)) / 1000;
  return seconds > STALE_SECONDS ? Math.floor(seconds / 60) : undefined;
}
