/** `redoflow as-of NAME TABLE --at TIME [--into TABLE]`: a table as it was at a moment, as a table of its own. */
import type { Client } from '@temporalio/client';
import { asOfName, type AsOfAnswer, type AsOfProgress } from '../model/as-of.ts';
import { asOfProgressQuery, taskWorkflowId } from '../workflows/messages.ts';
import { count } from './format.ts';
import { planAfterCopy, warnOfUntold } from './merge-sql.ts';
import { Refusal } from './refusal.ts';
import { canonicalTable, momentOf, runTableWork, shortId, tableWorkId, taskQueueOf } from './table-work.ts';

export const AS_OF_HELP = `write a table as it was at a moment into a table of its own
All changes that were stamped before that second count: it waits until the task has passed it. The moment must be after the
table's copy. Without --into the table is called NAME_asof_YYYYMMDD_HHMMSS; done again, it is written anew.`;

const BAD_INPUT = 2;
const TABLE_NAME = /^[A-Za-z]\w{0,127}$/;

interface Asked {
  readonly at?: string;
  readonly into?: string;
}

export async function asOf(client: Client, task: string, written: string, asked: Asked): Promise<void> {
  const { into, rows, notTold } = await tableAsOf(client, task, canonicalTable(written), asked);
  warnOfUntold(notTold);
  console.log(`${into}: ${count(rows)} ${rows === 1 ? 'row' : 'rows'} of ${written} as of ${asked.at ?? ''}`);
}

/** @throws Refusal (exit 2) for a moment that cannot be told, or a name that cannot be written to */
export async function tableAsOf(client: Client, task: string, table: string, { at, into }: Asked): Promise<AsOfAnswer> {
  if (at === undefined) throw new Refusal('Which moment? Write --at, e.g. --at 2026-11-22T17:15:00Z.', BAD_INPUT);
  if (into !== undefined && !TABLE_NAME.test(into))
    throw new Refusal(`${into} cannot be the name of a MaxCompute table.`, BAD_INPUT);
  const before = momentOf(at);
  const taskQueue = await taskQueueOf(client, task);
  const { base } = await planAfterCopy(client, task, table, before);
  let said = false;
  const work = {
    workflow: 'asOfTable',
    workflowId: tableWorkId(task, 'as-of', table, shortId()),
    taskQueue,
    request: { taskWorkflowId: taskWorkflowId(task), table, before, into: into ?? asOfName(base, before) },
    summary: `${table} as of ${at}`,
  };
  return runTableWork<AsOfAnswer>(client, work, async (query) => {
    const { step } = await query<AsOfProgress>(asOfProgressQuery.name);
    if (step === 'waiting' && !said) process.stderr.write('Waiting until the task has passed that moment …\n');
    said = true;
  });
}
