/** Columns whose values Oracle keeps outside of rows and statements. */
import type { OracleType } from './table.ts';

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
