/** Columns whose values Oracle keeps outside of rows and statements. */
import type { Column, LobInLog, OracleType, TableDescription, Value } from './table.ts';

const LOBS: ReadonlySet<string> = new Set(['CLOB', 'NCLOB', 'BLOB']);

/** Bytes of the longest value of an ordinary column (MAX_STRING_SIZE = STANDARD). Columns of longer ones are stored as LOBs. */
const ORDINARY_BYTES: Readonly<Record<string, number>> = { VARCHAR2: 4000, NVARCHAR2: 4000, RAW: 2000 };

/** What a cell of MaxCompute holds (documentation of data types: STRING and BINARY, up to 8 MB). */
export const CELL_BYTES_MAX = 8 * 1024 * 1024;

export const isLob = ({ base }: OracleType): boolean => LOBS.has(base);

/**
 * Whether LogMiner gives values of the type in pieces, in rows of their own: LOBs, and character and RAW types of extended length, which it
 * treats as LOBs (Oracle Database Utilities, "Supported Data Types"). Supplemental logging leaves such columns out.
 */
export const isLargeInLog = (type: OracleType): boolean =>
  isLob(type) || (type.length ?? 0) > (ORDINARY_BYTES[type.base] ?? Infinity);

/** Those whose values `_log` has only as {@link LobInLog} says. */
export const largeOf = ({ columns }: Pick<TableDescription, 'columns'>): readonly Column[] =>
  columns.filter(({ type }) => isLargeInLog(type));

/** `values.lobInLog: mark`: in an after-image, a large column that the change has touched holds this. */
export const CHANGED_MARK = 'redoflow:changed';

const BYTES: ReadonlySet<string> = new Set(['BLOB', 'RAW']);
const MARK_BYTES: Value = Uint8Array.from(CHANGED_MARK, (character) => character.charCodeAt(0));

/** {@link CHANGED_MARK} as a value of the type. */
export const markOf = ({ base }: OracleType): Value => (BYTES.has(base) ? MARK_BYTES : CHANGED_MARK);

/** What speaks against `values.lobInLog` for a table: sentences. @param synchronized names of its columns, as stored in Oracle */
export function lobInLogProblems(
  { key, columns }: Pick<TableDescription, 'key' | 'columns'>,
  synchronized: readonly { readonly source: string }[],
  lobInLog: LobInLog | undefined,
): readonly string[] {
  const names = new Set(synchronized.map(({ source }) => source));
  const large = largeOf({ columns }).flatMap(({ name }) => (names.has(name) ? [name] : []));
  if (lobInLog !== 'reread' || key.kind !== 'none' || large.length === 0) return [];
  return [`${large.join(', ')} cannot be read again without a key (values.lobInLog: reread)`];
}
