/** Short workflows about one table of a task: started, watched, and their answer. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { parseTableName, tableName } from '../model/table.ts';
import { copyWorkflowId, taskWorkflowId } from '../workflows/messages.ts';
import { refusalOf } from './ask-worker.ts';
import { command } from './format.ts';
import { Refusal } from './refusal.ts';

const BAD_INPUT = 2;
const ASK_EVERY_MS = 500;

export interface TableWork {
  readonly workflow: string;
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly request: object;
  readonly summary: string;
}

/** @throws Refusal with what the worker said against it */
export async function runTableWork<Answer>(
  client: Client,
  { workflow, workflowId, taskQueue, request, summary }: TableWork,
  whileWaiting?: (query: <T>(name: string) => Promise<T>) => Promise<void>,
): Promise<Answer> {
  const handle = await client.workflow.start(workflow, {
    workflowId,
    taskQueue,
    args: [{ ...request, taskQueue }],
    staticSummary: summary,
  });
  const over = new AbortController();
  const { signal } = over;
  const watch = async (): Promise<void> => {
    for (;;) {
      await sleep(ASK_EVERY_MS);
      if (signal.aborted) return;
      // Between two workers nobody answers; the result is what counts.
      await whileWaiting?.((name) => handle.query(name)).catch(() => undefined);
    }
  };
  const watching = watch();
  try {
    return (await handle.result()) as Answer; // what our own workflow answers
  } catch (error) {
    throw refusalOf(error);
  } finally {
    over.abort();
    await watching;
  }
}

/** Ten letters and digits, for names at both servers. */
export const shortId = (): string => randomUUID().replaceAll('-', '').slice(0, 10);

export const tableWorkId = (task: string, kind: string, table: string, id: string): string =>
  `${taskWorkflowId(task)}/${kind}/${table}/${id}`;

/** The queue that the task's workers poll. @throws Refusal when Temporal knows no such task */
export async function taskQueueOf(client: Client, task: string): Promise<string> {
  try {
    return (await client.workflow.getHandle(taskWorkflowId(task)).describe()).taskQueue;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new Refusal(`There is no task ${task}; see \`${command('list')}\`.`, 1, { cause: error });
  }
}

/** @throws Refusal when it is not OWNER.TABLE */
export function canonicalTable(written: string): string {
  const parts = parseTableName(written);
  if (parts) return tableName(parts);
  throw new Refusal(`${written} is not a table's name. Write OWNER.TABLE, e.g. HR.EMPLOYEES.`, BAD_INPUT);
}

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/;

/** Unix seconds. @throws Refusal when it is not a moment, or not over yet */
export function momentOf(written: string, now = Date.now()): number {
  const milliseconds = MOMENT.test(written) ? Date.parse(written) : NaN;
  if (!Number.isFinite(milliseconds))
    throw new Refusal(
      `${written} is not a moment. Write whole seconds with the zone, e.g. 2026-11-22T17:15:00Z.`,
      BAD_INPUT,
    );
  if (milliseconds > now) throw new Refusal(`${written} is in the future.`, BAD_INPUT);
  return milliseconds / 1000;
}

/** Which copy of a table is in use. */
export interface CopyOf {
  readonly table: string;
  readonly generation?: number;
}

/**
 * `_base` holds the table as of SCNs up to the end of its copy: what it was before cannot be told.
 * @throws Refusal for a moment of before. @returns a warning where Temporal does not remember the copy any more
 */
export async function mustBeAfterCopy(
  client: Client,
  task: string,
  { table, generation }: CopyOf,
  seconds: number,
): Promise<string | undefined> {
  const copiedAt = await endOfCopy(client, task, { table, ...(generation !== undefined && { generation }) });
  if (copiedAt === undefined)
    return `Temporal does not remember any more when ${table} was copied. For a moment of before that the answer would be wrong.`;
  if (seconds * 1000 > copiedAt.getTime()) return undefined;
  throw new Refusal(`${table} was copied until ${copiedAt.toISOString()}; what it was before is not known.`, BAD_INPUT);
}

async function endOfCopy(client: Client, task: string, { table, generation }: CopyOf): Promise<Date | undefined> {
  const id = taskWorkflowId(task);
  try {
    const { raw } = await client.workflow.getHandle(id).describe();
    const chainId = raw.workflowExecutionInfo?.firstRunId ?? '';
    const copy = await client.workflow.getHandle(copyWorkflowId(id, table, chainId, generation)).describe();
    return copy.closeTime;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
