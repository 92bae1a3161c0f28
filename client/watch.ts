/** `redoflow watch NAME`: redraws in a terminal; elsewhere prints a line for each change. Ends with the task. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusEvent, TaskStatus } from '../model/progress.ts';
import { count, duration } from './format.ts';
import type { RedoflowClient, TaskView } from './index.ts';
import { silentText } from './task-view.ts';
import { eventText, staleText, statusText, tablesText, viewText } from './status.ts';

const ASK_EVERY_MS = 1000;
const RATE_SECONDS = 10;
/** More do not fit into a line. */
const TABLES_NAMED = 5;
const CLEAR = '\u001b[H\u001b[J';

export async function watch(redoflow: RedoflowClient, task: string): Promise<void> {
  const show = process.stdout.isTTY ? redraw() : lines();
  for (;;) {
    const view = await redoflow.view(task);
    show(view);
    if (view.kind === 'ended') return;
    await sleep(ASK_EVERY_MS);
  }
}

type Show = (view: TaskView) => void;

function redraw(): Show {
  const rate = rowRate();
  return (view) => {
    const now = Date.now();
    const text =
      view.kind === 'answers'
        ? statusText(view.status, now, rate(view.status, now)).join('\n')
        : view.kind === 'silent'
          ? silentText(view)
          : viewText(view, now);
    process.stdout.write(`${CLEAR}${text}\n`);
  };
}

function lines(): Show {
  const fresh = newLines();
  return (view) => {
    for (const line of fresh(view)) console.log(line);
  };
}

/** What has changed since the last view, as lines. */
export function newLines(): (view: TaskView) => readonly string[] {
  let lastProgress = '';
  let seen: readonly StatusEvent[] = [];
  return (view) => {
    if (view.kind !== 'answers') {
      const text = view.kind === 'silent' ? silentText(view) : viewText(view, 0);
      const repeated = text === lastProgress;
      lastProgress = text;
      return repeated ? [] : [text];
    }
    const { events } = view.status;
    const known = new Set(seen.map((event) => JSON.stringify(event)));
    const added = events.filter((event) => !known.has(JSON.stringify(event))).map(eventText);
    seen = events;
    const stale = staleText(view.status, Date.now());
    const progress = [...(stale === undefined ? [] : [stale]), progressLine(view.status)].join('\n');
    const repeated = progress === lastProgress;
    lastProgress = progress;
    return repeated ? added : [...added, progress];
  };
}

function progressLine({ state, phase, tables, latency, retry }: TaskStatus): string {
  const each = ({ table, chunksDone, chunks, baseRows, logRows }: TaskStatus['tables'][number]): string =>
    `${table} ${chunksDone}/${chunks} chunks ${count(baseRows)} rows ${count(logRows)} log rows`;
  const copied = tables.length > TABLES_NAMED ? [tablesText(tables)] : tables.map(each);
  const parts = [
    `${state} ${phase}`,
    ...copied,
    ...(latency ? [`latency ${duration(latency.seconds)}`] : []),
    ...(retry ? [`retrying ${retry.unit}`] : []),
  ];
  return parts.join('  ');
}

/** Rows written per second, over the last ten seconds. */
export function rowRate(): (status: TaskStatus, now: number) => number | undefined {
  let samples: readonly { readonly at: number; readonly rows: number }[] = [];
  return ({ tables }, now) => {
    const rows = tables.reduce((sum, { baseRows, logRows }) => sum + baseRows + logRows, 0);
    samples = [...samples.filter(({ at }) => now - at <= RATE_SECONDS * 1000), { at: now, rows }];
    const first = samples[0];
    if (!first || now - first.at < 1000) return undefined;
    return Math.max(0, ((rows - first.rows) / (now - first.at)) * 1000);
  };
}
