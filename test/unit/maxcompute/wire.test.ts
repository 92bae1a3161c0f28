import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dateText, daysFromCivil, instantText, WallClock } from '../../../maxcompute/calendar.ts';
import { IntegerText } from '../../../maxcompute/integer-text.ts';
import { RecordSeal } from '../../../maxcompute/record-seal.ts';
import { WireWriter } from '../../../maxcompute/wire.ts';

const newWire = (capacity?: number): WireWriter => new WireWriter(new RecordSeal(new Map()), capacity);

describe('the wire', () => {
  test.each<{ name: string; write: (wire: WireWriter) => void; hex: string }>([
    {
      name: 'the end of a record of nulls',
      write: (wire) => {
        wire.endRecord();
      },
      hex: '80c0ff7f00',
    },
    {
      name: 'the footer of nothing',
      write: (wire) => {
        wire.footer(0);
      },
      hex: 'f0ffff7f00f8ffff7f00',
    },
    { name: 'a Chinese character', write: (wire) => wire.text('中'), hex: '03e4b8ad' },
    { name: 'a character beyond 16 bits', write: (wire) => wire.text('😀'), hex: '04f09f9880' },
    { name: 'empty text', write: (wire) => wire.text(''), hex: '00' },
    {
      name: 'column 16',
      write: (wire) => {
        wire.column((16 << 3) | 2);
      },
      hex: '8201',
    },
    {
      name: 'column 1200',
      write: (wire) => {
        wire.column((1200 << 3) | 2);
      },
      hex: '824b',
    },
    {
      name: 'minus one',
      write: (wire) => {
        wire.integer(-1);
      },
      hex: '01',
    },
    {
      name: '2^53 - 1',
      write: (wire) => {
        wire.integer(Number.MAX_SAFE_INTEGER);
      },
      hex: 'feffffffffffff1f',
    },
    {
      name: '-(2^53 - 1)',
      write: (wire) => {
        wire.integer(Number.MIN_SAFE_INTEGER);
      },
      hex: 'fdffffffffffff1f',
    },
  ])('$name is $hex', ({ write, hex }) => {
    const wire = newWire(64);
    write(wire);
    expect(wire.take().toString('hex')).toBe(hex);
  });

  test('text of any length and script is its UTF-8 behind its length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const wire = newWire(64);
        const bytes = Buffer.from(text);
        expect(wire.text(text)).toBe(bytes.length);
        const stream = wire.take();
        expect(stream.subarray(stream.length - bytes.length).equals(bytes)).toBe(true);
        expect(stream.length - bytes.length).toBe(bytes.length < 128 ? 1 : 2);
      }),
    );
  });

  test.each([1, 41, 42, 100, 200])('a lone surrogate at the end of %d characters is not text', (length) => {
    expect(newWire().text(`${'x'.repeat(length - 1)}\ud83d`)).toBe(-1);
    expect(newWire().text(`${'x'.repeat(length - 1)}\ude00`)).toBe(-1);
  });

  test('the buffer grows under a value larger than itself', () => {
    const wire = newWire(64);
    wire.binary(new Uint8Array(1000).fill(7));
    wire.text('y'.repeat(5000));
    const stream = wire.take();
    expect(stream.length).toBe(2 + 1000 + 2 + 5000);
    expect(stream.subarray(-1).toString()).toBe('y');
  });
});

test('what was taken stays as it is while the next part is written, and the part after it takes its memory', () => {
  const wire = newWire(64);
  wire.text('first');
  const first = wire.take();
  wire.text('other');
  expect(first.subarray(1).toString()).toBe('first');
  expect(wire.take().subarray(1).toString()).toBe('other');
  wire.text('third');
  expect(first.subarray(1).toString()).toBe('third');
});

describe('integer text', () => {
  test('is every integer of 64 bits, as BigInt reads it', () => {
    const integer = new IntegerText();
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }), (value) => {
        expect(integer.read(value.toString())).toBe(true);
        expect((BigInt(integer.high) << 32n) | BigInt(integer.low >>> 0)).toBe(value);
        for (const bits of [8, 16, 32]) expect(integer.fits(bits)).toBe(BigInt.asIntN(bits, value) === value);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    '',
    '-',
    '+1',
    '1.0',
    '1e3',
    ' 1',
    '9223372036854775808',
    '-9223372036854775808',
    '10000000000000000000',
    'NaN',
  ])('is not %j', (text) => {
    expect(new IntegerText().read(text)).toBe(false);
  });
});

describe('the calendar', () => {
  test('agrees with the JS Date over the years 1 to 9999', () => {
    const wrong: number[] = [];
    for (let days = daysFromCivil(1, 1, 1); days <= daysFromCivil(9999, 12, 31); days += 17) {
      const text = new Date(days * 86400_000).toISOString().slice(0, 10);
      const [year = 0, month = 0, day = 0] = text.split('-').map(Number);
      if (dateText(days) !== text || daysFromCivil(year, month, day) !== days) wrong.push(days);
    }
    expect(wrong).toEqual([]);
  });

  test('reads back what it prints', () => {
    const clock = new WallClock();
    const seconds = fc.integer({ min: -62135596800, max: 253402300799 });
    fc.assert(
      fc.property(seconds, fc.integer({ min: 0, max: 999_999_999 }), (second, nanos) => {
        expect(clock.read(instantText(second, nanos))).toBe(true);
        expect([clock.days * 86400 + clock.secondOfDay, clock.nanos]).toEqual([second, nanos]);
      }),
    );
  });

  test.each([
    '',
    '2024-02-30',
    '2023-02-29',
    '1900-02-29',
    '1500-02-29 00:00:00',
    '0000-01-01',
    '-4712-01-01 00:00:00',
    '2024-13-01',
    '2024-1-01',
    '2024-01-01T00:00:00',
    '2024-01-01 24:00:00',
    '2024-01-01 00:60:00',
    '2024-01-01 00:00:60',
    '2024-01-01 00:00:00.',
    '2024-01-01 00:00:00.1234567890',
    '2024-01-01 00:00:00.12x',
    '20x4-01-01',
    '202x-01-01',
  ])('does not know %j', (text) => {
    expect(new WallClock().read(text)).toBe(false);
  });
});
