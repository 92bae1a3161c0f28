/** The kinds of column that the encoders tell apart (column-encoder.ts says what each takes and writes). */
import { parseType } from './sink-type.ts';

/** Numbers, because a `switch` over them is a jump. */
export const INTEGER = 0;
export const BOOLEAN = 1;
export const FLOAT = 2;
export const DOUBLE = 3;
export const DECIMAL = 4;
export const TEXT = 5;
export const BINARY = 6;
export const DATE = 7;
export const DATETIME = 8;
export const TIMESTAMP = 9;

/** `kind`, and two numbers that mean something to it: bits; digits before and after the point; characters. */
type Form = readonly [kind: number, first?: number, second?: number];

export function formOf(type: string): Form | undefined {
  const parsed = parseType(type);
  const [first = 0, second = 0] = parsed?.numbers ?? [];
  const forms: Readonly<Record<string, Form>> = {
    tinyint: [INTEGER, 8],
    smallint: [INTEGER, 16],
    int: [INTEGER, 32],
    bigint: [INTEGER, 64],
    boolean: [BOOLEAN],
    float: [FLOAT],
    double: [DOUBLE],
    decimal: [DECIMAL, first - second, second],
    string: [TEXT, Number.MAX_SAFE_INTEGER],
    json: [TEXT, Number.MAX_SAFE_INTEGER],
    varchar: [TEXT, first],
    char: [TEXT, first],
    binary: [BINARY],
    date: [DATE],
    datetime: [DATETIME],
    timestamp: [TIMESTAMP],
    timestamp_ntz: [TIMESTAMP],
  };
  return forms[parsed?.base ?? ''];
}
