/** `redoflow verify NAME [TABLE] [--json] [--repair]`: proof that both sides are equal, or what is not. */
import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TableProgress } from '../model/progress.ts';
import { shareOf } from '../model/throttle.ts';
import {
  differenceCount,
  DIFFERENCES_MAX,
  DIFFERENCES_TABLE,
  type VerifyAnswer,
  type VerifyProgress,
  type VerifyRequest,
} from '../model/verification.ts';
import { taskWorkflowId, verifyProgressQuery } from '../workflows/messages.ts';
import { count, paint, table as drawn } from './format.ts';
import type { RedoflowClient } from './index.ts';
import { Refusal, sentenceOf } from './refusal.ts';
import { canonicalTable, runTableWork, shortId, tableWorkId, taskQueueOf } from './table-work.ts';

export const VERIFY_HELP = `compare the tables of a running task with Oracle, row by row where it is needed
Both sides are compared as of one SCN, so neither the task nor those who write wait, and lag is no difference. Databases compute
digests of buckets of rows; rows are read only of buckets that differ, and a difference counts if it is there at two looks. The
keys of what differs are written to the table ${DIFFERENCES_TABLE} at the destination. Nothing else is changed. With --repair every
table that differs is copied anew, and compared again.
Exit code 0: all equal; 1: something differs, or could not be compared.`;

const BAD_INPUT = 2;
const TABLES_AT_ONCE = 4;
const READS_AT_ONCE = 2;
const ASK_EVERY_MS = 500;

export interface VerifyFlags {
  readonly json: boolean;
  readonly repair: boolean;
  /** As written: rows read of the source in a second, of all tables together. */
  readonly rowsPerSecond?: string;
}

export interface VerifySides {
  readonly client: Client;
  readonly redoflow: RedoflowClient;
  readonly task: string;
  /** Of all tables together. */
  readonly rowsPerSecond?: number | undefined;
  /** Hears how far the comparison of a table is, now and then. Absent: standard error does. */
  readonly onProgress?: (table: string, progress: VerifyProgress) => void;
}

/** One look at some tables. `verification` names their differences in MaxCompute. */
export interface Verification {
  readonly verification: string;
  readonly answers: readonly VerifyAnswer[];
}

export async function verify(
  client: Client,
  redoflow: RedoflowClient,
  [task, written]: readonly [task: string, table: string | undefined],
  { json, repair, rowsPerSecond }: VerifyFlags,
): Promise<void> {
  const sides: VerifySides = { client, redoflow, task, rowsPerSecond: rateOf(rowsPerSecond) };
  const first = await compareTables(sides, written === undefined ? undefined : canonicalTable(written));
  if (!json) console.log(answersText(first, task));
  const differing = first.answers.filter(differs).map(({ table }) => table);
  const again = repair && differing.length > 0 ? await repairTables(sides, differing) : undefined;
  if (again && !json) console.log(`\n${answersText(again, task)}`);
  const last = new Map([...first.answers, ...(again?.answers ?? [])].map((answer) => [answer.table, answer]));
  const notEqual = [...last.values()].filter((answer) => !isEqual(answer)).map(({ table }) => table);
  if (json) {
    const all = { equal: notEqual.length === 0, ...first, ...(again && { repair: again }) };
    console.log(JSON.stringify(all, null, 2));
  }
  if (notEqual.length > 0) throw new Refusal(`Not shown to be equal: ${notEqual.join(', ')}.`);
}

function rateOf(written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(written)) return Number(written);
  throw new Refusal(`--rows-per-second ${written}: write a whole number from 1 on.`, BAD_INPUT);
}

/**
 * All tables of the task by name, or one.
 * @throws Refusal (exit 2) when it has none, or not this one
 */
export async function compareTables(sides: VerifySides, asked?: string): Promise<Verification> {
  const { redoflow, task } = sides;
  const { tables } = await redoflow.status(task);
  const chosen = tables
    .filter(({ table, state }) => state !== 'removed' && (asked === undefined || table === asked))
    .toSorted((a, b) => (a.table < b.table ? -1 : 1));
  if (chosen.length > 0) return compareAll(sides, chosen);
  const none = asked === undefined ? `The task ${task} has no tables yet.` : `${asked} is not a table of ${task}.`;
  throw new Refusal(none, BAD_INPUT);
}

/** Some at a time, in their order. */
async function compareAll(sides: VerifySides, tables: readonly TableProgress[]): Promise<Verification> {
  const verification = shortId();
  const taskQueue = await taskQueueOf(sides.client, sides.task);
  const lanes = Math.min(TABLES_AT_ONCE, tables.length);
  const readers = lanes * READS_AT_ONCE;
  const { rowsPerSecond } = sides;
  const throttle = shareOf(rowsPerSecond === undefined ? undefined : { rowsPerSecond }, readers);
  const answers: VerifyAnswer[] = [];
  const queue = [...tables.entries()];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, table] = next;
      answers[index] = await compareOne(sides, table, {
        taskWorkflowId: taskWorkflowId(sides.task),
        table: table.table,
        verification,
        taskQueue,
        parallel: READS_AT_ONCE,
        ...(throttle && { throttle }),
      });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { verification, answers };
}

