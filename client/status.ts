/** `redoflow status NAME [--json]`; and the text of a status, shared with `watch`. */
import type { StatusEvent, TableProgress, TaskStatus } from '../model/progress.ts';
import { RUNWAY_WARNING_PERCENT, runwayText } from '../model/redo-runway.ts';
import { bar, count, duration, paint, stateText, summaryText, table } from './format.ts';
import type { RedoflowClient, TaskView } from './index.ts';
import { silentText } from './task-view.ts';
import { staleMinutes } from './liveness.ts';
import { precheckText } from './precheck.ts';
import { Refusal } from './refusal.ts';
import { heldLines } from './tables.ts';

const EVENTS_SHOWN = 8;

export async function status(redoflow: RedoflowClient, task: string, json: boolean): Promise<void> {
  const view = await redoflow.view(task);
  if (json) console.log(JSON.stringify(view.kind === 'answers' ? view.status : { task, ...view }, null, 2));
  else if (view.kind === 'ended') console.log(`${task}: ${viewText(view, Date.now())}`);
  else if (view.kind === 'answers') console.log(viewText(view, Date.now()));
  if (view.kind === 'silent') throw new Refusal(silentText(view));
}

/** @param now milliseconds since 1970 */
export function viewText(view: Exclude<TaskView, { kind: 'silent' }>, now: number): string {
  if (view.kind === 'answers') return statusText(view.status, now).join('\n');
  const { how, at, summary, why } = view;
  const detail = summary ? summaryText(summary) : (why ?? '');
  return [`ended ${at}, ${how}`, ...(detail === '' ? [] : [detail])].join('\n');
}

/** Of the retry time. The status tells what was left when the workflow last did something; paused time is free. */
function secondsLeft({ retry, state }: TaskStatus, now: number): number {
  if (!retry || state === 'Paused') return retry?.remainingSeconds ?? 0;
  return Math.max(0, retry.remainingSeconds - Math.max(0, now - Date.parse(retry.measuredAt)) / 1000);
}

/** Lines for a person: what needs attention first. `rowsPerSecond` where it was measured. */
export function statusText(task: TaskStatus, now: number, rowsPerSecond?: number): string[] {
  const stale = staleText(task, now);
  const title = task.title === task.task ? '' : `  ${task.title}`;
  const { retry, failure } = task;
  return [
    ...(stale === undefined ? [] : [stale]),
    `${paint('bold', task.task)}${title}  ${stateText(task.state)}${heldText(task.tables)}, ${task.phase}`,
    `${task.source} → ${task.destination}${task.environment === '' ? '' : `, ${task.environment}`}${progressText(task, rowsPerSecond)}`,
    ...(task.complete ? [completeLine(task.complete)] : []),
    ...(task.runway ? [runwayLine(task.runway)] : []),
    ...(retry
      ? [
          paint(
            'yellow',
            `retrying ${retry.unit} (${retry.attempts} attempts, ${duration(secondsLeft(task, now))} left): ${retry.message}`,
          ),
        ]
      : []),
    ...(failure
      ? [paint('red', `failed ${failure.at}: ${failure.unit}: ${failure.message}`), `  ${failure.sentence}`]
      : []),
    ...(task.state === 'PrecheckFailed' && task.precheck ? [precheckText(task.precheck)] : []),
    '',
    ...(task.tables.length === 0 ? [] : [...tableLines(task.tables), ...heldLines(task.task, task.tables), '']),
    ...task.events.slice(-EVENTS_SHOWN).map(eventText),
  ];
}

export const eventText = ({ at, text }: StatusEvent): string => `${paint('dim', at.slice(11, 19))}  ${text}`;

const completeLine = ({ upTo, openPartition }: NonNullable<TaskStatus['complete']>): string =>
  `logs complete up to ${upTo.slice(0, 19)}Z${openPartition === undefined ? '' : `; partitions before ${openPartition} are complete`}`;

function runwayLine(runway: NonNullable<TaskStatus['runway']>): string {
  const text = `redo: ${runwayText(runway)}`;
  return (runway.usedPercent ?? 0) < RUNWAY_WARNING_PERCENT ? text : paint('yellow', text);
}

