import { expect, test } from 'vitest';
import { compileDateWriter } from '../../../../sandbox/oracle/date-mask-writer.ts';
import { formatMoment } from '../../../../sandbox/oracle/date-masks.ts';
import { decodeMoment, encodeTimestamp } from '../../../../sandbox/oracle/dates.ts';
import type { SqlType, SqlValue } from '../../../../sandbox/oracle/engine.ts';
import { readNumber, writeNumber } from '../../../../sandbox/oracle/number-bytes.ts';
import { numberText } from '../../../../sandbox/oracle/number-text.ts';
import { RowFormat, skipValues } from '../../../../sandbox/oracle/row-format.ts';
import { WireWriter } from '../../../../sandbox/oracle/wire-writer.ts';

const TYPES: readonly SqlType[] = ['NUMBER', 'VARCHAR2', 'CHAR', 'DATE', 'TIMESTAMP', 'RAW', 'NVARCHAR2', 'ROWID'];

const moment = { year: 2026, month: 3, day: 14, hour: 15, minute: 9, second: 26, nanos: 535_897_932 };

const ROWS: readonly (readonly [what: string, values: readonly SqlValue[]])[] = [
  [
    'values of every form',
    [
      '-12.5',
      'grün',
      'A  ',
      Buffer.from([120, 126, 3, 14, 16, 10, 27]),
      encodeTimestamp(moment),
      Buffer.from([0, 254, 255]),
      '日本',
      'AAAR65AAEAAAACDAAB',
    ],
  ],
  ['nothing but NULL', TYPES.map(() => null)],
  [
    'values longer than one length byte tells',
    ['0', 'ü'.repeat(2000), null, null, null, Buffer.alloc(2000, 7), 'x'.repeat(900), null],
  ],
  ['a value longer than a chunk', ['1', 'y'.repeat(70_000), null, null, null, null, null, null]],
];

test.each(ROWS)('a stored row gives back %s, whole and by column', (_what, values) => {
  const format = new RowFormat(TYPES);
  const offsets = [1, 2, 3].map(() => format.store(values));
  for (const offset of offsets.slice(-1)) {
    const { bytes } = format.page;
    expect(format.read(bytes, offset)).toEqual(values);
    expect(TYPES.map((_type, column) => format.readColumn(bytes, offset, column))).toEqual(values);
    expect(format.readColumn(bytes, offset, TYPES.length)).toBeNull();
  }
});

test('stored rows follow each other in a page, and a row that does not fit begins the next page', () => {
  const format = new RowFormat(['VARCHAR2']);
  const first = format.store(['a'.repeat(200)]);
  const { page } = format;
  expect(format.store(['b'])).toBe(skipValues(page.bytes, first, 1));
  expect(format.page).toBe(page);
  expect(format.store(['c'.repeat(20_000)])).toBe(0);
  expect(format.page).not.toBe(page);
  expect(page.format.read(page.bytes, first)).toEqual(['a'.repeat(200)]);
});

const NUMBERS = [
  '0',
  '1',
  '-1',
  '9',
  '10',
  '99',
  '100',
  '-100',
  '101',
  '1000000',
  '0.5',
  '-0.5',
  '0.05',
  '0.000074',
  '34.34',
  '-34.3',
  '123456789012.34',
  '99999999999999',
  '-99999999999999',
  '100000000000000',
  '0.00000000000001',
  '12345678901234567890.5',
  '9'.repeat(38),
  `1${'0'.repeat(125)}`,
  `0.${'0'.repeat(129)}1`,
] as const;

test.each(NUMBERS)('%s is read from stored bytes as it was written', (text) => {
  const writer = new WireWriter(64);
  writer.uint8(0);
  writeNumber(writer, text);
  const bytes = Buffer.from(writer.view());
  expect(numberText(bytes, 2, bytes.length)).toBe(text);
  expect(readNumber(bytes.subarray(2))).toBe(text);
});

test('numbers of up to 14 digits are read as the general reader reads them', () => {
  const writer = new WireWriter(64);
  for (let index = 1; index <= 3000; index++) {
    const digits = String((index * 7_919_993) % 10 ** (1 + (index % 14)));
    const point = index % (digits.length + 1);
    const number = Number(`${digits.slice(0, point)}.${digits.slice(point)}`);
    const text = `${index % 2 === 0 && number !== 0 ? '-' : ''}${number.toFixed(10).replace(/\.?0+$/, '')}`;
    writer.clear();
    writeNumber(writer, text);
    const bytes = Buffer.from(writer.view());
    expect(numberText(bytes, 1, bytes.length)).toBe(readNumber(bytes.subarray(1)));
  }
});

const MASKS = [
  'SYYYY-MM-DD HH24:MI:SS',
  'YYYY/MM/DD',
  'SYYYY-MM-DD"T"HH24:MI:SS.FF9',
  'HH24:MI:SSXFF3',
  'FF',
  'YYYYMMDDHH24MISS',
];

test.each(MASKS)('%s is written as it is formatted', (mask) => {
  const writer = compileDateWriter(mask, 6);
  if (writer === undefined) throw new Error(`${mask} has one length`);
  const moments = [
    moment,
    { ...moment, nanos: 0 },
    { ...moment, year: -44, nanos: 1000 },
    { ...moment, year: 9999, second: 0 },
  ];
  for (const stored of moments.map(encodeTimestamp)) {
    const target = Buffer.alloc(writer.length + 2);
    writer.write({ bytes: Buffer.concat([Buffer.of(99), stored]), at: 1, size: stored.length }, target, 1);
    const expected = formatMoment(decodeMoment(stored), mask, {
      zoneMinutes: 0,
      zoneName: '+00:00',
      fractionDigits: 6,
    });
    expect(target.toString('latin1', 1, writer.length + 1)).toBe(expected);
    expect([target[0], target.at(-1)]).toEqual([0, 0]);
  }
});

test.each(['MON', 'HH:MI AM', 'TZH:TZM'])('%s is left to the general formatter', (mask) => {
  expect(compileDateWriter(mask, 6)).toBeUndefined();
});

test('an unknown mask is refused', () => {
  expect(() => compileDateWriter('QUARTER', 6)).toThrow('ORA-01821');
});
