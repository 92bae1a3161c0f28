/** What contacts are told of a task: which alerts begin, and which are over. Each is told once when it begins and once when it is over. Pure. */
import { completeness } from './completeness.ts';
import { treatments } from './failure.ts';
import { holdRules } from './held-table.ts';
import { runwayText } from './redo-runway.ts';
import { sentenceOf } from './run-state.ts';
import type { TaskPlanState } from './sync-plan.ts';
import type { PlanRules } from './task-plan.ts';
import type { TaskSpec } from './task-spec.ts';

export type AlertKind = 'failure' | 'held' | 'latency' | 'runway' | 'partition';
export type AlertRules = NonNullable<TaskSpec['alerts']>;

export interface Alert {
  /** The kind, and the table or partition where there is one: `failure`, `held HR.EMPLOYEES`, `latency`. */
  readonly key: string;
  readonly kind: AlertKind;
  readonly table?: string;
  readonly text: string;
  readonly whatToDo: string;
  /** What was told under this key is over. */
  readonly resolved?: true;
}

/** What was told, and what the next look is compared with; it rides in every run of the task. */
export interface AlertMemory {
  /** Keys of what has begun and is not over. */
  readonly open: readonly string[];
  readonly latency?: LatencyMemory;
  /** The partition that rows came to last. */
  readonly partition?: string;
}

interface LatencyMemory {
  /** Epoch milliseconds of the last measurement that was looked at. */
  readonly measuredAt: number;
  /** Measurements in a row that say otherwise than what was told. */
  readonly against: number;
}

export interface LookRules {
  readonly alerts: AlertRules;
  readonly plan: PlanRules;
}

export const nothingTold: AlertMemory = { open: [] };

/** So that one peak, or one good moment, is not told. */
const MEASUREMENTS = 2;
/** An alert of the runway is over this much below its limit. */
const RUNWAY_SLACK_PERCENT = 5;
/** Longer than an idle source is waited for. */
const STALLED_MS = 120_000;
/** They ride in every run of the task until they are delivered. */
const TEXT_LENGTH = 300;
const NAMES_SHOWN = 5;

/** What is to be told now, in order, and what to remember of it. */
export function alertNews(
  state: TaskPlanState,
  memory: AlertMemory,
  { alerts, plan }: LookRules,
  now: number,
): { readonly memory: AlertMemory; readonly news: readonly Alert[] } {
  const { latency, alert } = latencyLook(state, memory, alerts.latencySeconds, now);
  const lasting = [
    ...(alerts.failure ? failures(state) : []),
    ...(alerts.heldTables ? heldTables(state) : []),
    ...alert,
    ...runway(state, memory, alerts.redoRunwayPercent),
  ];
  const keys = new Set(lasting.map(({ key }) => key));
  const begun = lasting.filter(({ key }) => !memory.open.includes(key));
  const over = memory.open.filter((key) => !keys.has(key)).map(overAlert);
  const { partition, completed } = partitionLook(state, memory, plan);
  return {
    memory: { open: [...keys], ...(latency && { latency }), ...(partition !== undefined && { partition }) },
    news: [...over, ...begun, ...(alerts.partitions ? completed : [])],
  };
}

/** Under other rules: what is not told any more does not become "over" by that. */
export function memoryUnder(memory: AlertMemory, { failure, heldTables, latencySeconds }: AlertRules): AlertMemory {
  const told: Readonly<Record<string, boolean>> = {
    failure,
    held: heldTables,
    latency: latencySeconds !== undefined,
  };
  return { ...memory, open: memory.open.filter((key) => told[key.split(' ')[0] ?? ''] ?? true) };
}

/** When the next look is due although nothing happens: an endpoint does not answer, so nothing is measured. Epoch milliseconds. */
export function nextLook(state: TaskPlanState, memory: AlertMemory, limit: number | undefined): number | undefined {
  const { tail, ledgers } = state;
  if (limit === undefined || !tail?.latency || memory.open.includes('latency')) return undefined;
  if (Object.keys(ledgers).length === 0) return undefined;
  const { measuredAt, seconds } = tail.latency;
  return Math.ceil(measuredAt + Math.max(STALLED_MS, (limit - seconds) * 1000)) + 1_000;
}

const alertOf = (kind: AlertKind, text: string, whatToDo: string, table?: string): Alert => ({
  key: table === undefined ? kind : `${kind} ${table}`,
  kind,
  ...(table !== undefined && { table }),
  text: cut(text),
  whatToDo: cut(whatToDo),
});

const cut = (text: string): string => (text.length <= TEXT_LENGTH ? text : `${text.slice(0, TEXT_LENGTH - 1)}…`);

function failures({ failed, copies }: TaskPlanState): Alert[] {
  const ofTask = failed
    ? [alertOf('failure', `the task has failed: ${failed.kind}: ${failed.message}`, sentenceOf(failed))]
    : [];
  const ofCopies = Object.entries(copies).flatMap(([table, { trouble, published }]) => {
    if (published || !trouble?.failed) return [];
    const { kind, unit, message } = trouble;
    const { sentence } = treatments[kind];
    return [alertOf('failure', `the copy of ${table} has failed: ${kind}: ${unit}: ${message}`, sentence, table)];
  });
  return [...ofTask, ...ofCopies];
}

