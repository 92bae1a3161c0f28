/** The typed client: what `import 'redoflow'` gives, and what every command of the CLI uses. */
import {
  QueryNotRegisteredError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
  type WorkflowHandle,
  type WorkflowStartOptions,
} from '@temporalio/client';
import type { CheckAnswers, CheckRequest, SavedPlace } from '../model/check-task.ts';
import type { TaskStatus, TaskSummary } from '../model/progress.ts';
import { parseTaskSpec } from '../model/task-spec.ts';
import {
  acceptGapUpdate,
  ignoreAlertsUpdate,
  pauseSignal,
  precheckAgainUpdate,
  addTablesUpdate,
  recoverUpdate,
  releaseTableUpdate,
  removeTablesUpdate,
  resyncAllUpdate,
  resyncTableUpdate,
  resumeSignal,
  statusQuery,
  stopSignal,
  SYNC_TASK,
  taskWorkflowId,
} from '../workflows/messages.ts';
import { askWorker } from './ask-worker.ts';
import { command, duration } from './format.ts';
import { attribute, listed, type ListedTask } from './listed-task.ts';
import { isPolled, lastAnsweredAt, staleMinutes } from './liveness.ts';
import { badInput, Refusal, sentenceOf } from './refusal.ts';
import { forgetRuns, rememberedTask, type RememberedTask } from './remembered.ts';
import { savedPlace } from './saved-place.ts';

export type { ListedTask };

/** A task as it can be seen now: from its workflow where a worker answers, else from what Temporal keeps. */
export type TaskView =
  | { readonly kind: 'answers'; readonly status: TaskStatus }
  | {
      readonly kind: 'silent';
      readonly taskQueue: string;
      readonly polled: boolean;
      readonly lastState: string;
      /** ISO 8601: when a worker last carried the task on. */
      readonly answeredAt?: string;
    }
  | {
      readonly kind: 'ended';
      readonly how: string;
      readonly at: string;
      readonly summary?: TaskSummary;
      readonly why?: string;
    };

type StartRequest = WorkflowStartOptions & {
  readonly args: readonly unknown[];
  readonly memo: { readonly title: string };
  /** The Temporal UI shows it beside the first run. */
  readonly staticSummary: string;
};

const QUERY_MS = 4000;
/** Nobody polls, as far as is known: not worth a long wait. */
const UNPOLLED_QUERY_MS = 1000;
const UPDATE_MS = 30_000;
const LISTED_MAX = 1000;

export class RedoflowClient {
  readonly #client: Client;

  /** @param client an open Temporal client; closing its connection is the caller's. */
  constructor(client: Client) {
    this.#client = client;
  }

  /** Starts a task from what a person wrote (the content of task.yaml). The workflow checks it again. */
  async start(written: unknown): Promise<{ readonly workflowId: string; readonly runId: string }> {
    const request = startRequest(written);
    try {
      const handle = await this.#client.workflow.start(SYNC_TASK, { ...request, args: [...request.args] });
      return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const task = request.workflowId.slice(taskWorkflowId('').length);
      throw new Refusal(`The task ${task} is already running; see \`${command(`status ${task}`)}\`.`, 1, {
        cause: error,
      });
    }
  }

  /** Every task that Temporal remembers, the newest run of each, by name. */
  async list(): Promise<readonly ListedTask[]> {
    const newest = new Map<string, WorkflowExecutionInfo>();
    const query = `WorkflowType = '${SYNC_TASK}' AND ExecutionStatus != 'ContinuedAsNew'`;
    for await (const execution of this.#client.workflow.list({ query, pageSize: 200 })) {
      const known = newest.get(execution.workflowId);
      if (!known || known.startTime < execution.startTime) newest.set(execution.workflowId, execution);
      if (newest.size >= LISTED_MAX) break;
    }
    return [...newest.values()].map(listed).toSorted((a, b) => (a.task < b.task ? -1 : 1));
  }

  /** @throws Refusal when no worker answers or the task has ended; {@link view} tells these apart instead. */
  async status(task: string): Promise<TaskStatus> {
    const view = await this.view(task);
    if (view.kind === 'answers') return view.status;
    throw new Refusal(view.kind === 'silent' ? silentText(view) : `The task ${task} has ended (${view.how}).`);
  }

