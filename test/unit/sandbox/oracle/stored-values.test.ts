import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  binaryFromText,
  binaryText,
  binaryToDecimal,
  compareBinary,
  decodeBinary,
  encodeBinary,
} from '../../../../sandbox/oracle/binary-numbers.ts';
import { civilDate, dayNumber, daysInMonth } from '../../../../sandbox/oracle/calendar.ts';
import { decodeMoment, encodeDate, encodeZoned, roundFraction } from '../../../../sandbox/oracle/dates.ts';
import type { Moment } from '../../../../sandbox/oracle/dates.ts';
import {
  daySecondText,
  decodeDaySecond,
  decodeYearMonth,
  encodeDaySecond,
  encodeYearMonth,
  fitDaySecond,
  parseDaySecond,
  parseYearMonth,
  yearMonthText,
} from '../../../../sandbox/oracle/intervals.ts';
import { offsetAt, parseZone, zoneName } from '../../../../sandbox/oracle/time-zones.ts';

const hex = (bytes: Buffer): string => bytes.toString('hex');

describe('BINARY_DOUBLE and BINARY_FLOAT', () => {
  test.each([
    ['BINARY_DOUBLE', 1.5, 'bff8000000000000', '1.5E+000'],
    ['BINARY_DOUBLE', -1.5, '4007ffffffffffff', '-1.5E+000'],
    ['BINARY_DOUBLE', 0, '8000000000000000', '0'],
    ['BINARY_DOUBLE', -0, '8000000000000000', '0'],
    ['BINARY_DOUBLE', Number.NaN, 'fff8000000000000', 'Nan'],
    ['BINARY_DOUBLE', Number.POSITIVE_INFINITY, 'fff0000000000000', 'Inf'],
    ['BINARY_DOUBLE', Number.NEGATIVE_INFINITY, '000fffffffffffff', '-Inf'],
    ['BINARY_DOUBLE', 0.1, 'bfb999999999999a', '1.0000000000000001E-001'],
    ['BINARY_DOUBLE', 5e-324, '8000000000000001', '4.9406564584124654E-324'],
    ['BINARY_FLOAT', 1, 'bf800000', '1.0E+000'],
    ['BINARY_FLOAT', 1.1, 'bf8ccccd', '1.10000002E+000'],
    ['BINARY_FLOAT', 3.3, 'c0533333', '3.29999995E+000'],
    ['BINARY_FLOAT', 1e60, 'ff800000', 'Inf'],
  ] as const)('%s %d is stored as %s and printed as %s', (type, value, stored, text) => {
    expect(hex(encodeBinary(type, value))).toBe(stored);
    expect(binaryText(Buffer.from(stored, 'hex'))).toBe(text);
  });

  test('what is printed reads back as the same value, and the stored bytes sort as the values do', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (left, right) => {
        const [a, b] = [encodeBinary('BINARY_DOUBLE', left), encodeBinary('BINARY_DOUBLE', right)];
        expect(decodeBinary(a)).toBe(left + 0);
        expect(hex(binaryFromText('BINARY_DOUBLE', binaryText(a)))).toBe(hex(a));
        if (left !== right) expect(Math.sign(Buffer.compare(a, b))).toBe(Math.sign(compareBinary(a, b)));
      }),
    );
  });

  test('only finite values become a NUMBER', () => {
    expect(binaryToDecimal(encodeBinary('BINARY_FLOAT', 1.1))).toBe('1.10000002');
    expect(() => binaryToDecimal(encodeBinary('BINARY_DOUBLE', Number.POSITIVE_INFINITY))).toThrow(/ORA-01426/);
    expect(() => binaryToDecimal(encodeBinary('BINARY_DOUBLE', Number.NaN))).toThrow(/ORA-01722/);
  });
});

