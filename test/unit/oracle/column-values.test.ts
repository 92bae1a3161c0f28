import { describe, expect, test } from 'vitest';
import type { Value } from '../../../model/table.ts';
import { columnValue } from '../../../oracle/column-values.ts';
import { InternalFormatError, internalValue, storedText } from '../../../oracle/internal-formats.ts';
import { parseLiteral } from '../../../oracle/literals.ts';
import { oracleType } from '../../support/redo-rows.ts';

const valueOf = (sql: string, base: string): Value | undefined =>
  columnValue(parseLiteral(sql), { name: 'C', type: { base }, nullable: true });

describe('a literal becomes the canonical value of its column', () => {
  test.each([
    ['NUMBER', `'1'`, '1'],
    ['NUMBER', `-7`, '-7'],
    ['NUMBER', `'.5'`, '0.5'],
    ['NUMBER', `'-.50'`, '-0.5'],
    ['NUMBER', `'0'`, '0'],
    ['NUMBER', `'-0'`, '0'],
    ['NUMBER', `'007.10'`, '7.1'],
    ['NUMBER', `'1E+3'`, '1000'],
    ['NUMBER', `'1.25E-003'`, '0.00125'],
    ['NUMBER', `'1E+125'`, `1${'0'.repeat(125)}`],
    ['NUMBER', `'12345678901234567890123456789012345678'`, '12345678901234567890123456789012345678'],
    ['FLOAT', `'12.5'`, '12.5'],
    ['VARCHAR2', `'it''s'`, "it's"],
    ['VARCHAR2', `'NULL'`, 'NULL'],
    ['VARCHAR2', `''`, null],
    ['CHAR', `'NEW '`, 'NEW '],
    ['NVARCHAR2', `UNISTR('\\0416') || 'x'`, 'Жx'],
    ['DATE', `TO_DATE('2024-02-29 23:59:59', 'YYYY-MM-DD HH24:MI:SS')`, '2024-02-29 23:59:59'],
    ['DATE', `TO_DATE('-4712-01-01 00:00:00', 'SYYYY-MM-DD HH24:MI:SS')`, '-4712-01-01 00:00:00'],
    ['DATE', `TO_DATE(' 2024-01-01 00:00:00', 'SYYYY-MM-DD HH24:MI:SS')`, '2024-01-01 00:00:00'],
    ['TIMESTAMP', `TO_TIMESTAMP('2024-02-29 23:59:59')`, '2024-02-29 23:59:59'],
    ['TIMESTAMP', `TO_TIMESTAMP(' 2024-02-29 23:59:59.')`, '2024-02-29 23:59:59'],
    ['TIMESTAMP', `TO_TIMESTAMP(' 2024-02-29 23:59:59.000000000')`, '2024-02-29 23:59:59'],
    ['TIMESTAMP', `TO_TIMESTAMP(' 2024-02-29 23:59:59.5')`, '2024-02-29 23:59:59.500000000'],
    ['TIMESTAMP', `TO_TIMESTAMP(' 2024-02-29 23:59:59.123456')`, '2024-02-29 23:59:59.123456000'],
    ['TIMESTAMP', `TO_TIMESTAMP(' 0001-01-01 00:00:00.000000001')`, '0001-01-01 00:00:00.000000001'],
    ['TIMESTAMP', `TO_TIMESTAMP(' 9999-12-31 23:59:59.999999999')`, '9999-12-31 23:59:59.999999999'],
    ['TIMESTAMP', `TO_TIMESTAMP('-0044-03-15 12:00:00.000000010')`, '-0044-03-15 12:00:00.000000010'],
    ['TIMESTAMP', 'NULL', null],
    ['FLOAT', `'1E-020'`, '0.00000000000000000001'],
    ['CHAR', `'   '`, '   '],
    ['RAW', `HEXTORAW('0eFF')`, Uint8Array.of(14, 255)],
    ['RAW', `HEXTORAW('')`, null],
    ['RAW', 'NULL', null],
    ['NUMBER', 'NULL', null],
    ['NUMBER', `'1E-130'`, `0.${'0'.repeat(129)}1`],
    ['NUMBER', `'9.99999999999999999999999999999999999999E+125'`, `${'9'.repeat(39)}${'0'.repeat(87)}`],
    ['NUMBER', `'-99999999999999999999999999999999999999'`, `-${'9'.repeat(38)}`],
    // Of NUMBER(38,-84) and NUMBER(1,127).
    ['NUMBER', `'1E+84'`, `1${'0'.repeat(84)}`],
    ['NUMBER', `'-1E-127'`, `-0.${'0'.repeat(126)}1`],
    ['NUMBER', `'12300'`, '12300'],
    ['BINARY_DOUBLE', `'1.5E+000'`, '1.5'],
    ['BINARY_DOUBLE', `'1.0000000000000001E-001'`, '0.1'],
    ['BINARY_DOUBLE', `'-2.5E-010'`, '-2.5e-10'],
    ['BINARY_DOUBLE', `'4.9E-324'`, '5e-324'],
    ['BINARY_DOUBLE', `'1.7976931348623157E+308'`, '1.7976931348623157e+308'],
    ['BINARY_DOUBLE', `'9007199254740993'`, '9007199254740992'],
    ['BINARY_DOUBLE', `'0'`, '0'],
    ['BINARY_DOUBLE', `'-0'`, '-0'],
    ['BINARY_DOUBLE', `'-0.0E+000'`, '-0'],
    ['BINARY_DOUBLE', `'Nan'`, 'NaN'],
    ['BINARY_DOUBLE', `'Inf'`, 'Infinity'],
    ['BINARY_DOUBLE', `'-Inf'`, '-Infinity'],
    ['BINARY_DOUBLE', `-7`, '-7'],
    ['BINARY_DOUBLE', 'NULL', null],
    ['BINARY_FLOAT', `'1.00000001E-001'`, '0.1'],
    ['BINARY_FLOAT', `'3.40282347E+038'`, '3.4028235e+38'],
    ['BINARY_FLOAT', `'1.40129846E-045'`, '1e-45'],
    ['BINARY_FLOAT', `'-0'`, '-0'],
    ['BINARY_FLOAT', `'NaN'`, 'NaN'],
    ['BINARY_FLOAT', `'-Infinity'`, '-Infinity'],
    ['NCHAR', `UNISTR('\\8BA2')||' '`, '订 '],
    ['NVARCHAR2', `UNISTR('\\D83D\\DE00\\\\')`, '😀\\'],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ(' 2024-02-29 23:59:59.5 +00:00')`, '2024-02-29 23:59:59.500000000'],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ(' 2024-02-29 23:59:59. +08:00')`, '2024-02-29 15:59:59'],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ(' 2024-02-29 23:59:59 -00:30')`, '2024-03-01 00:29:59'],
    [
      'TIMESTAMP WITH TIME ZONE',
      `TO_TIMESTAMP_TZ(' 2023-02-28 23:00:00.123456789 -12:00')`,
      '2023-03-01 11:00:00.123456789',
    ],
    [
      'TIMESTAMP WITH TIME ZONE',
      `TO_TIMESTAMP_TZ(' 2024-01-01 13:59:59.999999999 +14:00')`,
      '2023-12-31 23:59:59.999999999',
    ],
    [
      'TIMESTAMP WITH TIME ZONE',
      `TO_TIMESTAMP_TZ(' 2023-12-31 12:00:00.000000001 -12:00')`,
      '2024-01-01 00:00:00.000000001',
    ],
    [
      'TIMESTAMP WITH TIME ZONE',
      `TO_TIMESTAMP_TZ(' 9999-12-31 23:59:59.999999999 +14:00')`,
      '9999-12-31 09:59:59.999999999',
    ],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ('-4712-01-01 00:00:00 -12:00')`, '-4712-01-01 12:00:00'],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ('-0044-12-31 23:00:00 -02:00')`, '-0043-01-01 01:00:00'],
    [
      'TIMESTAMP WITH TIME ZONE',
      `TO_TIMESTAMP_TZ(' 2024-10-27 02:30:00.5 +02:00 EUROPE/BERLIN')`,
      '2024-10-27 00:30:00.500000000',
    ],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ(' 1900-01-01 00:00:00 +08:00 +08:00')`, '1899-12-31 16:00:00'],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ(' 0001-01-01 00:00:00 +00:00 UTC')`, '0001-01-01 00:00:00'],
    ['TIMESTAMP WITH TIME ZONE', 'NULL', null],
    ['TIMESTAMP WITH LOCAL TIME ZONE', `TO_TIMESTAMP(' 2024-02-29 23:59:59.5')`, '2024-02-29 23:59:59.500000000'],
    [
      'TIMESTAMP WITH LOCAL TIME ZONE',
      `TO_TIMESTAMP_TZ(' 2024-02-29 23:59:59.5 +00:00 +00:00')`,
      '2024-02-29 23:59:59.500000000',
    ],
    ['INTERVAL YEAR TO MONTH', `TO_YMINTERVAL('+02-06')`, 'P2Y6M'],
    ['INTERVAL YEAR TO MONTH', `TO_YMINTERVAL('-02-06')`, '-P2Y6M'],
    ['INTERVAL YEAR TO MONTH', `TO_YMINTERVAL('+00-00')`, 'P0M'],
    ['INTERVAL YEAR TO MONTH', `TO_YMINTERVAL('-00-00')`, 'P0M'],
    ['INTERVAL YEAR TO MONTH', `TO_YMINTERVAL('-00-11')`, '-P11M'],
    ['INTERVAL YEAR TO MONTH', `TO_YMINTERVAL('+999999999-00')`, 'P999999999Y'],
    ['INTERVAL DAY TO SECOND', `TO_DSINTERVAL('+05 04:03:02.123456')`, 'P5DT4H3M2.123456S'],
    ['INTERVAL DAY TO SECOND', `TO_DSINTERVAL('-000 00:00:00.100000')`, '-PT0.1S'],
    ['INTERVAL DAY TO SECOND', `TO_DSINTERVAL('+000 00:00:00.000000')`, 'PT0S'],
    ['INTERVAL DAY TO SECOND', `TO_DSINTERVAL('-01 00:00:00.')`, '-P1D'],
    ['INTERVAL DAY TO SECOND', `TO_DSINTERVAL('-999999999 23:59:59.999999999')`, '-P999999999DT23H59M59.999999999S'],
    ['INTERVAL DAY TO SECOND', `TO_DSINTERVAL('+00 00:10:00')`, 'PT10M'],
  ])('%s %s', (base, sql, expected) => {
    expect(valueOf(sql, base)).toEqual(expected);
  });
});

describe('a literal of another form is refused, not converted', () => {
  test.each([
    ['NUMBER', `'abc'`],
    ['NUMBER', `''`],
    ['NUMBER', `'1.2.3'`],
    ['NUMBER', `'1E999'`],
    ['NUMBER', `HEXTORAW('c102')`],
    ['VARCHAR2', `HEXTORAW('41')`],
    ['VARCHAR2', 'Unsupported Type'],
    ['VARCHAR2', 'EMPTY_CLOB()'],
    ['VARCHAR2', 'SYS_GUID()'],
    ['DATE', `'2024-02-29 23:59:59'`],
    ['DATE', `TO_DATE('29-FEB-24', 'DD-MON-RR')`],
    ['DATE', `TO_DATE('2024-13-01 00:00:00', 'YYYY-MM-DD HH24:MI:SS')`],
    ['DATE', `TO_TIMESTAMP('2024-02-29 23:59:59')`],
    ['RAW', `'0eff'`],
    ['RAW', `/* JSON */ HEXTORAW('0eff')`],
    ['TIMESTAMP', `'2024-02-29 23:59:59'`],
    ['TIMESTAMP', `TO_DATE('2024-02-29 23:59:59', 'YYYY-MM-DD HH24:MI:SS')`],
    ['TIMESTAMP', `TO_TIMESTAMP('2024-02-30 23:59:60')`],
    ['TIMESTAMP', `TO_TIMESTAMP('2024-02-29 23:59:59.1234567891')`],
    ['TIMESTAMP', `TO_TIMESTAMP_TZ('2024-02-29 23:59:59.5 +00:00')`],
    ['BINARY_DOUBLE', `'1.8E+308'`],
    ['BINARY_DOUBLE', `'1E-400'`],
    ['BINARY_DOUBLE', `'0x10'`],
    ['BINARY_DOUBLE', `''`],
    ['BINARY_DOUBLE', `'Infinite'`],
    ['BINARY_DOUBLE', 'BINARY_DOUBLE_NAN'],
    ['BINARY_DOUBLE', `HEXTORAW('bff8000000000000')`],
    ['BINARY_FLOAT', `'3.5E+038'`],
    ['BINARY_FLOAT', `'1E-46'`],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP('2024-02-29 23:59:59.5')`],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ('2024-02-29 23:59:59.5 EUROPE/BERLIN')`],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ('2024-02-29 23:59:59.5 +24:00')`],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ('2024-02-29 23:59:59.5 +0:00')`],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ('2024-13-01 23:59:59.5 +00:00')`],
    // UTC is beyond Oracle's years, or on the other side of the year that Oracle does not have.
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ('9999-12-31 23:59:59.999999999 -12:00')`],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ('-4712-01-01 00:00:00 +14:00')`],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ('0001-01-01 00:00:00 +14:00')`],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ('-0001-12-31 23:00:00 -12:00')`],
    // +08:05:43, of which TZM says the minutes only.
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ('1900-01-01 00:00:00 +08:05 ASIA/SHANGHAI')`],
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ('-0044-03-15 00:00:00 +00:49 EUROPE/ROME')`],
    ['TIMESTAMP WITH TIME ZONE', `HEXTORAW('787c021d183c3c')`],
    ['TIMESTAMP WITH LOCAL TIME ZONE', `TO_DATE('2024-02-29 23:59:59', 'YYYY-MM-DD HH24:MI:SS')`],
    ['INTERVAL YEAR TO MONTH', `TO_YMINTERVAL('+02-12')`],
    ['INTERVAL YEAR TO MONTH', `TO_DSINTERVAL('+02 00:00:00')`],
    ['INTERVAL YEAR TO MONTH', `'+02-06'`],
    ['INTERVAL DAY TO SECOND', `TO_DSINTERVAL('+02 24:00:00')`],
    ['INTERVAL DAY TO SECOND', `TO_DSINTERVAL('+02 00:60:00')`],
    ['INTERVAL DAY TO SECOND', `TO_YMINTERVAL('+02-06')`],
    ['CLOB', `'text'`],
  ])('%s %s', (base, sql) => {
    expect(valueOf(sql, base)).toBeUndefined();
  });
});