  async view(task: string): Promise<TaskView> {
    const handle = this.#handle(task);
    const description = await this.#known(task, () => handle.describe());
    if (description.status.name !== 'RUNNING') return await ended(handle, description);
    const { taskQueue } = description;
    const polled = await this.isPolled(taskQueue);
    try {
      const ask = (): Promise<TaskStatus> => handle.query(statusQuery);
      const deadline = Date.now() + (polled ? QUERY_MS : UNPOLLED_QUERY_MS);
      return { kind: 'answers', status: await this.#client.withDeadline(deadline, ask) };
    } catch (error) {
      if (!(error instanceof ServiceError) && !(error instanceof QueryNotRegisteredError)) throw error;
      const lastState = attribute(description, 'RedoflowState') || 'just started';
      const answeredAt = await this.answeredAt(task);
      return { kind: 'silent', taskQueue, polled, lastState, ...(answeredAt !== undefined && { answeredAt }) };
    }
  }

  /** Whether a worker has polled this task queue within the last minute or so. */
  isPolled(taskQueue: string): Promise<boolean> {
    return isPolled(this.#client, taskQueue);
  }

  /** @throws Refusal when no worker polls this task queue. */
  async mustBePolled(taskQueue: string): Promise<void> {
    if (!(await this.isPolled(taskQueue))) throw new Refusal(`${noWorkerText(taskQueue)}.`);
  }

  /** ISO 8601: when a worker last carried the task on, as far as its newest events show. */
  answeredAt(task: string): Promise<string | undefined> {
    return lastAnsweredAt(this.#client, taskWorkflowId(task));
  }

  /** Asks a worker that polls `taskQueue`. @throws Refusal with what the worker says against it. */
  ask<Request extends CheckRequest>(taskQueue: string, request: Request): Promise<CheckAnswers[Request['want']]> {
    return askWorker(this.#client, taskQueue, request);
  }

  /** The first run of a task that Temporal knows: tables at the destination carry its mark. */
  async chainIdOf(task: string): Promise<string | undefined> {
    try {
      const { raw } = await this.#handle(task).describe();
      return raw.workflowExecutionInfo?.firstRunId ?? undefined;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  async pause(task: string): Promise<void> {
    await this.#known(task, () => this.#handle(task).signal(pauseSignal));
  }

  async resume(task: string): Promise<void> {
    await this.#known(task, () => this.#handle(task).signal(resumeSignal));
  }

  /** Ends the task at a safe point; resolves once delivered. */
  async stop(task: string): Promise<void> {
    await this.#known(task, () => this.#handle(task).signal(stopSignal));
  }

  /** Only when failed: tries again from the kept position. */
  async recover(task: string): Promise<void> {
    await this.#update(task, (handle) => handle.executeUpdate(recoverUpdate));
  }

  /** As `resyncAll` only when failed for want of redo: gives up changes up to where it is complete again, or copies every table anew. */
  async acceptGap(task: string): Promise<void> {
    await this.#update(task, (handle) => handle.executeUpdate(acceptGapUpdate, { args: [task] }));
  }

  async resyncAll(task: string): Promise<void> {
    await this.#update(task, (handle) => handle.executeUpdate(resyncAllUpdate, { args: [task] }));
  }

  /** Only when the precheck failed: checks again. */
  async precheckAgain(task: string): Promise<void> {
    await this.#update(task, (handle) => handle.executeUpdate(precheckAgainUpdate));
  }

  /** @param ids alerts of model/precheck-items.ts that the task ignores from now on; the precheck is made again. */
  async ignoreAlerts(task: string, ids: readonly string[]): Promise<void> {
    await this.#update(task, (handle) => handle.executeUpdate(ignoreAlertsUpdate, { args: [ids] }));
  }

  /** @param entries as in `tables` of a task; answers the names of the tables that they mean */
  async addTables(task: string, entries: unknown): Promise<readonly string[]> {
    return await this.#update(task, (handle) => handle.executeUpdate(addTablesUpdate, { args: [entries] }));
  }

  async removeTables(task: string, tables: readonly string[]): Promise<void> {
    await this.#update(task, (handle) => handle.executeUpdate(removeTablesUpdate, { args: [tables] }));
  }

  async resyncTable(task: string, table: string): Promise<void> {
    await this.#update(task, (handle) => handle.executeUpdate(resyncTableUpdate, { args: [table] }));
  }

  /** @param choice one of `releaseChoices` */
  async releaseTable(task: string, table: string, choice: string): Promise<void> {
    await this.#update(task, (handle) => handle.executeUpdate(releaseTableUpdate, { args: [table, choice] }));
  }

  /** What is kept of a task at its destination; null: nothing; undefined: nobody could be asked. */
  async savedPosition(task: string): Promise<SavedPlace | null | undefined> {
    return await this.#known(task, () => savedPlace(this.#client, task));
  }

  /** What Temporal remembers of an ended task. @throws Refusal while it or one of its copies runs. */
  async remembered(task: string): Promise<RememberedTask> {
    return await rememberedTask(this.#client, task);
  }

  /** Makes Temporal forget these runs; touches nothing at the source or the destination. */
  async forget({ runs }: RememberedTask): Promise<void> {
    await forgetRuns(this.#client, runs);
  }

  #handle(task: string): WorkflowHandle {
    return this.#client.workflow.getHandle(taskWorkflowId(task));
  }

  async #known<T>(task: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw new Refusal(`No task ${task} is there, or it has ended; see \`${command('list')}\`.`, 1, { cause: error });
    }
  }

  async #update<T>(task: string, call: (handle: WorkflowHandle) => Promise<T>): Promise<T> {
    try {
      const handle = this.#handle(task);
      return await this.#known(task, () => this.#client.withDeadline(Date.now() + UPDATE_MS, () => call(handle)));
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError) throw new Refusal(sentenceOf(error.cause), 1, { cause: error });
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
      const view = await this.view(task);
      throw new Refusal(view.kind === 'silent' ? silentText(view) : `The task ${task} did not answer in time.`);
    }
  }
}

/**
 * The exact request that starts a task: no secrets, because a task only names its connections.
 * @throws Refusal (exit 2) when it is not a valid task.
 */
export function startRequest(written: unknown): StartRequest {
  const parsed = parseTaskSpec(written);
  if (!parsed.ok) throw badInput('task', parsed.errors);
  const { name, title, taskQueue } = parsed.spec;
  return { taskQueue, workflowId: taskWorkflowId(name), args: [written], memo: { title }, staticSummary: title };
}

export const noWorkerText = (taskQueue: string): string =>
  `no worker is polling task queue ${taskQueue} (start one: npm run -s worker)`;

/** What to say before anything else when nobody answers for a task. @param now milliseconds since 1970 */
export function silentText(
  { taskQueue, polled, lastState, answeredAt }: Extract<TaskView, { kind: 'silent' }>,
  now = Date.now(),
): string {
  const when = answeredAt === undefined ? '' : `, ${duration((now - Date.parse(answeredAt)) / 1000)} ago`;
  const last = `last known state: ${lastState}${when}.`;
  if (!polled) return `${noWorkerText(taskQueue)}; ${last}`;
  const stale = answeredAt === undefined ? undefined : staleMinutes(answeredAt, now);
  const silence = `a worker polls task queue ${taskQueue}, but has not answered for this task (it may be busy, or just gone); ${last}`;
  return stale === undefined ? `A${silence.slice(1)}` : `stale ${stale} min: ${silence}`;
}

async function ended(handle: WorkflowHandle, { status, closeTime }: WorkflowExecutionDescription): Promise<TaskView> {
  const at = (closeTime ?? new Date(0)).toISOString();
  const how = status.name.toLowerCase();
  try {
    return { kind: 'ended', how, at, summary: (await handle.result()) as TaskSummary };
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    return { kind: 'ended', how, at, why: sentenceOf(error instanceof Error ? (error.cause ?? error) : error) };
  }
}
