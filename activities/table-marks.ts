/** What a destination table says of itself in its comment: who made it, and for a copied `_base`, as of which SCN. */
import { scn, type Scn } from '../model/scn.ts';

/** `redoflow table of HR.ORDERS, chain 3f…, snapshot SCN 812345, task redoflow/hr`: for people, and read back after a cut. */
export interface TableMark {
  readonly of: string;
  readonly chainId: string;
  /** Only on a loading table and the `_base` that holds its rows. */
  readonly snapshotScn?: Scn;
  /** On a `_base` that keeps the rows it had: the loading table whose rows are being put into it, or were. */
  readonly loading?: { readonly name: string; readonly done: boolean };
  /** Workflow id of the task. */
  readonly task?: string;
}

export function markText({ of, chainId, snapshotScn, loading, task }: TableMark): string {
  const snapshot = snapshotScn === undefined ? '' : `, snapshot SCN ${snapshotScn}`;
  const rows = loading === undefined ? '' : `, ${loading.done ? 'loaded by' : 'loading from'} ${loading.name}`;
  return `redoflow table of ${of}, chain ${chainId}${snapshot}${rows}${task === undefined ? '' : `, task ${task}`}`;
}

const MARK =
  /^redoflow table of (.+), chain ([\w-]+)(?:, snapshot SCN (\d+))?(?:, (loaded by|loading from) (\w+))?(?:, task (.+))?$/;

export function readMark(comment: string): TableMark | undefined {
  const [, of, chainId, snapshot, loaded, loading, task] = MARK.exec(comment) ?? [];
  if (of === undefined || chainId === undefined) return undefined;
  return {
    of,
    chainId,
    ...(snapshot !== undefined && { snapshotScn: scn(snapshot) }),
    ...(loading !== undefined && { loading: { name: loading, done: loaded === 'loaded by' } }),
    ...(task !== undefined && { task }),
  };
}

export const isOurs = (comment: string, chainId: string): boolean => readMark(comment)?.chainId === chainId;