describe('stored bytes become the value of their type', () => {
  // DUMP() of the values as Oracle's documentation and drivers show them.
  test.each([
    ['NUMBER', '80', '0'],
    ['NUMBER', 'c102', '1'],
    ['NUMBER', 'c20218', '123'],
    ['NUMBER', 'c2', undefined],
    ['NUMBER', '3e6466', '-1'],
    ['NUMBER', 'c50200000002', undefined],
    ['NUMBER', 'c5020101010102', '100000000.01'],
    ['NUMBER', 'c502', '100000000'],
    ['NUMBER', 'c00b', '0.1'],
    ['NUMBER', 'bf02', '0.0001'],
    ['NUMBER', '3d644e66', '-123'],
    ['NUMBER', 'ff65', undefined],
    ['NUMBER', '00', undefined],
    ['DATE', '787c021d183c3c', { kind: 'date', text: '2024-02-29 23:59:59' }],
    ['DATE', '35580101010101', { kind: 'date', text: '-4712-01-01 00:00:00' }],
    ['DATE', '787c0d1d183c3c', undefined],
    ['DATE', '787c021d183c', undefined],
    ['TIMESTAMP(9)', '787c021d183c3c075bcd15', { kind: 'timestamp', text: '2024-02-29 23:59:59.123456789' }],
    ['TIMESTAMP(3)', '787c021d183c3c075bca00', { kind: 'timestamp', text: '2024-02-29 23:59:59.123' }],
    ['TIMESTAMP(6)', '787c021d183c3c', { kind: 'timestamp', text: '2024-02-29 23:59:59.000000' }],
    // DATA_SCALE is the digits of the fraction; DATA_PRECISION is empty.
    ['TIMESTAMP(0)', '787c021d183c3c075bcd15', { kind: 'timestamp', text: '2024-02-29 23:59:59' }],
    [
      'TIMESTAMP(6) WITH TIME ZONE',
      '787c021d163c3c1dcd6500163c',
      { kind: 'timestamp_tz', text: '2024-02-29 21:59:59.500000 +00:00' },
    ],
    ['TIMESTAMP(6) WITH TIME ZONE', '787c021d163c3c1dcd6500', undefined],
    ['TIMESTAMP(6) WITH LOCAL TIME ZONE', '787c021d163c3c1dcd6500', undefined],
    ['INTERVAL YEAR(2) TO MONTH', '8000000242', { kind: 'interval_ym', text: '+02-06' }],
    ['INTERVAL YEAR(2) TO MONTH', '7ffffffe36', { kind: 'interval_ym', text: '-02-06' }],
    ['INTERVAL YEAR(2) TO MONTH', '7ffffffe42', undefined],
    ['INTERVAL YEAR(2) TO MONTH', '8000000248', undefined],
    ['INTERVAL YEAR(2) TO MONTH', '80000002', undefined],
    ['INTERVAL DAY(2) TO SECOND(6)', '80000005403f3e875bca00', { kind: 'interval_ds', text: '+05 04:03:02.123456000' }],
    [
      'INTERVAL DAY(2) TO SECOND(6)',
      '80000000' + '3c3c3c' + '7a0a1f00',
      { kind: 'interval_ds', text: '-00 00:00:00.100000000' },
    ],
    ['INTERVAL DAY(2) TO SECOND(6)', '80000005543f3e875bca00', undefined],
    ['INTERVAL DAY(2) TO SECOND(6)', '80000005', undefined],
    ['BINARY_DOUBLE', 'bff8000000000000', '1.5'],
    ['BINARY_DOUBLE', '4007ffffffffffff', '-1.5'],
    ['BINARY_DOUBLE', 'fff0000000000000', 'Inf'],
    ['BINARY_FLOAT', 'bfc00000', '1.5'],
    ['BINARY_FLOAT', 'bfc0', undefined],
    ['RAW', '0eff', { kind: 'hex', text: '0eff', json: false }],
    ['VARCHAR2', '48454c4c4f', 'HELLO'],
    ['VARCHAR2', 'ff', undefined],
    ['BFILE', '00', undefined],
  ])('%s %s', (type, hex, expected) => {
    const decode = (): unknown => internalValue(Buffer.from(hex, 'hex'), oracleType(type), 'AL32UTF8');
    if (expected === undefined) expect(decode).toThrow(InternalFormatError);
    else expect(decode()).toEqual(expected);
  });

  test.each([
    ['WE8ISO8859P1', 'c4e480', 'Ää\u0080'],
    ['WE8MSWIN1252', 'c4e4809f', 'Ää€Ÿ'],
    ['ZHS16GBK', 'd6d0', '中'],
    ['AL16UTF16', 'd83dde00', '😀'],
  ])('characters in %s', (characterSet, hex, text) => {
    expect(storedText(Buffer.from(hex, 'hex'), characterSet)).toBe(text);
  });

  test('a character set that is not read is refused', () => {
    expect(() => storedText(Uint8Array.of(65), 'JA16SJIS')).toThrow(InternalFormatError);
  });
});
