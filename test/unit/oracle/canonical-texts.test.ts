/** Properties of the canonical texts of numbers, floats and intervals (model/table.ts). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { doubleText, floatText, printedDouble, printedFloat } from '../../../oracle/float-text.ts';
import { isoDaysSeconds, isoYearsMonths } from '../../../oracle/interval-text.ts';
import { canonicalNumber } from '../../../oracle/number-text.ts';

/** Digits and the power of ten that they are multiplied with, as far as NUMBER reaches. */
const decimal = fc.tuple(
  fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
  fc.integer({ min: -130, max: 88 }),
);

describe('a canonical number', () => {
  test('has one text, however it is written', () => {
    fc.assert(
      fc.property(decimal, fc.integer({ min: 0, max: 5 }), ([digits, exponent], zeros) => {
        const canonical = canonicalNumber(`${digits}E${exponent}`);
        const sign = digits < 0n ? '-' : '';
        const positive = String(digits < 0n ? -digits : digits);
        expect(canonicalNumber(`${digits}${'0'.repeat(zeros)}E${exponent - zeros}`)).toBe(canonical);
        expect(canonicalNumber(`${sign}${'0'.repeat(zeros)}${positive}.${'0'.repeat(zeros)}e${exponent}`)).toBe(
          canonical,
        );
        expect(canonicalNumber(`${sign}.${positive}E${exponent + positive.length}`)).toBe(canonical);
        expect(canonicalNumber(canonical ?? '')).toBe(canonical);
      }),
    );
  });

  test('is plain and exact', () => {
    fc.assert(
      fc.property(decimal, ([digits, exponent]) => {
        const canonical = canonicalNumber(`${digits}E${exponent}`) ?? '';
        expect(canonical).toMatch(/^(?:0|-?(?:[1-9]\d*|0(?=\.))(?:\.\d*[1-9])?)$/);
        const [whole = '', fraction = ''] = canonical.split('.');
        // Both sides times 10^130.
        expect(BigInt(`${whole}${fraction}`) * 10n ** BigInt(130 - fraction.length)).toBe(
          digits * 10n ** BigInt(130 + exponent),
        );
      }),
    );
  });
});

/** Neither zero: toExponential drops its sign. */
const finite = (values: fc.Arbitrary<number>): fc.Arbitrary<number> =>
  values.filter((value) => Number.isFinite(value) && value !== 0);
const float32 = finite(fc.float());

describe('a float', () => {
  test('is identified by its text', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(printedDouble(doubleText(value))).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.float(), (value) => {
        expect(printedFloat(floatText(value) ?? '')).toBe(value);
      }),
    );
  });

  test('is the same from what Oracle prints: 17 digits of a double, 9 of a float', () => {
    fc.assert(
      fc.property(finite(fc.double()), (value) => {
        expect(printedDouble(value.toExponential(16).toUpperCase())).toBe(value);
      }),
    );
    fc.assert(
      fc.property(float32, (value) => {
        const printed = printedFloat(value.toExponential(8).toUpperCase());
        expect(printed).toBe(value);
        expect(floatText(printed ?? NaN)).toBe(floatText(value));
      }),
    );
  });

  test('of 32 bits has no shorter rounded text', () => {
    fc.assert(
      fc.property(float32, (value) => {
        const [, digits = ''] = /^-?(?:0\.0*)?([\d.]*)/.exec(floatText(value) ?? '') ?? [];
        const count = digits.replace('.', '').replace(/0+$/, '').length;
        expect(count).toBeLessThanOrEqual(9);
        if (count > 1) expect(Math.fround(Number(value.toPrecision(count - 1)))).not.toBe(value);
      }),
    );
  });
});

describe('an interval', () => {
  const two = (value: number): string => String(value).padStart(2, '0');
  const large = fc.integer({ min: 0, max: 999_999_999 });
  const below = (limit: number) => fc.integer({ min: 0, max: limit - 1 });

  test('in ISO 8601 says what Oracle prints', () => {
    fc.assert(
      fc.property(fc.constantFrom('+', '-'), large, below(12), (sign, years, months) => {
        const [, minus, y = '0', m = '0'] =
          /^(-?)P(?:(\d+)Y)?(?:(\d+)M)?$/.exec(isoYearsMonths(`${sign}${two(years)}-${two(months)}`) ?? '') ?? [];
        expect([Number(y), Number(m), minus]).toEqual([years, months, sign === '-' && years + months > 0 ? '-' : '']);
      }),
    );
    const parts = [large, below(24), below(60), below(60), below(1_000_000_000)] as const;
    fc.assert(
      fc.property(fc.constantFrom('+', '-'), fc.tuple(...parts), (sign, [days, hours, minutes, seconds, nanos]) => {
        const fraction = String(nanos).padStart(9, '0');
        const iso =
          isoDaysSeconds(`${sign}${two(days)} ${two(hours)}:${two(minutes)}:${two(seconds)}.${fraction}`) ?? '';
        const [, minus, d = '0', h = '0', m = '0', s = '0', f = ''] =
          /^(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$/.exec(iso) ?? [];
        expect([d, h, m, s, f.padEnd(9, '0')].map(Number)).toEqual([days, hours, minutes, seconds, nanos]);
        expect(minus).toBe(sign === '-' && days + hours + minutes + seconds + nanos > 0 ? '-' : '');
        expect(iso).not.toMatch(/T$|\D0+[DHMY]|\.\d*0S/);
      }),
    );
  });
});
