/** `redoflow merge-sql NAME TABLE [--at TIME]`: the statement that gives a table's current rows, or those of a moment. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { DescribedState } from '../model/as-of.ts';
import { mergeScript } from '../model/state-statement.ts';
import type { CapturedTable } from '../model/task-plan.ts';
import { comparablePointQuery, taskWorkflowId } from '../workflows/messages.ts';
import { Refusal } from './refusal.ts';
import {
  canonicalTable,
  momentOf,
  mustBeAfterCopy,
  runTableWork,
  shortId,
  tableWorkId,
  taskQueueOf,
} from './table-work.ts';

export const MERGE_HELP = `the SQL that gives the current rows of a table, ready to paste into MaxCompute
It merges _base with _log: of every key the newest row, if it was not deleted. With --at it gives the table as it was at the
beginning of that second, UTC or with a zone: 2026-11-22T17:15:00Z. That must be after the table's copy. Changes are stamped
in seconds and come a little later than they happened: run it once the task has passed that moment (status shows the latency).`;

export async function mergeSql(client: Client, task: string, written: string, at: string | undefined): Promise<void> {
  process.stdout.write(await mergeStatement(client, task, canonicalTable(written), at));
}

async function mergeStatement(client: Client, task: string, table: string, at?: string): Promise<string> {
  const before = at === undefined ? undefined : momentOf(at);
  const taskQueue = await taskQueueOf(client, task);
  if (before !== undefined) await planAfterCopy(client, task, table, before);
  const { state, notTold } = await runTableWork<DescribedState>(client, {
    workflow: 'tableState',
    workflowId: tableWorkId(task, 'state', table, shortId()),
    taskQueue,
    request: { taskWorkflowId: taskWorkflowId(task), table, ...(before !== undefined && { before }) },
    summary: `state of ${table}`,
  });
  warnOfUntold(notTold);
  return mergeScript(state);
}

const ASK_EVERY_MS = 500;
const ASK_TRIES = 60;

/** The table's plan. @throws Refusal when it has no state that could be told, or the moment is before the end of its copy */
export async function planAfterCopy(
  client: Client,
  task: string,
  table: string,
  before: number,
): Promise<CapturedTable> {
  for (let tries = 1; ; tries++) {
    const answer = await client.workflow.getHandle(taskWorkflowId(task)).query(comparablePointQuery, table);
    if (answer.kind === 'point') {
      const warning = await mustBeAfterCopy(client, task, answer.plan, before);
      if (warning !== undefined) process.stderr.write(`warning: ${warning}\n`);
      return answer.plan;
    }
    if (answer.kind === 'never') throw new Refusal(`${table}: ${answer.why}.`, 2);
    if (tries >= ASK_TRIES) throw new Refusal(`${table}: ${answer.why}. Try again later.`);
    await sleep(ASK_EVERY_MS);
  }
}

export function warnOfUntold(columns: readonly string[]): void {
  if (columns.length === 0) return;
  process.stderr.write(
    `warning: ${columns.join(', ')}: _log never has the values of such columns; in rows that changed since the copy they are NULL, or the mark of values.lobInLog.\n`,
  );
}
