import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toUtc } from '../../../oracle/calendar.ts';

const MINUTE_MS = 60_000;

/** 1583 to 9998, where Oracle's calendar and that of JS Date are one. */
const gregorianMs = fc.integer({ min: Date.UTC(1583, 0, 2) / 1000, max: Date.UTC(9998, 11, 30) / 1000 });
const minutesEast = fc.integer({ min: -15 * 60 - 59, max: 15 * 60 + 59 });
const textOf = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 19);

describe('a local time in UTC', () => {
  test('is what JS Date says in the years that both have', () => {
    fc.assert(
      fc.property(gregorianMs, minutesEast, (seconds, minutes) => {
        expect(toUtc(textOf(seconds * 1000 + minutes * MINUTE_MS), minutes)).toBe(textOf(seconds * 1000));
      }),
      { numRuns: 2000 },
    );
  });

  test('goes back to the local time, in every year', () => {
    const day = fc.tuple(
      fc.integer({ min: -4712, max: 9999 }).filter((year) => year !== 0),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 28 }),
      fc.integer({ min: 0, max: 1439 }),
    );
    fc.assert(
      fc.property(day, minutesEast, ([year, month, of, minute], minutes) => {
        fc.pre(!(year === 1582 && month === 10));
        const two = (value: number): string => String(value).padStart(2, '0');
        const date = `${year < 0 ? '-' : ''}${String(Math.abs(year)).padStart(4, '0')}-${two(month)}-${two(of)}`;
        const local = `${date} ${two(Math.floor(minute / 60))}:${two(minute % 60)}:07.000000001`;
        const utc = toUtc(local, minutes);
        // Out of Oracle's years, or over the border between the eras.
        if (utc === undefined) expect(local).toMatch(/^(?:-4712|0001)-01-01 /);
        else expect(toUtc(utc, -minutes)).toBe(local);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    // The last Julian day and the first Gregorian one are neighbours.
    ['1582-10-04 23:00:00', -120, '1582-10-15 01:00:00'],
    ['1582-10-15 01:00:00', 120, '1582-10-04 23:00:00'],
    // A leap year in the Julian calendar only.
    ['1500-02-28 23:00:00', -120, '1500-02-29 01:00:00'],
    ['1500-03-01 01:00:00', 120, '1500-02-29 23:00:00'],
    ['1700-02-28 23:00:00', -120, '1700-03-01 01:00:00'],
    ['1600-02-28 23:00:00', -120, '1600-02-29 01:00:00'],
    ['-4712-02-28 23:00:00', -120, '-4712-02-29 01:00:00'],
    ['-0002-12-31 23:00:00', -120, '-0001-01-01 01:00:00'],
    ['0999-12-31 23:59:59.5', -1, '1000-01-01 00:00:59.5'],
    ['9999-12-31 23:59:59.999999999', 0, '9999-12-31 23:59:59.999999999'],
    ['-4712-01-01 00:00:00', 0, '-4712-01-01 00:00:00'],
    ['9999-12-31 23:59:59', -1, undefined],
    ['-4712-01-01 00:00:59', 1, undefined],
    ['0001-01-01 00:00:00', 1, undefined],
    ['-0001-12-31 23:59:00', -1, undefined],
  ])('%s, %i minutes east, is %s', (local, minutes, utc) => {
    expect(toUtc(local, minutes)).toBe(utc);
  });
});
