/** Signals, updates and queries of a task, shared with `client/`. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { TableMapPage } from '../model/task-plan.ts';
import type { ComparableAnswer } from '../model/comparable.ts';
import type { TaskStatus } from '../model/progress.ts';
import type { CopyReport, CopySettings, CopyWish } from '../model/table-copy.ts';
import type {
  AlertsChange,
  AlertsInForce,
  FlushChange,
  FlushInForce,
  PresentTask,
  RetryChange,
  RetryInForce,
  ThrottleChange,
  ThrottleInForce,
} from '../model/task-settings.ts';
import type { AsOfProgress } from '../model/as-of.ts';
import type { VerifyProgress } from '../model/verification.ts';

/** Stop scheduling, cancel readers, wait for commits; shown as Paused once nothing runs any more. */
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
/** End at a safe point; the workflow completes with a summary and its position. Cancel does the same. */
export const stopSignal = defineSignal('stop');

/** Only when failed: try again from the kept position. */
export const recoverUpdate = defineUpdate<void>('recover');
/** Only when failed with source-redo-missing: gives up the changes up to where redo is complete again. `confirm`: the task's name. */
export const acceptGapUpdate = defineUpdate<void, [confirm: string]>('acceptGap');
/** Only then, too: copies every table anew from there; old pairs are set aside. */
export const resyncAllUpdate = defineUpdate<void, [confirm: string]>('resyncAll');
/** Only when PrecheckFailed: check again. */
export const precheckAgainUpdate = defineUpdate<void>('precheckAgain');
/** Ignore these alerts (ids of model/precheck-items.ts) from now on. */
export const ignoreAlertsUpdate = defineUpdate<void, [readonly string[]]>('ignoreAlerts');

/** Entries as in `tables` of a task, as a person writes them; answers the names of the tables. */
export const addTablesUpdate = defineUpdate<readonly string[], [entries: unknown]>('addTables');
/** Their destination tables stay. */
export const removeTablesUpdate = defineUpdate<void, [tables: readonly string[]]>('removeTables');
/** The old pair is set aside under another name, and the table copied anew. */
export const resyncTableUpdate = defineUpdate<void, [table: string]>('resyncTable');
/** The way on for a held table: one of model/held-table.ts, `releaseChoices`. */
export const releaseTableUpdate = defineUpdate<void, [table: string, choice: string]>('releaseTable');

/** Each answers what is in force from now on; what they take is said in model/task-settings.ts. */
export const setThrottleUpdate = defineUpdate<ThrottleInForce, [ThrottleChange]>('setThrottle');
export const setRetryWindowsUpdate = defineUpdate<RetryInForce, [RetryChange]>('setRetryWindows');
export const setAlertsUpdate = defineUpdate<AlertsInForce, [AlertsChange]>('setAlerts');
export const setFlushUpdate = defineUpdate<FlushInForce, [FlushChange]>('setFlush');
/** The task as it is now. */
export const taskQuery = defineQuery<PresentTask>('task');

export const statusQuery = defineQuery<TaskStatus>('status');
/** One page (≤ 200 tables) of the plan with this hash; null when the task has another plan. */
export const tableMapQuery = defineQuery<TableMapPage | null, [hash: string, page: number]>('tableMap');
/** Where this table can be compared with its source just now. */
export const comparablePointQuery = defineQuery<ComparableAnswer, [table: string]>('comparablePoint');

/** How far a comparison, or a table as of a moment, is. */
export const verifyProgressQuery = defineQuery<VerifyProgress>('verifyProgress');
export const asOfProgressQuery = defineQuery<AsOfProgress>('asOfProgress');

/** From a copy child to its task. */
export const copyReportSignal = defineSignal<[CopyReport]>('copyReport');
/** From the task to a copy child; with the settings that are in force now. */
export const copyControlSignal = defineSignal<[wish: CopyWish, settings?: CopySettings]>('copyControl');

/** `redoflow/<task>`. */
export const taskWorkflowId = (task: string): string => `redoflow/${task}`;
export const SYNC_TASK = 'syncTask';

/** One copy of a table in one chain of the task. The end of a run id distinguishes; its beginning is a clock. */
export const copyWorkflowId = (taskId: string, table: string, chainId: string, generation?: number): string =>
  `${taskId}/copy/${table}/${chainId.slice(-8)}${generation === undefined ? '' : `.${generation}`}`;
