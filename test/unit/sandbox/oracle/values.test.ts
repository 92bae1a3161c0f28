import { describe, expect, test } from 'vitest';
import type { ResultColumn, SqlType, SqlValue } from '../../../../sandbox/oracle/engine.ts';
import { bindType, readBind, writeRowid, writeRows } from '../../../../sandbox/oracle/values.ts';
import { WireReader } from '../../../../sandbox/oracle/wire-reader.ts';
import { WireWriter } from '../../../../sandbox/oracle/wire-writer.ts';

function row(types: readonly SqlType[], values: readonly SqlValue[]): string {
  const writer = new WireWriter();
  const columns = types.map((type, index): ResultColumn => ({ name: `C${index}`, type, nullable: true }));
  writeRows(writer, columns, [values]);
  return writer.view().toString('hex');
}

describe('column values', () => {
  test.each<[SqlType, SqlValue, string]>([
    ['NUMBER', '1', '02c102'],
    ['VARCHAR2', 'abc', '03616263'],
    ['VARCHAR2', 'é', '02c3a9'],
    ['VARCHAR2', '', '00'],
    ['CHAR', 'a ', '026120'],
    ['DATE', Buffer.from('787c021d0d1f10', 'hex'), '07787c021d0d1f10'],
    ['TIMESTAMP', Buffer.from('787c021d0d1f10075bcd15', 'hex'), '0b787c021d0d1f10075bcd15'],
    ['RAW', Buffer.from('00ff', 'hex'), '0200ff'],
    ['ROWID', 'AAAR3sAAEAAAACXAAA', '0e0400011dec010400019700'],
    ['NVARCHAR2', 'é漢😀', '0800e96f22d83dde00'],
    ['NCHAR', 'a ', '0400610020'],
    ['BINARY_FLOAT', Buffer.from('bf800000', 'hex'), '04bf800000'],
    ['TIMESTAMP_TZ', Buffer.from('787c021d0d1f10075bcd15163c', 'hex'), '0d787c021d0d1f10075bcd15163c'],
    ['INTERVAL_YM', Buffer.from('8000000242', 'hex'), '058000000242'],
    ['NUMBER', null, '00'],
    ['ROWID', null, '00'],
  ])('%s %s is %s', (type, value, hex) => {
    expect(row([type], [value])).toBe(`07${hex}`);
  });

  test('a row has its values in column order', () => {
    expect(row(['NUMBER', 'VARCHAR2', 'NUMBER'], ['1', 'a', null])).toBe('0702c102016100');
  });

  test('a value in the form of another type is a fault, not a wrong value', () => {
    expect(() => row(['DATE'], ['2024-02-29'])).toThrow(TypeError);
    expect(() => row(['NUMBER'], [Buffer.from('c102', 'hex')])).toThrow(TypeError);
  });
});

test('no ROWID is all zeros', () => {
  const writer = new WireWriter();
  writeRowid(writer, '');
  expect(writer.view().toString('hex')).toBe('0000000000');
});

describe('bind values', () => {
  test.each<[SqlType, string, SqlValue]>([
    ['NUMBER', '02c102', '1'],
    ['VARCHAR2', '02c3a9', 'é'],
    ['DATE', '07787c021d0d1f10', Buffer.from('787c021d0d1f10', 'hex')],
    ['RAW', '0200ff', Buffer.from('00ff', 'hex')],
    ['VARCHAR2', '00', null],
  ])('%s %s is %s', (type, hex, value) => {
    expect(readBind(new WireReader(Buffer.from(hex, 'hex')), type)).toEqual({ type, value });
  });

  test('national characters are UTF-16', () => {
    expect(readBind(new WireReader(Buffer.from('046f225b57', 'hex')), 'NVARCHAR2').value).toBe('漢字');
  });

  test('a fraction of zero and the signs of NaN make no second form of a value', () => {
    const read = (hex: string, type: SqlType): SqlValue =>
      readBind(new WireReader(Buffer.from(hex, 'hex')), type).value;
    expect(read('0b787c021d0d1f1000000000', 'TIMESTAMP')).toEqual(Buffer.from('787c021d0d1f10', 'hex'));
    expect(read('040007ffff', 'BINARY_FLOAT')).toEqual(Buffer.from('ffc00000', 'hex'));
  });

  test.each([
    [1, false, 'VARCHAR2'],
    [1, true, 'NVARCHAR2'],
    [96, true, 'NCHAR'],
    [2, true, undefined],
    [181, false, 'TIMESTAMP_TZ'],
    [231, false, 'TIMESTAMP_LTZ'],
  ])('wire type %i with national %s is %s', (wireType, national, type) => {
    expect(bindType(wireType, national)).toBe(type);
  });

  test('LOB, REF CURSOR and BOOLEAN have no bind type', () => {
    for (const wireType of [102, 112, 113, 252]) expect(bindType(wireType, false)).toBeUndefined();
  });
});
