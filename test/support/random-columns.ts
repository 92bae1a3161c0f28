/** One table with a column for every scalar type that is read, and for every way in which a column of MaxCompute may be too small for it. */
import { same } from './exact-values.ts';
import type { Comparison } from './exact-values.ts';
import * as make from './random-texts.ts';
import type { Chance, Maker } from './random-texts.ts';

export interface RandomColumn {
  readonly declared: string;
  /** SQL of a value; `?` stands for the bind, which is text. */
  readonly written: string;
  /** Oracle's own text of it; `?` stands for the column. */
  readonly read: string;
  readonly make: Maker;
  readonly same: Comparison;
  /** `columns.as` of the task. */
  readonly as?: string;
}

const SECONDS = "'SYYYY-MM-DD HH24:MI:SS'";
const FINE_SECONDS = "'SYYYY-MM-DD HH24:MI:SS.FF9'";
const UTC = `TO_CHAR(SYS_EXTRACT_UTC(?), ${FINE_SECONDS})`;

type Form = Pick<RandomColumn, 'written' | 'read'>;
const number: Form = { written: 'TO_NUMBER(?)', read: "TO_CHAR(?, 'TM9')" };
const characters: Form = { written: '?', read: 'ASCIISTR(?)' };
const national: Form = { written: 'UNISTR(?)', read: 'ASCIISTR(?)' };
const date: Form = { written: `TO_DATE(?, ${SECONDS})`, read: `TO_CHAR(?, ${SECONDS})` };
const timestamp: Form = { written: `TO_TIMESTAMP(?, ${FINE_SECONDS})`, read: `TO_CHAR(?, ${FINE_SECONDS})` };
const offset: Form = { written: `TO_TIMESTAMP_TZ(?, 'SYYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM')`, read: UTC };
const region: Form = { written: `TO_TIMESTAMP_TZ(?, 'SYYYY-MM-DD HH24:MI:SS.FF9 TZR')`, read: UTC };
const shown = (written: string): Form => ({ written, read: 'TO_CHAR(?)' });

const escaped =
  (maker: Maker): Maker =>
  (chance: Chance) =>
    make.unistrText(maker(chance));

const column = (declared: string, form: Form, maker: Maker, how: Comparison): RandomColumn => ({
  declared,
  ...form,
  make: maker,
  same: how,
});
const as = (sink: string, given: RandomColumn): RandomColumn => ({ ...given, as: sink });

const fixed = (precision: number, scale: number, how: Comparison): RandomColumn =>
  column(`NUMBER(${precision},${scale})`, number, make.fixedPoint(precision, scale), how);

const { numberAsText, decimal, text } = same;
const whole = make.fixedPoint(12, 0);
const small = make.fixedPoint(6, 1);

const numbers: readonly RandomColumn[] = [
  column('NUMBER', number, make.floating(80, true), numberAsText),
  column('NUMBER', number, make.floating(20), numberAsText),
  column('NUMBER(*,0)', number, make.fixedPoint(38, 0), numberAsText),
  column('NUMBER(*,3)', number, make.fixedPoint(30, 3), numberAsText),
  fixed(1, 0, same.int),
  fixed(9, 0, same.int),
  fixed(10, 0, same.bigint),
  fixed(18, 0, same.bigint),
  fixed(19, 0, decimal(19, 0)),
  fixed(38, 0, decimal(38, 0)),
  fixed(10, 2, decimal(10, 2)),
  fixed(38, 18, decimal(38, 18)),
  fixed(18, 18, decimal(18, 18)),
  fixed(3, 5, decimal(5, 5)),
  fixed(38, 19, numberAsText),
  fixed(38, 37, numberAsText),
  fixed(5, -2, numberAsText),
  fixed(3, -84, numberAsText),
  fixed(38, -84, numberAsText),
  fixed(1, 127, numberAsText),
  fixed(38, 127, numberAsText),
  column('FLOAT', number, make.floating(80, true), numberAsText),
  column('FLOAT(5)', number, make.floating(80), numberAsText),
  column('FLOAT(63)', number, make.floating(20), numberAsText),
  as('tinyint', column('NUMBER', number, make.fixedPoint(3, 0), same.tinyint)),
  as('smallint', column('NUMBER', number, make.fixedPoint(5, 0), same.smallint)),
  as('int', column('NUMBER', number, whole, same.int)),
  as('bigint', column('NUMBER', number, make.fixedPoint(20, 0), same.bigint)),
  as('bigint', column('NUMBER', number, small, same.bigint)),
  as('decimal(10,2)', column('NUMBER', number, make.fixedPoint(10, 1), decimal(10, 2))),
  as('decimal(10,2)', column('NUMBER', number, make.fixedPoint(8, 3), decimal(10, 2))),
  as('double', column('NUMBER', number, make.floating(80, true), same.double)),
  as('float', column('NUMBER', number, make.floating(60), same.numberAsFloat)),
  as('string', fixed(18, 2, numberAsText)),
];

const double: Form = shown('TO_BINARY_DOUBLE(?)');
const float: Form = shown('TO_BINARY_FLOAT(?)');

