/** A change → rows of `_log`: INSERT (I, N, Y) · DELETE (D, Y, N) · UPDATE two rows with one record_id: (U, Y, N), (U, N, Y). */
import { assertNever } from '../model/assert-never.ts';
import type { Change } from '../model/change.ts';
import type { Row } from '../model/table.ts';

/** Values in the order of the five additional columns, then the source's own. */
export function logRows(change: Change, recordId: number, utcTimestamp: number): readonly Row[] {
  const id = String(recordId);
  const time = String(utcTimestamp);
  switch (change.kind) {
    case 'insert':
      return [[id, 'I', time, 'N', 'Y', ...change.after]];
    case 'delete':
      return [[id, 'D', time, 'Y', 'N', ...change.before]];
    case 'update':
      return [
        [id, 'U', time, 'Y', 'N', ...change.before],
        [id, 'U', time, 'N', 'Y', ...change.after],
      ];
    default:
      return assertNever(change);
  }
}
