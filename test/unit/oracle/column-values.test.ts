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
    ['TIMESTAMP WITH TIME ZONE', `TO_TIMESTAMP_TZ('2024-02-29 23:59:59.5 +00:00')`],
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
