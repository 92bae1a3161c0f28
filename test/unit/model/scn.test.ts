import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addToScn, compareScn, maxScn, minScn, scn, shortScn } from '../../../model/scn.ts';

const anyScn = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe('an SCN', () => {
  test.each(['0', '1', '9', '812345', '9007199254740993', '18446744073709551615'])('may be %s', (text) => {
    expect(scn(text)).toBe(text);
  });

  test.each(['', ' 1', '1 ', '-1', '+1', '01', '00', '1.0', '1e3', '0x1f', '１', '123456789012345678901', 'null'])(
    'is never %j',
    (text) => {
      expect(() => scn(text)).toThrow(RangeError);
    },
  );

  test('is ordered as a number, also above 2^53', () => {
    fc.assert(
      fc.property(anyScn, anyScn, (a, b) => {
        const order = compareScn(scn(String(a)), scn(String(b)));
        expect(Math.sign(order)).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });

  test('has a smaller and a larger of two', () => {
    expect(minScn(scn('9'), scn('10'))).toBe('9');
    expect(maxScn(scn('9'), scn('10'))).toBe('10');
    expect(minScn(scn('10'), scn('9'))).toBe('9');
    expect(maxScn(scn('10'), scn('9'))).toBe('10');
  });

  test.each([
    ['9007199254740993', 1, '9007199254740994'],
    ['99', 1, '100'],
    ['100', -1, '99'],
    ['5', -9, '0'],
    ['5', 0, '5'],
  ])('moves exactly: %s and %i is %s', (from, by, to) => {
    expect(addToScn(scn(from), by)).toBe(to);
  });

  test.each([
    ['812345', '812345'],
    ['123456789', '123456789'],
    ['1234567890', '123…67890'],
  ])('is shown to people with its end: %s as %s', (long, short) => {
    expect(shortScn(scn(long))).toBe(short);
  });
});
