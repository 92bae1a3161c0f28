/**
 * The text of which both databases and the worker compute a row's digest. All three must come to the same; where they do not, rows are
 * compared value by value, so a difference of digests is never an answer by itself (docs/decisions/0023).
 *
 * | value | its text |
 * | --- | --- |
 * | NULL | `-` |
 * | other | the number of its characters, `:`, the value in the canonical text of model/table.ts; RAW as upper-case hexadecimal digits |
 *
 * The text of a group of columns is their texts, one after the other. With one group, the row's text is the group's. With several, it is
 * the MD5 of each group's text (UTF-8), 32 lower-case hexadecimal digits each, one after the other. The text of the key is made in the
 * same way of the key's columns.
 */
import type { Column, OracleType } from './table.ts';
import type { PlannedColumn } from './planned-table.ts';
import { mapType } from './type-mapping.ts';

/** Oracle's VARCHAR2 in SQL (Database Reference, "Datatype Limits"), less what the length in front needs. */
const GROUP_BYTES_MAX = 3_900;
const LENGTH_BYTES = 5;
const DIGEST_BYTES = 32;

const WIDTHS: Readonly<Record<string, number>> = {
  NUMBER: 172,
  FLOAT: 172,
  DATE: 20,
  TIMESTAMP: 30,
  'TIMESTAMP WITH TIME ZONE': 30,
  'TIMESTAMP WITH LOCAL TIME ZONE': 30,
};

/** Bytes that the text of a value has at most; undefined for a type of which the databases do not make the same text. */
function widthOf({ base, length = 0 }: OracleType): number | undefined {
  switch (base) {
    case 'CHAR':
    case 'VARCHAR2':
      return length;
    case 'NCHAR':
    case 'NVARCHAR2':
      return length * 2;
    case 'RAW':
      return length * 2;
    default:
      return WIDTHS[base];
  }
}

/** Indexes of columns, by group: one after the other, as many as Oracle can join in one text. */
export type RowGroups = readonly (readonly number[])[];

function groupsOf(columns: readonly Column[], indexes: readonly number[]): RowGroups | undefined {
  const groups: number[][] = [];
  let room = 0;
  for (const index of indexes) {
    const type = columns[index]?.type;
    const width = type && widthOf(type);
    if (width === undefined) return undefined;
    const bytes = width + LENGTH_BYTES;
    if (bytes > GROUP_BYTES_MAX) return undefined;
    if (groups.length === 0 || bytes > room) {
      groups.push([]);
      room = GROUP_BYTES_MAX;
    }
    groups.at(-1)?.push(index);
    room -= bytes;
  }
  return groups.length * DIGEST_BYTES > GROUP_BYTES_MAX ? undefined : groups;
}

export interface RowText {
  readonly row: RowGroups;
  /** Of the key, or of the row where there is none. */
  readonly key: RowGroups;
}

/**
 * How both databases make the texts of this table's rows; undefined when a column has no text that is the same on both sides: the digests
 * are then computed in the worker from the rows themselves.
 */
export function rowText(
  columns: readonly Column[],
  planned: readonly PlannedColumn[],
  key: readonly string[],
): RowText | undefined {
  const usual = planned.every(({ sink }, index) => {
    const type = columns[index]?.type;
    const mapped = type && mapType(type, {});
    return mapped !== undefined && 'type' in mapped && mapped.type === sink.type;
  });
  const all = columns.map((_, index) => index);
  const row = usual ? groupsOf(columns, all) : undefined;
  if (!row) return undefined;
  const ofKey =
    key.length === 0
      ? row
      : groupsOf(
          columns,
          key.map((name) => columns.findIndex((column) => column.name === name)),
        );
  return ofKey && { row, key: ofKey };
}
