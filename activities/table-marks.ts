/** What a destination table says of itself in its comment: who made it, and for a copied `_base`, as of which SCN. */
import type { OwnRun } from '../model/activities.ts';
import { scn, type Scn } from '../model/scn.ts';
import type { TablePlan } from '../model/task-plan.ts';

/** `redoflow table of HR.ORDERS, chain 3f…, snapshot SCN 812345, task redoflow/hr`: for people, and read back after a cut. */
export interface TableMark {
  readonly of: string;
  readonly chainId: string;
  /** Of the pair of tables, from 2: those of before were set aside. Absent for the first. */
  readonly generation?: number;
  /** Only on a loading table and the `_base` that holds its rows. */
  readonly snapshotScn?: Scn;
  /** On a `_base` that keeps the rows it had: the loading table whose rows are being put into it, or were. */
  readonly loading?: { readonly name: string; readonly done: boolean };
  /** Workflow id of the task. */
  readonly task?: string;
}

/** Of a table's present pair, made by this chain. */
export const markOf = ({ table, generation }: TablePlan, { chainId, taskWorkflowId }: OwnRun): TableMark => ({
  of: table,
  chainId,
  task: taskWorkflowId,
  ...(generation !== undefined && { generation }),
});

export function markText({ of, chainId, generation, snapshotScn, loading, task }: TableMark): string {
  const pair = generation === undefined ? '' : `, generation ${generation}`;
  const snapshot = snapshotScn === undefined ? '' : `, snapshot SCN ${snapshotScn}`;
  const rows = loading === undefined ? '' : `, ${loading.done ? 'loaded by' : 'loading from'} ${loading.name}`;
  return `redoflow table of ${of}, chain ${chainId}${pair}${snapshot}${rows}${task === undefined ? '' : `, task ${task}`}`;
}

const MARK =
  /^redoflow table of (.+), chain ([\w-]+)(?:, generation (\d+))?(?:, snapshot SCN (\d+))?(?:, (loaded by|loading from) (\w+))?(?:, task (.+))?$/;

export function readMark(comment: string): TableMark | undefined {
  const [, of, chainId, generation, snapshot, loaded, loading, task] = MARK.exec(comment) ?? [];
  if (of === undefined || chainId === undefined) return undefined;
  return {
    of,
    chainId,
    ...(generation !== undefined && { generation: Number(generation) }),
    ...(snapshot !== undefined && { snapshotScn: scn(snapshot) }),
    ...(loading !== undefined && { loading: { name: loading, done: loaded === 'loaded by' } }),
    ...(task !== undefined && { task }),
  };
}

export const isOurs = (comment: string, chainId: string): boolean => readMark(comment)?.chainId === chainId;
