/** Oracle column type → MaxCompute column type: one table, with what is refused and why. docs/reference.md prints it. */
import { oracleTypeText, type Column, type OracleType } from './table.ts';
import type { SinkType } from './sink-table.ts';

export type Mapped = { readonly type: SinkType } | { readonly refused: string };

/** What a person chose: for all dates of a task, and for one column (which wins). */
export interface TypeChoice {
  readonly date?: 'timestamp_ntz' | 'datetime';
  /** As it is written; `Decimal (10, 2)` is `decimal(10,2)`. */
  readonly as?: string;
}

/** One kind of column. Of the rules of a base the first whose `holds` agrees is taken. */
export interface TypeRule {
  /** For people: `NUMBER(p,0), p ≤ 9`. */
  readonly oracle: string;
  readonly bases: readonly string[];
  readonly holds?: (type: OracleType) => boolean;
  readonly becomes: (type: OracleType, choice: TypeChoice) => SinkType;
  /** For people: `decimal(max(p,s),s)`. */
  readonly becomesText: string;
  /** What `as` may name; `decimal(p,s)`, `varchar(n)` and `char(n)` stand for every size. */
  readonly choices: readonly string[];
  readonly remark: string;
}

export interface RefusedTypes {
  /** Exactly as DBA_TAB_COLS.DATA_TYPE; empty for all that are not in any rule. */
  readonly bases: readonly string[];
  readonly why: string;
}

const INT_DIGITS = 9;
const BIGINT_DIGITS = 18;
const DECIMAL_DIGITS = 38;
const DECIMAL_SCALE = 18;
/** Digits of a second that DATETIME has. */
const DATETIME_SCALE = 3;

const integerOf =
  (digitsMax: number) =>
  ({ precision, scale = 0 }: OracleType): boolean =>
    precision !== undefined && scale === 0 && precision <= digitsMax;

const decimalDigits = ({ precision = 0, scale = 0 }: OracleType): number => Math.max(precision, scale);

const isDecimal = (type: OracleType): boolean => {
  const { precision, scale = 0 } = type;
  return precision !== undefined && scale >= 0 && scale <= DECIMAL_SCALE && decimalDigits(type) <= DECIMAL_DIGITS;
};

const NUMBERS = ['tinyint', 'smallint', 'int', 'bigint', 'decimal(p,s)', 'float', 'double', 'string'];
const TIMES = ['timestamp_ntz', 'datetime', 'date', 'string'];
const ROUNDED = 'As FLOAT or DOUBLE rounded.';

const number = (rule: Omit<TypeRule, 'bases' | 'choices'>, base = 'NUMBER'): TypeRule => ({
  ...rule,
  bases: [base],
  choices: NUMBERS,
});

const time = (rule: Omit<TypeRule, 'becomes' | 'becomesText' | 'choices'>, datetime: boolean): TypeRule => ({
  becomes: (_type, { date }) => (datetime ? (date ?? 'timestamp_ntz') : 'timestamp_ntz'),
  becomesText: 'timestamp_ntz',
  choices: TIMES,
  ...rule,
});

const always = (sink: SinkType): Pick<TypeRule, 'becomes' | 'becomesText'> => ({
  becomes: () => sink,
  becomesText: sink,
});

export const typeRules: readonly TypeRule[] = [
  number({
    oracle: `NUMBER(p,0), p ≤ ${INT_DIGITS}`,
    holds: integerOf(INT_DIGITS),
    ...always('int'),
    remark: ROUNDED,
  }),
  number({
    oracle: `NUMBER(p,0), p ≤ ${BIGINT_DIGITS}`,
    holds: integerOf(BIGINT_DIGITS),
    ...always('bigint'),
    remark: ROUNDED,
  }),
  number({
    oracle: `NUMBER(p,s), 0 ≤ s ≤ ${DECIMAL_SCALE}, s and p ≤ ${DECIMAL_DIGITS}`,
    holds: isDecimal,
    becomes: (type) => `decimal(${decimalDigits(type)},${type.scale ?? 0})`,
    becomesText: 'decimal(max(p,s),s)',
    remark: ROUNDED,
  }),
  number({
    oracle: 'NUMBER, NUMBER(*,s), INTEGER, NUMBER(p,s) with another s',
    ...always('string'),
    remark: 'Plain decimal: DECIMAL cannot hold every value of it.',
  }),
  number(
    { oracle: 'FLOAT(b)', ...always('string'), remark: 'Plain decimal: up to 38 digits at any exponent.' },
    'FLOAT',
  ),
  {
    oracle: 'BINARY_FLOAT',
    bases: ['BINARY_FLOAT'],
    ...always('float'),
    choices: ['float', 'string'],
    remark: 'NaN and the infinities are values of the type.',
  },
  {
    oracle: 'BINARY_DOUBLE',
    bases: ['BINARY_DOUBLE'],
    ...always('double'),
    choices: ['double', 'string'],
    remark: 'NaN and the infinities are values of the type.',
  },
  {
    oracle: 'VARCHAR2, CHAR, NVARCHAR2, NCHAR',
    bases: ['VARCHAR2', 'CHAR', 'NVARCHAR2', 'NCHAR'],
    ...always('string'),
    choices: ['string', 'varchar(n)', 'char(n)'],
    remark: 'Trailing blanks are kept; MaxCompute pads CHAR(n).',
  },
  time({ oracle: 'DATE', bases: ['DATE'], remark: 'As DATE refused where the time of day is not zero.' }, true),
  time(
    {
      oracle: `TIMESTAMP(n), n ≤ ${DATETIME_SCALE}`,
      bases: ['TIMESTAMP'],
      holds: ({ scale = 6 }) => scale <= DATETIME_SCALE,
      remark: '',
    },
    true,
  ),
  time(
    {
      oracle: 'TIMESTAMP(n)',
      bases: ['TIMESTAMP'],
      remark: 'As DATETIME refused where it is finer than a millisecond.',
    },
    false,
  ),
  {
    oracle: 'TIMESTAMP(n) WITH TIME ZONE, WITH LOCAL TIME ZONE',
    bases: ['TIMESTAMP WITH TIME ZONE', 'TIMESTAMP WITH LOCAL TIME ZONE'],
    ...always('timestamp'),
    choices: ['timestamp', 'string'],
    remark: 'The instant, as text in UTC; the zone is not kept.',
  },
  {
    oracle: 'INTERVAL YEAR TO MONTH, INTERVAL DAY TO SECOND',
    bases: ['INTERVAL YEAR TO MONTH', 'INTERVAL DAY TO SECOND'],
    ...always('string'),
    choices: ['string'],
    remark: 'ISO 8601: `P2Y6M`, `-P5DT4H3M2.5S`, `P0M`, `PT0S`.',
  },
  { oracle: 'RAW', bases: ['RAW'], ...always('binary'), choices: ['binary'], remark: '' },
  {
    oracle: 'CLOB, NCLOB',
    bases: ['CLOB', 'NCLOB'],
    ...always('string'),
    choices: ['string'],
    remark: 'Up to 8 MB; what `_log` has is a matter of `values.lobInLog`. Empty is not NULL.',
  },
  {
    oracle: 'BLOB',
    bases: ['BLOB'],
    ...always('binary'),
    choices: ['binary'],
    remark: 'Up to 8 MB; what `_log` has is a matter of `values.lobInLog`. Empty is not NULL.',
  },
];

