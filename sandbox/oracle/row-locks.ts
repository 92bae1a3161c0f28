import { OracleError } from './engine.ts';
import { keyOfVersion, slotsWithKey } from './store.ts';
import type { Slot, UniqueIndex, Version } from './store.ts';
import { Transaction } from './transactions.ts';

/** The open transaction of somebody else that holds the row. */
export function lockHolder(slot: Slot, own: Transaction | undefined): Transaction | undefined {
  const writer = slot.head?.writer;
  if (!(writer instanceof Transaction) || writer.commitScn !== undefined || writer === own) return undefined;
  return writer;
}

/**
 * Whether the newest version of a row keeps its table's unique keys. Gives the transaction to wait for when that depends
 * on how it ends.
 * @throws OracleError 1 when another row has the key.
 */
export function checkKeys(slot: Slot, own: Transaction): Transaction | undefined {
  for (const index of slot.table.indexes) {
    const blocker = checkKey(index, slot, own);
    if (blocker !== undefined) return blocker;
  }
  return undefined;
}

function checkKey(index: UniqueIndex, slot: Slot, own: Transaction): Transaction | undefined {
  const { columns, name } = index.constraint;
  const key = keyOfVersion(slot.head, columns);
  const sharing = key === undefined ? [] : slotsWithKey(index, key);
  if (sharing.length < 2) return undefined;
  let blocker: Transaction | undefined;
  for (const other of sharing) {
    if (other === slot) continue;
    const holder = lockHolder(other, own);
    const has = (version: Version | undefined): boolean => keyOfVersion(version, columns) === key;
    if (holder === undefined) {
      if (has(other.head)) throw new OracleError(1, `unique constraint (${slot.table.owner}.${name}) violated`);
    } else if (has(other.head) || has(versionBefore(other, holder))) blocker ??= holder;
  }
  return blocker;
}

/** The row as it was before an open transaction changed it. */
function versionBefore(slot: Slot, holder: Transaction): Version | undefined {
  let version = slot.head;
  while (version?.writer === holder) version = version.previous;
  return version;
}
