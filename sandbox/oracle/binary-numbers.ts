import { parseDecimal } from './decimal.ts';
import { OracleError } from './engine.ts';

/**
 * BINARY_FLOAT and BINARY_DOUBLE in Oracle's stored form, which sorts as bytes: IEEE 754 big endian with the sign bit
 * set for positive values, and all bits inverted for negative ones. There is one NaN, above all other values.
 * Source: SQL Language Reference, "Floating-Point Numbers"; the form: Call Interface Programmer's Guide, as the drivers write it.
 */
export type BinaryType = 'BINARY_FLOAT' | 'BINARY_DOUBLE';

const SIGN = 0x80;
const FLOAT_BYTES = 4;
/** Whatever sign and payload came in. */
const NOT_A_NUMBER = { BINARY_FLOAT: 'ffc00000', BINARY_DOUBLE: 'fff8000000000000' } as const;

export function encodeBinary(type: BinaryType, given: number): Buffer {
  // -0 becomes 0 ("IEEE754 Conformance").
  const value = given + 0;
  if (Number.isNaN(value)) return Buffer.from(NOT_A_NUMBER[type], 'hex');
  const bytes = Buffer.alloc(type === 'BINARY_FLOAT' ? FLOAT_BYTES : 8);
  if (type === 'BINARY_FLOAT') bytes.writeFloatBE(value);
  else bytes.writeDoubleBE(value);
  flip(bytes, ((bytes[0] ?? 0) & SIGN) !== 0);
  return bytes;
}

/** Of 4 or 8 bytes. */
export function decodeBinary(bytes: Buffer): number {
  const copy = Buffer.from(bytes);
  flip(copy, ((copy[0] ?? 0) & SIGN) === 0);
  return copy.length === FLOAT_BYTES ? copy.readFloatBE() : copy.readDoubleBE();
}

function flip(bytes: Buffer, all: boolean): void {
  if (!all) {
    bytes[0] = (bytes[0] ?? 0) ^ SIGN;
    return;
  }
  for (const [index, byte] of bytes.entries()) bytes[index] = byte ^ 0xff;
}

/**
 * As TO_CHAR without a mask prints it: `1.10000002E+000`, 9 or 17 significant digits without the zeros at their end,
 * `Nan`, `Inf`, `-Inf`. Source: SQL Language Reference, examples of VECTOR_SERIALIZE and NANVL; the 17 digits are assumed.
 */
export function binaryText(bytes: Buffer): string {
  const value = decodeBinary(bytes);
  if (Number.isNaN(value)) return 'Nan';
  if (!Number.isFinite(value)) return value > 0 ? 'Inf' : '-Inf';
  if (value === 0) return '0';
  const [mantissa = '', exponent = ''] = scientific(bytes).split('e');
  const digits = mantissa.replace(/(\.\d+?)0+$/, '$1');
  return `${digits}E${exponent.startsWith('-') ? '-' : '+'}${exponent.slice(1).padStart(3, '0')}`;
}

/** All digits that tell it from its neighbours. */
function scientific(bytes: Buffer): string {
  return decodeBinary(bytes).toExponential(bytes.length === FLOAT_BYTES ? 8 : 16);
}

const NUMBER_TEXT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:E[+-]?\d+)?$/;
const SPECIAL = new Map([
  ['NAN', Number.NaN],
  ['INF', Number.POSITIVE_INFINITY],
  ['-INF', Number.NEGATIVE_INFINITY],
]);

/** What TO_BINARY_DOUBLE reads, `INF`, `-INF` and `NaN` in any case included. @throws OracleError 1722. */
export function binaryFromText(type: BinaryType, text: string): Buffer {
  const trimmed = text.trim().toUpperCase();
  const special = SPECIAL.get(trimmed);
  if (special !== undefined) return encodeBinary(type, special);
  if (!NUMBER_TEXT.test(trimmed)) throw new OracleError(1722, 'invalid number');
  return encodeBinary(type, Number(trimmed));
}

/** A NUMBER of the same digits. @throws OracleError 1426 for infinities and what is too large, 1722 for NaN. */
export function binaryToDecimal(bytes: Buffer): string {
  const value = decodeBinary(bytes);
  if (Number.isNaN(value)) throw new OracleError(1722, 'invalid number');
  const decimal = Number.isFinite(value) ? parseDecimal(scientific(bytes)) : undefined;
  if (decimal === undefined) throw new OracleError(1426, 'numeric overflow');
  return decimal;
}

/** NaN equals itself and is above everything; the two zeros are equal. */
export function compareBinary(left: Buffer, right: Buffer): number {
  const a = decodeBinary(left);
  const b = decodeBinary(right);
  if (a === b) return 0;
  return Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a - b;
}
