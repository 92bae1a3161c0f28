/** The typed client: what `import 'redoflow'` gives, and what every command of the CLI uses. */
import {
  QueryNotRegisteredError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
  type WorkflowExecutionInfo,
  type WorkflowHandle,
  type WorkflowStartOptions,
} from '@temporalio/client';
import type { CheckAnswers, CheckRequest, SavedPlace } from '../model/check-task.ts';
import type { TaskStatus } from '../model/progress.ts';
import type * as settings from '../model/task-settings.ts';
import { parseTaskSpec, type TaskSpec } from '../model/task-spec.ts';
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
  setAlertsUpdate,
  setFlushUpdate,
  setRetryWindowsUpdate,
  setThrottleUpdate,
  statusQuery,
  stopSignal,
  SYNC_TASK,
  taskQuery,
  taskWorkflowId,
} from '../workflows/messages.ts';
import { askWorker } from './ask-worker.ts';
import { command } from './format.ts';
import { attribute, listed, type ListedTask } from './listed-task.ts';
import { isPolled, lastAnsweredAt } from './liveness.ts';
import { answerOf, badInput, Refusal } from './refusal.ts';
import { forgetRuns, rememberedTask, type RememberedTask } from './remembered.ts';
import { savedPlace } from './saved-place.ts';
import { beginAnew, stuckRun } from './stuck-run.ts';
import { ended, noWorkerText, silentText, type TaskView } from './task-view.ts';

export type { ListedTask, TaskView };

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
    if (description.status.name !== 'RUNNING') return await ended(this.#client, description);
    const { taskQueue } = description;
    const polled = await this.isPolled(taskQueue);
    try {
      const ask = (): Promise<TaskStatus> => handle.query(statusQuery);
      const deadline = Date.now() + (polled ? QUERY_MS : UNPOLLED_QUERY_MS);
      return { kind: 'answers', status: await this.#client.withDeadline(deadline, ask) };
    } catch (error) {
      if (!(error instanceof ServiceError) && !(error instanceof QueryNotRegisteredError)) throw error;
      const lastState = attribute(description, 'RedoflowState') || 'just started';
      const [answeredAt, stuck] = [await this.answeredAt(task), await stuckRun(this.#client, await handle.describe())];
      const seen = { ...(answeredAt !== undefined && { answeredAt }), ...(stuck && { stuck }) };
      return { kind: 'silent', task, taskQueue, polled, lastState, ...seen };
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

  /** Only when failed: tries again from the kept position. A run that nothing reaches any more begins anew. */
  async recover(task: string): Promise<'tries again' | 'begins anew'> {
    const handle = this.#handle(task);
    const stuck = await this.#known(task, async () => stuckRun(this.#client, await handle.describe()));
    if (!stuck) await this.#update(task, () => handle.executeUpdate(recoverUpdate));
    else await beginAnew(this.#client, handle, stuck);
    return stuck ? 'begins anew' : 'tries again';
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

  /** The task as it is now: what `start` would accept. @throws Refusal when nobody answers, as {@link status} does */
  async present(task: string): Promise<TaskSpec> {
    await this.status(task);
    const parsed = parseTaskSpec(await this.#handle(task).query(taskQuery));
    if (parsed.ok) return parsed.spec;
    throw badInput(`the task ${task} as it is now`, parsed.errors);
  }

  /** Like the next three, answers what is in force from now on. @throws Refusal with what the worker says against it */
  async setThrottle(task: string, change: settings.ThrottleChange): Promise<settings.ThrottleInForce> {
    return await this.#update(task, (handle) => handle.executeUpdate(setThrottleUpdate, { args: [change] }));
  }

  async setRetryWindows(task: string, change: settings.RetryChange): Promise<settings.RetryInForce> {
    return await this.#update(task, (handle) => handle.executeUpdate(setRetryWindowsUpdate, { args: [change] }));
  }

  /** @param change null: nobody is told any more */
  async setAlerts(task: string, change: settings.AlertsChange): Promise<settings.AlertsInForce> {
    return await this.#update(task, (handle) => handle.executeUpdate(setAlertsUpdate, { args: [change] }));
  }

  async setFlush(task: string, change: settings.FlushChange): Promise<settings.FlushInForce> {
    return await this.#update(task, (handle) => handle.executeUpdate(setFlushUpdate, { args: [change] }));
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
      if (error instanceof WorkflowUpdateFailedError) throw new Refusal(answerOf(error.cause), 1, { cause: error });
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
