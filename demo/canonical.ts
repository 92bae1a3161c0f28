/**
 * Texts of one value on both sides → one form. The judge's own knowledge of both ends: it shares nothing with the product.
 * Sources: Oracle SQL Language Reference ("Data Types", TO_CHAR), MaxCompute "Data type editions" and what its SELECT prints.
 */
export type Kind = 'text' | 'number' | 'float' | 'double' | 'moment' | 'instant' | 'months' | 'seconds' | 'bytes';

const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/^(?:NUMBER|FLOAT)$/, 'number'],
  [/^BINARY_FLOAT$/, 'float'],
  [/^BINARY_DOUBLE$/, 'double'],
  [/^N?(?:CHAR|VARCHAR2)$/, 'text'],
  [/^(?:DATE|TIMESTAMP\(\d\))$/, 'moment'],
  [/^TIMESTAMP\(\d\) WITH (?:LOCAL )?TIME ZONE$/, 'instant'],
  [/^INTERVAL YEAR\(\d\) TO MONTH$/, 'months'],
  [/^INTERVAL DAY\(\d\) TO SECOND\(\d\)$/, 'seconds'],
  [/^RAW$/, 'bytes'],
];

/** @param dataType DBA_TAB_COLS.DATA_TYPE. @throws for a type that is not compared */
export function kindOf(dataType: string): Kind {
  const found = KINDS.find(([pattern]) => pattern.test(dataType));
  if (!found) throw new Error(`a column of type ${dataType} cannot be compared`);
  return found[1];
}

/** The expression with which Oracle itself writes the value. A NUMBER has up to 40 characters exactly, beyond that TO_CHAR rounds. */
export function oracleText(column: string, dataType: string): string {
  const name = `"${column}"`;
  const mask = dataType === 'DATE' ? 'SYYYY-MM-DD HH24:MI:SS' : 'SYYYY-MM-DD HH24:MI:SS.FF9';
  switch (kindOf(dataType)) {
    case 'text':
      return name;
    case 'bytes':
      return `RAWTOHEX(${name})`;
    case 'moment':
      return `TO_CHAR(${name}, '${mask}')`;
    case 'instant':
      return `TO_CHAR(SYS_EXTRACT_UTC(${name}), '${mask}')`;
    default:
      return `TO_CHAR(${name})`;
  }
}

export type Canonical = (text: string) => string;

const asIs: Canonical = (text) => text;

/** `.5`, `-0.50`, `5E-001` → `0.5`: sign, digits without zeros at either end, and where the point stands. */
const number: Canonical = (text) => {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (whole + fraction === '') return text;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const placed =
    point <= 0
      ? `0.${'0'.repeat(-point)}${digits}`
      : `${digits.slice(0, point).padEnd(point, '0')}.${digits.slice(point)}`;
  const plain = placed.replace(/\.?0*$/, placed.includes('.') ? '' : '$&').replace(/^0+(?=\d)/, '');
  return sign === '-' && plain !== '0' ? `-${plain}` : plain;
};

const SPECIAL: Readonly<Record<string, string>> = { Nan: 'NaN', Inf: 'Infinity', '-Inf': '-Infinity' };

const double: Canonical = (text) => String(Number(SPECIAL[text] ?? text));
const float: Canonical = (text) => String(Math.fround(Number(SPECIAL[text] ?? text)));

/** ` 2026-01-02 02:30:01.500000000` → `2026-01-02 02:30:01.5` */
const moment: Canonical = (text) =>
  text
    .trim()
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');

/** `+02-06` and `P2Y6M` → `30` months. */
const months: Canonical = (text) => {
  const [, sign = '', years = '0', rest = '0'] = /^([+-]?)(\d+)-(\d+)$/.exec(text) ??
    /^(-?)P(?:(\d+)Y)?(?:(\d+)M)?$/.exec(text) ?? [text];
  return signed(sign, BigInt(years) * 12n + BigInt(rest));
};

const DAY_SECOND = /^([+-]?)(\d+) (\d+):(\d+):(\d+)(?:\.(\d+))?$/;
const ISO_DAY_SECOND = /^(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$/;

/** `+05 04:03:02.100000` and `P5DT4H3M2.1S` → nanoseconds. */
const seconds: Canonical = (text) => {
  const found = DAY_SECOND.exec(text) ?? ISO_DAY_SECOND.exec(text);
  if (!found) return text;
  const [, sign = '', days = '0', hours = '0', minutes = '0', whole = '0', fraction = ''] = found;
  const sum = ((BigInt(days) * 24n + BigInt(hours)) * 60n + BigInt(minutes)) * 60n + BigInt(whole);
  return signed(sign, sum * 1_000_000_000n + BigInt(fraction.padEnd(9, '0')));
};

const signed = (sign: string, value: bigint): string => String(sign === '-' ? -value : value);

/** BINARY as SELECT shows it: printable ASCII as it is, any other byte as `=XX`. */
const shownBytes: Canonical = (text) =>
  text.replaceAll(
    /=([0-9A-F]{2})|[^]/g,
    (character: string, hex: string | undefined) => hex ?? Buffer.from(character).toString('hex').toUpperCase(),
  );

const FORMS: Readonly<Record<Kind, Canonical>> = {
  text: asIs,
  number,
  float,
  double,
  moment,
  instant: moment,
  months,
  seconds,
  bytes: asIs,
};

/** From Oracle's own text, and from the journal, which has the same. */
export const fromOracle = (kind: Kind): Canonical => FORMS[kind];

/** From a SELECT at MaxCompute, with the project's zone set to UTC. */
export const fromWarehouse = (kind: Kind): Canonical => (kind === 'bytes' ? shownBytes : FORMS[kind]);
