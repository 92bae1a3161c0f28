/** The fast path for plain rows writes what column-encoder.ts writes, or leaves the row to it: bytes and refusals are the same. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Row, Value } from '../../../model/table.ts';
import type { EncodedColumn } from '../../../maxcompute/column-encoder.ts';
import { decodeRecords } from '../../../maxcompute/record-decoder.ts';
import { RecordEncoder } from '../../../maxcompute/record-encoder.ts';
import { encodedColumns } from './golden.ts';

/** The bytes, or why not, and how many values became NULL. */
type Outcome = readonly [stream: string, nulled: number];

function outcome(columns: readonly EncodedColumn[], rows: readonly Row[]): Outcome {
  const encoder = new RecordEncoder('golden', columns);
  const parts: Buffer[] = [];
  try {
    for (const row of rows) {
      encoder.write(row);
      if (encoder.buffered > 20_000) parts.push(Buffer.from(encoder.take()));
    }
    encoder.finish();
    return [Buffer.concat([...parts, encoder.take()]).toString('hex'), encoder.nulled];
  } catch (error: unknown) {
    return [error instanceof Error ? error.message : 'no error', 0];
  }
}

/** Of a table with a column of bytes no row is plain; where the last one is NULL, its stream is that of the table without it. */
function otherOutcome(columns: readonly EncodedColumn[], rows: readonly Row[]): Outcome {
  const last = {
    ...encodedColumns([{ name: 'bytes', type: 'binary' }])[0],
    field: columns.length + 1,
  } as EncodedColumn;
  return outcome(
    [...columns, last],
    rows.map((row) => [...row, null]),
  );
}

const digits = (most: number) => fc.stringMatching(new RegExp(`^-?[0-9]{1,${most}}$`));
const damaged = (text: fc.Arbitrary<string>) =>
  fc
    .tuple(
      text,
      fc.nat(40),
      fc.constantFrom('', ' ', '-', '.', '0', '9', ':', 'e', 'x', '\0', '\u00e9', '\u4e2d', '\ud83d'),
    )
    .map(([whole, at, other]) => whole.slice(0, at) + other + whole.slice(at + 1));
/** Mostly plain: a row that is not ends what the fast path does with texts beyond ASCII. */
const of = (plain: fc.Arbitrary<string>, ...others: fc.Arbitrary<Value>[]) =>
  fc.oneof(
    { weight: 30, arbitrary: plain },
    { weight: 2, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: damaged(plain) },
    ...others.map((arbitrary) => ({ weight: 2, arbitrary })),
  );

/** Among them the neighbours of the digits. Apart: what is not ASCII ends the fast path for the rows that wait together. */
const DAMAGES = ['/:0123456789-+. eE\0', '\u00e9', '\u0130', '\u4e3a'];

const ascii = fc.string({ unit: 'binary-ascii', maxLength: 40 });
const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const broken = fc.constantFrom(
  '\ud83d',
  '\ude00',
  'a\ud83d',
  '\ude00b',
  '\ufffd',
  '😀',
  'x'.repeat(8192),
  'é'.repeat(8193),
);
const day = fc.constantFrom(
  '0001-01-01',
  '9999-12-31',
  '1969-12-31',
  '2024-02-29',
  '2023-02-29',
  '1900-02-29',
  '0000-01-01',
  '2024-13-01',
  '2024-00-10',
  '2024-11-31',
  '2024-06-00',
  '1582-10-10',
);
const time = fc.constantFrom('00:00:00', '23:59:59', '24:00:00', '12:60:00', '12:00:60', '07:08:09');
const fraction = fc.constantFrom('', '', '', '.', '.1', '.123', '.120000', '.123456789', '.1234567890', '.000000001');
const moment = fc.oneof(
  day,
  fc.tuple(day, time, fraction).map(([date, clock, rest]) => `${date} ${clock}${rest}`),
);
const plainMoment = fc
  .tuple(fc.integer({ min: -62135596800, max: 253402300799 }), fc.constantFrom('', '.5', '.123456', '.123'))
  .map(
    ([second, rest]) => new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ').padStart(19, '0') + rest,
  );
const plainDay = plainMoment.map((text) => text.slice(0, 10));
const decimal = fc.stringMatching(/^-?(0|[1-9][0-9]{0,7})(\.[0-9]{0,4}[1-9])?$/);
const real = fc.oneof(
  fc.double().map(String),
  decimal,
  fc.constantFrom('NaN', '-Infinity', '-0', '1e39', '1e309', '.5', '1.', '-'),
);