async function compareOne(
  { client, task, onProgress }: VerifySides,
  { state }: TableProgress,
  request: VerifyRequest,
): Promise<VerifyAnswer> {
  const { table } = request;
  if (state === 'planned' || state === 'copying') return { kind: 'not-compared', table, why: 'it is being copied' };
  const say = onProgress ?? progressLines();
  try {
    return await runTableWork<VerifyAnswer>(
      client,
      {
        workflow: 'verifyTable',
        workflowId: tableWorkId(task, 'verify', table, shortId()),
        taskQueue: request.taskQueue,
        request,
        summary: `verify ${table}`,
      },
      async (query) => {
        say(table, await query<VerifyProgress>(verifyProgressQuery.name));
      },
    );
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'not-compared', table, why: sentenceOf(error) };
    throw error;
  }
}

/** On standard error, a line when something has changed. */
function progressLines(): (table: string, progress: VerifyProgress) => void {
  let last = '';
  return (table, progress) => {
    const line = progressText(table, progress);
    if (line !== last) process.stderr.write(`${line}\n`);
    last = line;
  };
}

const STEPS: Readonly<Record<VerifyProgress['step'], string>> = {
  point: 'looking for a point where both sides can be compared',
  digests: 'digests',
  rows: 'rows of buckets that differ',
  done: 'done',
};

export function progressText(table: string, { step, done, of, rows, scn, waiting }: VerifyProgress): string {
  const place = scn === undefined ? '' : ` at SCN ${scn}`;
  const part = of === 0 ? '' : ` ${done}/${of}`;
  const wait = waiting === undefined ? '' : `; waiting: ${waiting}`;
  return `${table}${place}: ${STEPS[step]}${part}${step === 'digests' && rows > 0 ? `, ${count(rows)} rows` : ''}${wait}`;
}

const differs = (answer: VerifyAnswer): boolean => answer.kind === 'compared' && differenceCount(answer) > 0;
export const isEqual = (answer: VerifyAnswer): boolean => answer.kind === 'compared' && differenceCount(answer) === 0;

export function answersText({ verification, answers }: Verification, task: string): string {
  const head = ['table', 'rows', 'SCN', 'missing', 'extra', 'changed', 'doubled', 'verdict'];
  const lines = [drawn(head, answers.map(rowOf)), ...answers.flatMap(remarks)];
  if (!answers.some(differs)) return lines.join('\n');
  const where = `task = '${task}' AND verification = '${verification}'`;
  return [
    ...lines,
    '',
    `The keys of rows that differ (at most ${count(DIFFERENCES_MAX)} of a table), in MaxCompute:`,
    `  SELECT table_name, kind, \`key\`, \`columns\` FROM ${DIFFERENCES_TABLE} WHERE ${where};`,
  ].join('\n');
}

function rowOf(answer: VerifyAnswer): readonly string[] {
  if (answer.kind === 'not-compared')
    return [answer.table, '', '', '', '', '', '', paint('yellow', `not compared: ${answer.why.split('\n')[0] ?? ''}`)];
  const { table, rows, scn, missing, extra, changed, doubled, atLeast } = answer;
  const numbers = [missing, extra, changed, doubled].map((number) => `${atLeast ? '≥ ' : ''}${count(number)}`);
  const verdict = isEqual(answer) ? paint('green', 'equal') : paint('red', 'different');
  return [table, count(rows), scn, ...numbers, verdict];
}

function remarks(answer: VerifyAnswer): readonly string[] {
  if (answer.kind === 'not-compared') return [];
  const { table, columnsChanged, notCompared, unconfirmed } = answer;
  const columns = Object.entries(columnsChanged).map(([name, rows]) => `${name} (${count(rows)})`);
  return [
    ...(columns.length === 0 ? [] : [`${table}: columns that differ: ${columns.join(', ')}`]),
    ...(notCompared.length === 0
      ? []
      : [`${table}: not compared, because _log never has their values: ${notCompared.join(', ')}`]),
    ...(unconfirmed === 0
      ? []
      : [`${table}: ${count(unconfirmed)} suspected differences were none when looked at again`]),
  ];
}

/** Copies them anew, waits until they are in step, and compares them again. */
export async function repairTables(sides: VerifySides, tables: readonly string[]): Promise<Verification> {
  const { redoflow, task } = sides;
  const before = new Map((await redoflow.status(task)).tables.map(({ table, snapshotScn }) => [table, snapshotScn]));
  for (const table of tables) {
    await redoflow.resyncTable(task, table);
    process.stderr.write(`${table}: is copied anew; its old tables are kept under another name\n`);
  }
  let fresh: readonly TableProgress[] = [];
  while (fresh.length < tables.length) {
    await sleep(ASK_EVERY_MS);
    const view = await redoflow.view(task);
    if (view.kind === 'ended') throw new Refusal(`The task ${task} ended before its tables were copied anew.`);
    if (view.kind === 'silent') continue;
    const { status } = view;
    if (status.failure) throw new Refusal(`${status.failure.unit}: ${status.failure.message}`);
    fresh = status.tables.filter(
      ({ table, state, snapshotScn }) =>
        tables.includes(table) && state === 'synchronizing' && snapshotScn !== before.get(table),
    );
  }
  return compareAll(sides, fresh);
}