describe('intervals', () => {
  test.each([
    ['2-6', '8000000242', '+02-06'],
    ['-3-06', '7ffffffd36', '-03-06'],
    ['+0-0', '800000003c', '+00-00'],
    ['999999999-11', 'bb9ac9ff47', '+999999999-11'],
  ])('%s is stored as %s and printed as %s', (text, stored, printed) => {
    expect(hex(parseYearMonth(text))).toBe(stored);
    expect(yearMonthText(Buffer.from(stored, 'hex'), 2)).toBe(printed);
  });

  test.each([
    ['5 04:03:02.123456', '80000005403f3e875bca00', '+05 04:03:02.123456'],
    ['-1 2:3:4.56', '7fffffff3a39385e9f1400', '-01 02:03:04.560000'],
    ['0 00:00:00', '800000003c3c3c80000000', '+00 00:00:00.000000'],
  ])('%s is stored as %s and printed as %s', (text, stored, printed) => {
    expect(hex(parseDaySecond(text))).toBe(stored);
    expect(daySecondText(Buffer.from(stored, 'hex'), 2, 6)).toBe(printed);
  });

  test('every interval comes back from its bytes', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n }),
        fc.integer({ min: -1e9, max: 1e9 }),
        (nanos, months) => {
          expect(decodeDaySecond(encodeDaySecond(nanos))).toBe(nanos);
          expect(decodeYearMonth(encodeYearMonth(months))).toBe(months);
        },
      ),
    );
  });

  test('a fraction is rounded away from zero and may need another day', () => {
    expect(daySecondText(fitDaySecond(parseDaySecond('-0 00:00:00.5'), 2, 0), 2, 0)).toBe('-00 00:00:01');
    expect(() => fitDaySecond(parseDaySecond('99 23:59:59.9'), 2, 0)).toThrow(/ORA-01873/);
  });

  test.each([
    [parseYearMonth, '2', 1867],
    [parseYearMonth, '2-12', 1843],
    [parseDaySecond, '5', 1867],
    [parseDaySecond, '5 24:00:00', 1850],
    [parseDaySecond, '5 00:60:00', 1851],
    [parseDaySecond, '5 00:00:60', 1852],
  ])('%o refuses %s with ORA-%i', (parse, text, number) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ number }));
  });
});

describe('the calendar', () => {
  test.each([
    [1970, 1, 1, 0],
    [2000, 3, 1, 11_017],
    [1582, 10, 15, -141_427],
    [1582, 10, 4, -141_428],
    [1500, 2, 29, -171_596],
    [-4712, 1, 1, -2_440_588],
  ])('%i-%i-%i is day %i', (year, month, day, number) => {
    expect(dayNumber({ year, month, day })).toBe(number);
    expect(civilDate(number)).toEqual({ year, month, day });
  });

  test('every day number has a date and every date its day number', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2_440_588, max: 2_932_896 }), (days) => {
        const date = civilDate(days);
        expect(dayNumber(date)).toBe(days);
        expect(date.day).toBeLessThanOrEqual(daysInMonth(date.year, date.month));
      }),
    );
  });

  test('the first date is stored as DUMP shows it', () => {
    const first = { year: -4712, month: 1, day: 1, hour: 0, minute: 0, second: 0, nanos: 0 };
    expect([...encodeDate(first)]).toEqual([53, 88, 1, 1, 1, 1, 1]);
  });
});

describe('time zones', () => {
  const noon: Moment = { year: 2024, month: 7, day: 1, hour: 12, minute: 0, second: 0, nanos: 5 };

  test.each([
    ['+02:00', '+02:00', '787c07010b010100000005163c'],
    ['-8:30', '-08:30', '787c0701151f01000000050c1e'],
    ['0:00', '+00:00', '787c07010d010100000005143c'],
  ])('%s is %s, stored in UTC with hour + 20 and minute + 60', (text, name, stored) => {
    const zone = parseZone(text);
    expect(zoneName(zone)).toBe(name);
    expect(hex(encodeZoned(noon, zone))).toBe(stored);
    expect(decodeMoment(Buffer.from(stored, 'hex'))).toEqual(noon);
  });

  test('a region keeps its name, whatever the rule of the day', () => {
    const berlin = parseZone('Europe/Berlin');
    expect(zoneName(berlin)).toBe('EUROPE/BERLIN');
    for (const month of [1, 7]) {
      const bytes = encodeZoned({ ...noon, month }, berlin);
      expect((bytes[11] ?? 0) & 0x80).toBe(0x80);
      expect(bytes[4]).toBe(month === 1 ? 12 : 11);
      expect(decodeMoment(bytes)).toEqual({ ...noon, month });
    }
  });

  test('an hour that comes twice is standard time, one that is skipped is refused', () => {
    const berlin = parseZone('Europe/Berlin');
    const twice = encodeZoned({ ...noon, month: 10, day: 27, hour: 2 }, berlin);
    expect(twice[4]).toBe(2);
    expect(() => encodeZoned({ ...noon, month: 3, day: 31, hour: 2, minute: 30 }, berlin)).toThrow(/ORA-01878/);
    expect(offsetAt(berlin, -10_000_000_000)).toBe(3208);
  });

  test.each([
    ['Nowhere/Here', 1882],
    ['+1', 1882],
    ['+16:00', 1874],
    ['+02:60', 1875],
  ])('%s is no zone: ORA-%i', (text, number) => {
    expect(() => parseZone(text)).toThrow(expect.objectContaining({ number }));
  });
});

test('a rounded fraction may need another second, day and year', () => {
  const last = { year: 2023, month: 12, day: 31, hour: 23, minute: 59, second: 59, nanos: 999_999_500 };
  expect(roundFraction(last, 6)).toEqual({ year: 2024, month: 1, day: 1, hour: 0, minute: 0, second: 0, nanos: 0 });
  expect(() => encodeDate(roundFraction({ ...last, year: 9999 }, 6))).toThrow(/ORA-01841/);
});