const KINDS: readonly (readonly [type: string, values: fc.Arbitrary<Value>])[] = [
  ['string', of(ascii, anyText)],
  ['varchar(20)', of(fc.string({ unit: 'binary-ascii', maxLength: 20 }), anyText, broken)],
  ['string', of(anyText, broken)],
  [
    'bigint',
    of(
      digits(18),
      digits(21),
      fc.constantFrom(
        '9223372036854775807',
        '9223372036854775808',
        '-9223372036854775807',
        '-9223372036854775808',
        '18446744073709551616',
        '-0',
        '0',
        '-',
      ),
    ),
  ],
  ['int', of(digits(9), digits(11), fc.constantFrom('2147483647', '2147483648', '-2147483648', '-2147483649'))],
  ['smallint', of(digits(4), digits(6))],
  ['tinyint', of(digits(2), digits(4))],
  [
    'decimal(10,3)',
    of(
      fc.stringMatching(/^-?[0-9]{1,7}(\.[0-9]{1,3})?$/),
      decimal,
      fc.constantFrom('0000000001', '1.500000', '1.', '.5', '-', '1.5.5'),
    ),
  ],
  ['decimal(3,3)', of(fc.stringMatching(/^-?0\.[0-9]{1,3}$/), decimal)],
  ['decimal(38,0)', of(fc.stringMatching(/^-?[1-9][0-9]{0,37}$/), digits(40))],
  ['double', of(real)],
  ['float', of(real)],
  ['boolean', of(fc.constantFrom('true', 'false'), fc.constantFrom('TRUE', 'fals', 'falsy', 'truee', ''))],
  ['date', of(plainDay, moment)],
  ['datetime', of(plainMoment, moment)],
  ['timestamp', of(plainMoment, moment)],
  ['timestamp_ntz', of(moment)],
];

const columnsOf = (kinds: typeof KINDS, lenient: boolean): EncodedColumn[] =>
  encodedColumns(kinds.map(([type], index) => ({ name: `c${index}`, type }))).map((column) => ({
    ...column,
    ...(lenient && { overflow: 'null', bytesMax: 24_000 }),
  }));

/** Some kinds of column in any order, and rows for them. */
const table = fc.shuffledSubarray([...KINDS], { minLength: 1 }).chain((kinds) => {
  const row = fc.tuple(...kinds.map(([, values]) => values));
  return fc.tuple(fc.constant(kinds), fc.array(row, { maxLength: 60, size: 'max' }));
});

describe('a row that is written fast', () => {
  test('has the bytes that each value has alone, and what does not fit becomes NULL as often', () => {
    fc.assert(
      fc.property(table, ([kinds, rows]) => {
        const columns = columnsOf(kinds, true);
        expect(outcome(columns, rows)).toEqual(otherOutcome(columns, rows));
      }),
      { numRuns: 400 },
    );
  });

  test('is refused with the same words', () => {
    fc.assert(
      fc.property(table, ([kinds, rows]) => {
        const columns = columnsOf(kinds, false);
        expect(outcome(columns, rows)).toEqual(otherOutcome(columns, rows));
      }),
      { numRuns: 200 },
    );
  });

  test.each<[type: string, ...texts: string[]]>([
    ['bigint', '-9223372036854775807', '12345678', '7'],
    ['int', '-2147483648', '0'],
    ['decimal(10,3)', '-1234567.891', '0.5', '12'],
    ['boolean', 'true', 'false'],
    ['date', '2024-02-29', '2024-02-29 00:00:00', '2024-02-29 00:00:00.5', '9999-12-31'],
    ['datetime', '2024-02-29 12:34:56', '1969-12-31 23:59:59.123', '2024-02-29 12:34:56.123456'],
    ['timestamp_ntz', '2023-10-31 23:59:59', '0001-01-01 00:00:00.000000001', '2024-02-29'],
  ])('%s: every damage by one character is found', (type, ...texts) => {
    const columns = columnsOf([[type, fc.constant(null)]], true);
    // So many others that the fast path does not rest.
    const plain = Array.from({ length: 8 }, () => [texts[0] ?? '']);
    const damagedBy = (other: string) => (text: string) =>
      Array.from({ length: text.length + 1 }, (_, at) => at).flatMap((at) => [
        [text.slice(0, at) + other + text.slice(at + 1)],
        [text.slice(0, at) + other + text.slice(at)],
        ...plain,
      ]);
    for (const damages of DAMAGES) {
      const rows = Array.from(damages).flatMap((other) => texts.flatMap(damagedBy(other)));
      expect(outcome(columns, rows)).toEqual(otherOutcome(columns, rows));
    }
  });

  test.each<[string, string[]]>([
    ['the halves of a character in two columns', ['\ud83d', '\ude00']],
    ['the half of a character at the end of a row', ['a', '\ud83d']],
    ['the half of a character at the beginning of a row', ['\ude00', 'a']],
  ])('does not hide %s', (_, row) => {
    const columns = encodedColumns(row.map((_value, index) => ({ name: `c${index}`, type: 'string' })));
    expect(outcome(columns, [row, row])[0]).toContain('it is not well-formed Unicode');
  });

  test('keeps its place among those that are written otherwise, whole thousands of either', () => {
    const columns = encodedColumns(['string', 'bigint', 'double'].map((type, index) => ({ name: `c${index}`, type })));
    const rows = Array.from({ length: 20_000 }, (_, row) => [
      Math.floor(row / 3000) % 2 === 0 ? `row ${row}` : `\ufffd ${row}`,
      String(row - 10_000),
      row % 977 === 0 ? 'NaN' : null,
    ]);
    const encoder = new RecordEncoder('golden', columns);
    for (const row of rows) encoder.write(row);
    encoder.finish();
    expect(decodeRecords(encoder.take(), columns, 'reading')).toEqual(rows);
  });

  test('waits for others, and counts as buffered meanwhile', () => {
    const encoder = new RecordEncoder('golden', encodedColumns([{ name: 'c', type: 'string' }]));
    encoder.write(['some text']);
    expect([encoder.records, encoder.buffered]).toEqual([1, 9]);
    expect(encoder.take().length).toBeGreaterThan(9);
    expect(encoder.buffered).toBe(0);
  });
});