const heldText = (tables: readonly TableProgress[]): string => {
  const held = tables.filter(({ state }) => state === 'held').length;
  return held === 0 ? '' : ` (${held} held)`;
};

function progressText({ latency, position, windowsDone }: TaskStatus, rowsPerSecond?: number): string {
  const parts = [
    ...(latency ? [`latency ${duration(latency.seconds)} at ${latency.measuredAt.slice(11, 19)}`] : []),
    ...(rowsPerSecond === undefined ? [] : [`${count(rowsPerSecond)} rows/s`]),
    ...(position ? [`SCN ${position.scn}, ${count(windowsDone)} ${windowsDone === 1 ? 'window' : 'windows'}`] : []),
  ];
  return parts.map((part) => `, ${part}`).join('');
}

const BAR_WIDTH = 20;
const TABLES_SHOWN = 40;
/** Of many tables, those first that somebody may wait for. */
const SHOWN_FIRST: readonly TableProgress['state'][] = ['held', 'copying', 'planned', 'synchronizing', 'removed'];

function tableLines(tables: readonly TableProgress[]): readonly string[] {
  const chosen =
    tables.length <= TABLES_SHOWN
      ? tables
      : tables.toSorted((a, b) => SHOWN_FIRST.indexOf(a.state) - SHOWN_FIRST.indexOf(b.state)).slice(0, TABLES_SHOWN);
  const lost = chosen.some(({ attemptsLost }) => attemptsLost > 0);
  const nulled = chosen.some(({ nulled }) => nulled > 0);
  const head = ['table', 'state', 'copy', '', 'rows', 'log rows'];
  const more = [...(lost ? ['lost attempts'] : []), ...(nulled ? ['written as NULL'] : [])];
  const rows = chosen.map((each) => [
    ...tableRow(each),
    ...(lost ? [each.attemptsLost === 0 ? '' : count(each.attemptsLost)] : []),
    ...(nulled ? [each.nulled === 0 ? '' : count(each.nulled)] : []),
  ]);
  const drawn = table([...head, ...more], rows);
  if (chosen.length === tables.length) return [drawn];
  return [
    drawn,
    `… and ${count(tables.length - chosen.length)} more (status --json has all); together: ${tablesText(tables)}`,
  ];
}

/** `1,200 tables: 3 copying, 1,197 synchronizing; 12,345 rows, 67 log rows`. */
export function tablesText(tables: readonly TableProgress[]): string {
  const states = SHOWN_FIRST.flatMap((state) => {
    const number = tables.filter((each) => each.state === state).length;
    return number === 0 ? [] : [`${count(number)} ${state}`];
  });
  const sum = (of: (each: TableProgress) => number): string => count(tables.reduce((all, each) => all + of(each), 0));
  const rows = `${sum(({ baseRows }) => baseRows)} rows, ${sum(({ logRows }) => logRows)} log rows`;
  return `${count(tables.length)} tables: ${states.join(', ')}; ${rows}`;
}

function tableRow({ table: name, state, chunksDone, chunks, baseRows, logRows }: TableProgress): string[] {
  const copied = state === 'planned' || state === 'copying' ? chunksDone : chunks;
  const drawn = chunks === 0 && state === 'synchronizing' ? bar(1, 1, BAR_WIDTH) : bar(copied, chunks, BAR_WIDTH);
  return [name, state, drawn, chunks === 0 ? '' : `${copied}/${chunks}`, count(baseRows), count(logRows)];
}

/** Said before anything else; undefined while the measurement is fresh, or nothing is measured in this state. */
export function staleText({ state, latency }: Pick<TaskStatus, 'state' | 'latency'>, now: number): string | undefined {
  const minutes = state === 'Synchronizing' && latency ? staleMinutes(latency.measuredAt, now) : undefined;
  if (minutes === undefined) return undefined;
  return paint('red', `stale ${minutes} min: nothing was measured for so long; is a worker running?`);
}
