/** Questions that only a worker can answer, through the short workflow `checkTask`. */
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type Client } from '@temporalio/client';
import type { CheckAnswers, CheckRequest } from '../model/check-task.ts';
import { isFailureKind, treatments } from '../model/failure.ts';
import { Refusal, sentenceOf } from './refusal.ts';

const CHECK_TASK = 'checkTask';
/** The longest of its activities and some waiting for a free place. */
const ANSWER_SECONDS = 360;
const SAY_AFTER_MS = 5_000;

/**
 * Waits for the answer of a worker that polls `taskQueue`; whoever calls it has seen that one does.
 * @throws Refusal with the worker's own words: exit 2 for bad input, else 1.
 */
export async function askWorker<Request extends CheckRequest>(
  client: Client,
  taskQueue: string,
  request: Request,
): Promise<CheckAnswers[Request['want']]> {
  const handle = await client.workflow.start(CHECK_TASK, {
    workflowId: `redoflow-check/${randomUUID()}`,
    taskQueue,
    args: [request],
    workflowExecutionTimeout: `${ANSWER_SECONDS}s`,
    staticSummary: `redoflow ${request.want}`,
  });
  const patience = setTimeout(() => {
    process.stderr.write(`Waiting for the answer of a worker on task queue ${taskQueue} …\n`);
  }, SAY_AFTER_MS);
  try {
    return (await handle.result()) as CheckAnswers[Request['want']]; // what our own workflow answers to this request
  } catch (error) {
    throw refusalOf(error);
  } finally {
    clearTimeout(patience);
  }
}

/** Of a workflow that failed: the innermost cause is what the worker said. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  let cause: unknown = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  const kind: unknown = cause instanceof Error && 'type' in cause ? cause.type : undefined;
  if (typeof kind !== 'string' || !isFailureKind(kind)) {
    return new Refusal(`The worker did not answer: ${sentenceOf(cause)}`, 1, { cause: error });
  }
  const message = cause instanceof Error ? cause.message : '';
  if (kind === 'bad-input') return new Refusal(message, 2, { cause: error }); // the message says it all
  return new Refusal(`${message}\n${treatments[kind].sentence}`, 1, { cause: error });
}
