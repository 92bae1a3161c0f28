/** Oracle column type → MaxCompute column type: one table, with what is refused and why (design section 6, "Schema"). */
import { oracleTypeText, type Column, type OracleType } from './table.ts';
import type { SinkType } from './sink-table.ts';

export type Mapped = { readonly type: SinkType } | { readonly refused: string };

const INT_DIGITS = 9;
const BIGINT_DIGITS = 18;
const DECIMAL_DIGITS = 38;
const DECIMAL_SCALE = 18;

/** NUMBER(p,s): the smallest exact type; what DECIMAL cannot hold is text. NUMBER without precision holds anything, so text. */
function mapNumber({ precision, scale = 0 }: OracleType): Mapped {
  if (precision === undefined) return { type: 'string' };
  if (scale === 0 && precision <= INT_DIGITS) return { type: 'int' };
  if (scale === 0 && precision <= BIGINT_DIGITS) return { type: 'bigint' };
  const digits = Math.max(precision, scale);
  if (scale >= 0 && scale <= DECIMAL_SCALE && digits <= DECIMAL_DIGITS) return { type: `decimal(${digits},${scale})` };
  return { type: 'string' };
}

const fixed: Readonly<Record<string, SinkType>> = {
  // Text: FLOAT has up to 38 digits at any exponent.
  FLOAT: 'string',
  VARCHAR2: 'string',
  CHAR: 'string',
  DATE: 'timestamp_ntz',
  TIMESTAMP: 'timestamp_ntz',
  RAW: 'binary',
};

/** The MaxCompute type of a column, or why this release refuses it. */
export function mapType(type: OracleType): Mapped {
  if (type.base === 'NUMBER') return mapNumber(type);
  const sink = fixed[type.base];
  return sink === undefined ? { refused: `${oracleTypeText(type)} is not yet supported` } : { type: sink };
}

/** `oracle:NUMBER(10,2)`: documentation in the destination's column comment, never read back. */
export const columnComment = ({ type }: Column): string => `oracle:${oracleTypeText(type)}`;
