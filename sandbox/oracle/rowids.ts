import { OracleError } from './engine.ts';

/** Extended ROWID: data object number (6 characters), relative file (3), block (6), row (3); 6 bits a character. */
export interface RowidParts {
  readonly object: number;
  readonly file: number;
  readonly block: number;
  readonly row: number;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const DIGITS = new Map(Array.from(ALPHABET, (character, index) => [character, index] as const));
const SHAPE = /^[A-Za-z0-9+/]{18}$/;

/** What LogMiner shows where there is no row. */
export const NO_ROWID = 'A'.repeat(18);

export function encodeRowid(parts: RowidParts): string {
  return digits(parts.object, 6) + digits(parts.file, 3) + digits(parts.block, 6) + digits(parts.row, 3);
}

function digits(value: number, count: number): string {
  let text = '';
  let rest = value;
  for (let index = 0; index < count; index++) {
    text = ALPHABET.charAt(rest % 64) + text;
    rest = Math.floor(rest / 64);
  }
  return text;
}

export function decodeRowid(text: string): RowidParts {
  if (!SHAPE.test(text)) throw new OracleError(1410, 'invalid ROWID');
  return {
    object: valueOf(text.slice(0, 6)),
    file: valueOf(text.slice(6, 9)),
    block: valueOf(text.slice(9, 15)),
    row: valueOf(text.slice(15)),
  };
}

function valueOf(text: string): number {
  let value = 0;
  for (const character of text) value = value * 64 + (DIGITS.get(character) ?? 0);
  return value;
}

export function compareRowids(left: string, right: string): number {
  const a = decodeRowid(left);
  const b = decodeRowid(right);
  return a.object - b.object || a.file - b.file || a.block - b.block || a.row - b.row;
}