const floats: readonly RandomColumn[] = [
  column('BINARY_DOUBLE', double, make.binaryDouble, same.double),
  column('BINARY_DOUBLE', double, make.floating(80), same.double),
  as('string', column('BINARY_DOUBLE', double, make.binaryDouble, same.double)),
  column('BINARY_FLOAT', float, make.binaryFloat, same.float),
  column('BINARY_FLOAT', float, make.fixedPoint(7, 2), same.float),
  as('string', column('BINARY_FLOAT', float, make.binaryFloat, same.float)),
];

const texts: readonly RandomColumn[] = [
  column('VARCHAR2(40)', characters, make.characters(40, 'bytes', 6), text()),
  column('VARCHAR2(30 CHAR)', characters, make.characters(30, 'characters', 6), text()),
  column('VARCHAR2(4000)', characters, make.characters(4000, 'bytes', 200), text()),
  column('CHAR(10)', characters, make.characters(10, 'bytes', 4), text()),
  column('CHAR(7 CHAR)', characters, make.characters(7, 'characters', 4), text()),
  column('NVARCHAR2(20)', national, escaped(make.characters(20, 'units', 6)), text()),
  column('NVARCHAR2(2000)', national, escaped(make.characters(2000, 'units', 200)), text()),
  column('NCHAR(8)', national, escaped(make.characters(8, 'units', 4)), text()),
  column('NVARCHAR2(30)', national, escaped(make.brokenCharacters), text()),
  as('varchar(9)', column('VARCHAR2(60)', characters, make.characters(60, 'bytes', 50), text(9))),
  column('RAW(16)', { written: 'HEXTORAW(?)', read: 'RAWTOHEX(?)' }, make.hexadecimal(16, 4), same.raw),
  column('RAW(2000)', { written: 'HEXTORAW(?)', read: 'RAWTOHEX(?)' }, make.hexadecimal(2000, 200), same.raw),
];

const fine = (digits: number, era?: make.Era): readonly [string, Form, Maker] => [
  `TIMESTAMP(${digits})`,
  timestamp,
  make.fineMoment(digits, era),
];

const moments: readonly RandomColumn[] = [
  column('DATE', date, make.moment(), same.timestampNtz),
  column('DATE', date, make.moment('all'), same.timestampNtz),
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((digits) => column(...fine(digits), same.timestampNtz)),
  column(...fine(9, 'all'), same.timestampNtz),
  as('datetime', column('DATE', date, make.moment('all'), same.datetime)),
  as('datetime', column(...fine(5), same.datetime)),
  as('date', column('DATE', date, make.moment(), same.date)),
  as('string', column('DATE', date, make.moment('all'), same.momentAsText)),
  as('string', column(...fine(9, 'all'), same.momentAsText)),
];

const zoned = (digits: number, form: Form, maker: Maker): RandomColumn =>
  column(`TIMESTAMP(${digits}) WITH TIME ZONE`, form, maker, same.timestamp);
const local = (digits: number): RandomColumn =>
  // The session's zone is UTC.
  column(
    `TIMESTAMP(${digits}) WITH LOCAL TIME ZONE`,
    { ...offset, read: timestamp.read },
    make.offsetMoment(digits),
    same.timestamp,
  );

const instants: readonly RandomColumn[] = [
  zoned(9, offset, make.offsetMoment(9)),
  zoned(6, offset, make.offsetMoment(6)),
  zoned(0, offset, make.offsetMoment(0)),
  zoned(9, region, make.regionMoment(9)),
  zoned(3, region, make.regionMoment(3)),
  local(9),
  local(6),
  local(0),
  as('string', column('TIMESTAMP(9) WITH TIME ZONE', offset, make.offsetMoment(9), same.momentAsText)),
];

const years = (digits: number): RandomColumn =>
  column(`INTERVAL YEAR(${digits}) TO MONTH`, shown('TO_YMINTERVAL(?)'), make.yearsMonths(digits), same.interval);
const days = (digits: number, fraction: number): RandomColumn =>
  column(
    `INTERVAL DAY(${digits}) TO SECOND(${fraction})`,
    shown('TO_DSINTERVAL(?)'),
    make.daysSeconds(digits, fraction),
    same.interval,
  );

const intervals: readonly RandomColumn[] = [
  years(9),
  years(2),
  years(4),
  days(9, 9),
  days(2, 6),
  days(5, 3),
  days(1, 0),
];

export const randomColumns: readonly RandomColumn[] = [
  ...numbers,
  ...floats,
  ...texts,
  ...moments,
  ...instants,
  ...intervals,
];

/** Of the n-th column of {@link randomColumns}. */
export const columnName = (index: number): string => `C${index}`;

/** Every `lost` that the columns of the table can give: each must be seen. */
export const policyCases: readonly string[] = [
  'integer of 8 bits: out of range',
  'integer of 16 bits: out of range',
  'integer of 32 bits: out of range',
  'integer of 64 bits: out of range',
  'integer of 8 bits: a fraction',
  'integer of 16 bits: a fraction',
  'integer of 32 bits: a fraction',
  'integer of 64 bits: a fraction',
  'decimal: digits before the point',
  'decimal: digits after the point',
  'float: out of range',
  'string: half of a surrogate pair',
  'varchar: too long',
  'timestamp_ntz: before year 1',
  'timestamp_ntz: a day of the Julian calendar only',
  'timestamp: before year 1',
  'datetime: before year 1',
  'datetime: a day of the Julian calendar only',
  'datetime: finer than a millisecond',
  'date: a time of day',
];