export const refusedTypes: readonly RefusedTypes[] = [
  { bases: ['LONG', 'LONG RAW'], why: 'the redo does not have their old values' },
  { bases: ['BFILE'], why: 'its contents are a file outside the database' },
  { bases: ['ROWID', 'UROWID'], why: 'an address of a row changes when the row moves' },
  { bases: ['XMLTYPE', 'JSON', 'VECTOR', 'BOOLEAN'], why: 'its stored form is not read' },
  { bases: [], why: 'object types, collections and types of Oracle options (SDO_GEOMETRY, ANYDATA …) are not read' },
];

interface SinkWritten {
  /** As in `choices`. */
  readonly pattern: string;
  readonly type: SinkType;
}

const WRITTEN = /^([a-z_]+)(?:\((\d{1,5})(?:,(\d{1,2}))?\))?$/;
const TEXT_LENGTHS: Readonly<Record<string, number>> = { varchar: 65535, char: 255 };

/** Without numbers MaxCompute's default, with one no decimals. */
function decimalWritten(numbers: readonly number[]): SinkWritten | undefined {
  const [precision = DECIMAL_DIGITS, scale = numbers.length === 0 ? DECIMAL_SCALE : 0] = numbers;
  if (precision < 1 || precision > DECIMAL_DIGITS || scale > Math.min(DECIMAL_SCALE, precision)) return undefined;
  return { pattern: 'decimal(p,s)', type: `decimal(${precision},${scale})` };
}

/** Written by a person → MaxCompute's spelling with every number said; undefined when MaxCompute has no such type. */
function sinkTypeWritten(written: string): SinkWritten | undefined {
  const [, name = '', ...texts] = WRITTEN.exec(written.toLowerCase().replaceAll(/\s+/g, '')) ?? [];
  const numbers = texts.flatMap((text: string | undefined) => (text === undefined ? [] : [Number(text)]));
  if (name === 'decimal') return decimalWritten(numbers);
  const lengthMax = TEXT_LENGTHS[name];
  if (lengthMax === undefined) return numbers.length === 0 ? { pattern: name, type: name } : undefined;
  const [length = 0] = numbers;
  if (numbers.length !== 1 || length < 1 || length > lengthMax) return undefined;
  return { pattern: `${name}(n)`, type: `${name}(${length})` };
}

function chosen(type: OracleType, rule: TypeRule, as: string): Mapped {
  const sink = sinkTypeWritten(as);
  if (sink && rule.choices.includes(sink.pattern)) return { type: sink.type };
  return { refused: `${oracleTypeText(type)} cannot be written as ${as}; it may be ${rule.choices.join(', ')}` };
}

/** The MaxCompute type of a column, or why it is refused and what to do. */
export function mapType(type: OracleType, choice: TypeChoice = {}): Mapped {
  const rule = typeRules.find(({ bases, holds }) => bases.includes(type.base) && (holds?.(type) ?? true));
  if (!rule) {
    const why = refusedTypes.find(({ bases }) => bases.length === 0 || bases.includes(type.base))?.why ?? '';
    return { refused: `${oracleTypeText(type)} is not yet supported (${why}); exclude the column` };
  }
  return choice.as === undefined ? { type: rule.becomes(type, choice) } : chosen(type, rule, choice.as);
}

/** `oracle:NUMBER(10,2)`: documentation in the destination's column comment, never read back. */
export const columnComment = ({ type }: Column): string => `oracle:${oracleTypeText(type)}`;
