import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNumber, writeNumber } from '../../../../sandbox/oracle/number-bytes.ts';
import { WireWriter } from '../../../../sandbox/oracle/wire-writer.ts';

function written(text: string): string {
  const writer = new WireWriter();
  writeNumber(writer, text);
  const bytes = writer.view();
  expect(bytes[0]).toBe(bytes.length - 1);
  return bytes.subarray(1).toString('hex').toUpperCase();
}

/** By the rule that Oracle documents for VARNUM: base-100 digits, exponent in excess 193 (62 for negative), 102 at the end. */
const KNOWN: readonly (readonly [text: string, hex: string])[] = [
  ['0', '80'],
  ['1', 'C102'],
  ['-1', '3E6466'],
  ['10', 'C10B'],
  ['99', 'C164'],
  ['100', 'C202'],
  ['-100', '3D6466'],
  ['123', 'C20218'],
  ['-123', '3D644E66'],
  ['1234567.89', 'C402182E445A'],
  ['0.5', 'C033'],
  ['0.01', 'C002'],
  ['0.001', 'BF0B'],
  ['-0.5', '3F3366'],
  ['1000000', 'C402'],
  ['123456789012345678901234567890', 'CF0D23394F5B0D23394F5B0D23394F5B'],
];

describe('NUMBER bytes', () => {
  test.each(KNOWN)('%s is written as %s and read back', (text, hex) => {
    expect(written(text)).toBe(hex);
    expect(readNumber(Buffer.from(hex, 'hex'))).toBe(text);
  });

  test('40 digits fit, 41 do not', () => {
    expect(written('9'.repeat(40))).toBe(`D4${'64'.repeat(20)}`);
    expect(written(`-${'9'.repeat(40)}`)).toBe(`2B${'02'.repeat(20)}`);
    expect(() => written('9'.repeat(41))).toThrow(RangeError);
  });

  test('text that is no plain decimal is refused', () => {
    for (const text of ['1e5', 'NaN', '+1', '1,5']) expect(() => written(text)).toThrow(RangeError);
  });

  test('the infinities are refused', () => {
    expect(() => readNumber(Buffer.from('00', 'hex'))).toThrow(RangeError);
    expect(() => readNumber(Buffer.from('FF', 'hex'))).toThrow(RangeError);
  });

  test('every number of up to 38 digits comes back as it was', () => {
    const digits = fc.stringMatching(/^[0-9]{1,38}$/);
    fc.assert(
      fc.property(digits, fc.nat(60), fc.boolean(), (all, shift, negative) => {
        const text = canonical(all, shift, negative);
        expect(readNumber(Buffer.from(written(text), 'hex'))).toBe(text);
      }),
    );
  });
});

/** The digits with a decimal point before the last `shift` of them. */
function canonical(digits: string, shift: number, negative: boolean): string {
  const padded = digits.padStart(shift + 1, '0');
  const whole = padded.slice(0, padded.length - shift).replace(/^0+(?=.)/, '');
  const fraction = padded.slice(padded.length - shift).replace(/0+$/, '');
  const text = fraction === '' ? whole : `${whole}.${fraction}`;
  return negative && text !== '0' ? `-${text}` : text;
}
