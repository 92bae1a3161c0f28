/**
 * When a value in Oracle's own text and one in MaxCompute's own are the same, and what no column of MaxCompute's type can hold.
 * Written from the two manuals for tests; nothing of the product is used.
 */

/** What MaxCompute must show, in a form in which equal values have equal texts; or why its column cannot hold it. */
export type Expectation = { readonly value: string } | { readonly lost: string };

export interface Comparison {
  readonly expected: (oracle: string) => Expectation;
  readonly shown: (maxcompute: string) => string;
  /** MaxCompute is asked for HEX(column). */
  readonly hex?: true;
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

interface Exact {
  /** Without zeros at either end; empty for 0. */
  readonly digits: string;
  readonly sign: string;
  /** Of the last digit. */
  readonly exponent: number;
}

function exact(text: string): Exact {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (whole + fraction === '') throw new Error('not a number');
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return { digits, sign: '', exponent: 0 };
  return {
    digits,
    sign: sign === '-' ? '-' : '',
    exponent: Number(exponent) - fraction.length + all.length - digits.length,
  };
}

const exactText = (text: string): string => {
  const { sign, digits, exponent } = exact(text);
  return digits === '' ? '0' : `${sign}${digits}E${exponent}`;
};

const PLAIN = /^(?:0|-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?)$/;
const plain = (text: string): string => (PLAIN.test(text) ? exactText(text) : `not plain: ${text}`);

const integerText = ({ sign, digits, exponent }: Exact): bigint =>
  BigInt(`${sign}${digits || '0'}${'0'.repeat(exponent)}`);

const integer = (bits: number): Comparison => ({
  expected: (oracle) => {
    const value = exact(oracle);
    if (value.exponent < 0) return { lost: `integer of ${bits} bits: a fraction` };
    const whole = integerText(value);
    if (BigInt.asIntN(bits, whole) !== whole) return { lost: `integer of ${bits} bits: out of range` };
    return { value: exactText(oracle) };
  },
  shown: plain,
});

const decimal = (precision: number, scale: number): Comparison => ({
  expected: (oracle) => {
    const { digits, exponent } = exact(oracle);
    if (digits.length + exponent > precision - scale) return { lost: 'decimal: digits before the point' };
    if (-exponent > scale) return { lost: 'decimal: digits after the point' };
    return { value: exactText(oracle) };
  },
  shown: plain,
});

const bits = new DataView(new ArrayBuffer(8));
function bitsOf(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  bits.setFloat64(0, value);
  return bits.getBigUint64(0).toString(16);
}

const SPECIAL: Readonly<Record<string, number>> = {
  nan: NaN,
  inf: Infinity,
  '-inf': -Infinity,
  infinity: Infinity,
  '-infinity': -Infinity,
};
/** The nearest double. @throws Error for what is no number */
function finite(text: string): number {
  exact(text);
  return Number(text);
}

const real = (text: string): number => SPECIAL[text.toLowerCase()] ?? finite(text);
const single = (text: string): number => Math.fround(real(text));

const double: Comparison = {
  expected: (oracle) => ({ value: bitsOf(real(oracle)) }),
  shown: (text) => bitsOf(real(text)),
};
const float: Comparison = {
  expected: (oracle) => ({ value: bitsOf(single(oracle)) }),
  shown: (text) => bitsOf(single(text)),
};
const numberAsFloat: Comparison = {
  expected: (oracle) =>
    Number.isFinite(single(oracle)) ? { value: bitsOf(single(oracle)) } : { lost: 'float: out of range' },
  shown: float.shown,
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** ASCIISTR gives UTF-16 units. */
const fromAscii = (text: string): string =>
  text.replace(/\\([0-9A-F]{4})/g, (_unit, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const text = (charactersMax = Infinity): Comparison => ({
  expected: (oracle) => {
    const value = fromAscii(oracle);
    if (LONE.test(value)) return { lost: 'string: half of a surrogate pair' };
    if (Array.from(value).length > charactersMax) return { lost: 'varchar: too long' };
    return { value };
  },
  shown: (hex) => utf8.decode(Buffer.from(hex, 'hex')),
  hex: true,
});

const raw: Comparison = {
  expected: (oracle) => ({ value: oracle.toUpperCase() }),
  shown: (hex) => hex.toUpperCase(),
  hex: true,
};

const MOMENT = /^ ?(-?)(\d{4})-(\d\d)-(\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?$/;

/** Nine digits of a fraction; a date has midnight. */
function momentText(given: string): string {
  const match = MOMENT.exec(given.length === 10 ? `${given} 00:00:00` : given);
  if (!match) return `not a moment: ${given}`;
  const [, sign = '', year, month, day, time, fraction = ''] = match;
  return `${sign}${String(year)}-${String(month)}-${String(day)} ${String(time)}.${fraction.padEnd(9, '0')}`;
}

const isGregorian = (value: string): boolean => {
  const [year = 0, month = 0, day = 0] = value.slice(0, 10).split('-').map(Number);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return !(month === 2 && day === 29) || leap;
};

const moment = (sink: string, lost: (value: string) => string | undefined): Comparison => ({
  expected: (oracle) => {
    const value = momentText(oracle);
    if (value.startsWith('-') || value.startsWith('0000')) return { lost: `${sink}: before year 1` };
    if (!isGregorian(value)) return { lost: `${sink}: a day of the Julian calendar only` };
    const why = lost(value);
    return why === undefined ? { value } : { lost: `${sink}: ${why}` };
  },
  shown: momentText,
});

const whole = (): undefined => undefined;

const momentAsText: Comparison = { expected: (oracle) => ({ value: momentText(oracle) }), shown: momentText };

/** Year and month, or day, hour, minute and second with nine digits: each part for itself. */
const ORACLE_INTERVAL = /^([+-])(?:(\d+)-(\d+)|(\d+) (\d+):(\d+):(\d+)(?:\.(\d+))?)$/;
const ISO_INTERVAL = /^(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$/;

function intervalText(match: RegExpExecArray | null, given: string): string {
  if (!match || given.endsWith('P') || given.endsWith('T')) return `not an interval: ${given}`;
  const [, sign = '', ...parts] = match.map((part: string | undefined) => part ?? '');
  const numbers = parts.map((part, index) => (index === parts.length - 1 ? part.padEnd(9, '0') : String(Number(part))));
  const zero = numbers.every((part) => /^0+$/.test(part));
  return `${sign === '-' && !zero ? '-' : ''}${numbers.join(' ')}`;
}

const interval: Comparison = {
  expected: (oracle) => ({ value: intervalText(ORACLE_INTERVAL.exec(oracle), oracle) }),
  shown: (iso) => intervalText(ISO_INTERVAL.exec(iso), iso),
};

export const same = {
  numberAsText: { expected: (oracle: string) => ({ value: exactText(oracle) }), shown: plain },
  tinyint: integer(8),
  smallint: integer(16),
  int: integer(32),
  bigint: integer(64),
  decimal,
  double,
  float,
  numberAsFloat,
  text,
  raw,
  timestampNtz: moment('timestamp_ntz', whole),
  timestamp: moment('timestamp', whole),
  datetime: moment('datetime', (value) => (value.endsWith('000000') ? undefined : 'finer than a millisecond')),
  date: moment('date', (value) => (value.endsWith(' 00:00:00.000000000') ? undefined : 'a time of day')),
  momentAsText,
  interval,
} as const;