function heldTables({ tail }: TaskPlanState): Alert[] {
  return Object.entries(tail?.position.held ?? {}).flatMap(([table, { reason, fromScn, text }]) => {
    if (reason === 'copying') return [];
    return [alertOf('held', `${table} is held at SCN ${fromScn}: ${text}`, holdRules[reason].sentence, table)];
  });
}

function latencyLook(
  state: TaskPlanState,
  memory: AlertMemory,
  limit: number | undefined,
  now: number,
): { readonly latency: LatencyMemory | undefined; readonly alert: readonly Alert[] } {
  const measured = state.tail?.latency;
  const told = memory.open.includes('latency');
  if (limit === undefined) return { latency: undefined, alert: [] };
  // After a cut of the history nothing is measured yet: that says neither.
  if (!measured) return { latency: memory.latency, alert: told ? [latencyAlert('', 0, limit)] : [] };
  const { seconds, measuredAt } = measured;
  const stalledAt = nextLook(state, memory, limit);
  if (stalledAt !== undefined && now >= stalledAt) {
    const behind = seconds + (now - measuredAt) / 1000;
    return { latency: { measuredAt, against: 0 }, alert: [latencyAlert('at least ', behind, limit)] };
  }
  const isOver = seconds > limit;
  const against = isOver === told ? 0 : measurementsAgainst(memory.latency, measuredAt);
  const turns = against >= MEASUREMENTS;
  return {
    latency: { measuredAt, against: turns ? 0 : against },
    alert: told !== turns ? [latencyAlert('', seconds, limit)] : [],
  };
}

/** The same measurement may be looked at many times. */
const measurementsAgainst = (before: LatencyMemory | undefined, measuredAt: number): number =>
  (before?.against ?? 0) + (before?.measuredAt === measuredAt ? 0 : 1);

const latencyAlert = (how: string, seconds: number, limit: number): Alert =>
  alertOf(
    'latency',
    `the destination is ${how}${Math.round(seconds)} s behind the source (limit ${limit} s)`,
    'See `redoflow status` for what is tried again, throttled or waited for. Many changes at once are caught up by themselves.',
  );

function runway({ tail }: TaskPlanState, { open }: AlertMemory, limit: number): Alert[] {
  const least = open.includes('runway') ? limit - RUNWAY_SLACK_PERCENT : limit;
  const measured = tail?.runway;
  if (measured?.usedPercent === undefined || measured.usedPercent < least) return [];
  const what = 'Keep archived logs longer, or go on with what needs the old ones: resume the task, release or resync a';
  return [alertOf('runway', runwayText(measured), `${what} held table, end a transaction that is left open.`)];
}

const overTexts: Readonly<Record<Exclude<AlertKind, 'partition'>, string>> = {
  failure: 'the task goes on',
  held: 'it is not held any more',
  latency: 'the destination is within the limit again',
  runway: 'the redo that is needed is far enough from being purged again',
};

function overAlert(key: string): Alert {
  const space = key.indexOf(' ');
  const table = space < 0 ? undefined : key.slice(space + 1);
  const word = space < 0 ? key : key.slice(0, space);
  const kind = isLasting(word) ? word : 'failure';
  const text =
    table === undefined ? overTexts[kind] : `${table}: ${kind === 'held' ? overTexts.held : 'its copy goes on'}`;
  return { ...alertOf(kind, text, 'Nothing: this is over.', table), resolved: true };
}

const isLasting = (word: string): word is keyof typeof overTexts => Object.hasOwn(overTexts, word);

/** After a cut of the history the position may stand further back: what was told is not told again. */
function partitionLook(
  { tail }: TaskPlanState,
  memory: AlertMemory,
  plan: PlanRules,
): { readonly partition: string | undefined; readonly completed: readonly Alert[] } {
  const known = memory.partition;
  if (!tail) return { partition: known, completed: [] };
  const open = completeness(tail, plan)?.openPartition;
  // Zero-padded, from the year down: the order of the texts is that of time.
  if (open === undefined || (known !== undefined && open <= known)) return { partition: known, completed: [] };
  if (known === undefined) return { partition: open, completed: [] };
  const held = Object.keys(tail.position.held);
  const names =
    held.slice(0, NAMES_SHOWN).join(', ') + (held.length > NAMES_SHOWN ? ` and ${held.length - NAMES_SHOWN} more` : '');
  const but = held.length === 0 ? '' : `, except of tables that are held or copied: ${names}`;
  const text = `partition ${known} of every _log is complete${but}; rows come to ${open} now`;
  const told = alertOf('partition', text, 'Nothing: it may be read.');
  return { partition: open, completed: [{ ...told, key: `partition ${known}` }] };
}
