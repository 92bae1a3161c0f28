/** What a destination table says of itself in its comment: who made it, and for a copied `_base`, as of which SCN. */
import { scn, type Scn } from '../model/scn.ts';

/** `redoflow table of HR.ORDERS, chain 3f…, snapshot SCN 812345`: for people, and read back after a cut. */
export interface TableMark {
  readonly of: string;
  readonly chainId: string;
  /** Only on a loading table and the `_base` that it becomes. */
  readonly snapshotScn?: Scn;
}

export const markText = ({ of, chainId, snapshotScn }: TableMark): string =>
  `redoflow table of ${of}, chain ${chainId}${snapshotScn === undefined ? '' : `, snapshot SCN ${snapshotScn}`}`;

const MARK = /^redoflow table of (.+), chain ([\w-]+)(?:, snapshot SCN (\d+))?$/;

export function readMark(comment: string): TableMark | undefined {
  const match = MARK.exec(comment);
  const [, of, chainId, snapshot] = match ?? [];
  if (of === undefined || chainId === undefined) return undefined;
  return { of, chainId, ...(snapshot !== undefined && { snapshotScn: scn(snapshot) }) };
}

export const isOurs = (comment: string, chainId: string): boolean => readMark(comment)?.chainId === chainId;
