/** What a table consists of, by DBA_OBJECTS (Oracle Database Reference): itself, its partitions, their subpartitions. */
import type { TableSegment } from '../model/table.ts';
import type { TextRow } from './session.ts';

/** Values of DBA_OBJECTS.OBJECT_TYPE, as an IN list: a table and what it may consist of. */
export const TABLE_OBJECT_TYPES = "'TABLE', 'TABLE PARTITION', 'TABLE SUBPARTITION'";

interface ObjectNumbers {
  readonly table: TableSegment;
  /** Absent for a table that is not partitioned. Where there are subpartitions, partitions have no rows themselves. */
  readonly segments?: readonly TableSegment[];
}

/** @param rows OBJECT_TYPE, OBJECT_ID, DATA_OBJECT_ID of one table's objects; undefined when the table is not among them */
export function objectNumbers(rows: readonly TextRow[]): ObjectNumbers | undefined {
  const of = (wanted: string): readonly TableSegment[] =>
    rows.flatMap(([type, objectId, dataObjectId = null]) =>
      type === wanted && typeof objectId === 'string' ? [{ objectId, dataObjectId }] : [],
    );
  const [table] = of('TABLE');
  if (!table) return undefined;
  const [partitions, subpartitions] = [of('TABLE PARTITION'), of('TABLE SUBPARTITION')];
  const segments = subpartitions.length > 0 ? subpartitions : partitions;
  return segments.length === 0 ? { table } : { table, segments: segments.toSorted(byObjectId) };
}

const byObjectId = (a: TableSegment, b: TableSegment): number => Number(a.objectId) - Number(b.objectId);
