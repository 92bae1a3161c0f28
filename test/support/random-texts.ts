/** Random values as the text that a writer gives to Oracle's own conversions. Each is decided by a seed alone. */

/** Random choices, the same for the same seed (mulberry32). */
export class Chance {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
  }

  /** A 32-bit unsigned integer. */
  bits(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** From `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + (this.bits() % (most - least + 1));
  }

  /** Once in `times`. */
  once(times: number): boolean {
    return this.bits() % times === 0;
  }

  of<T>(items: readonly [T, ...T[]]): T {
    return items[this.bits() % items.length] ?? items[0];
  }

  digits(count: number): string {
    return Array.from({ length: count }, () => String(this.bits() % 10)).join('');
  }
}

/** Null is never made here: a column's NULLs are made where its rows are. */
export type Maker = (chance: Chance) => string;

const two = (value: number): string => String(value).padStart(2, '0');

/** NUMBER(p,s) from the least to the most that it holds; now and then with digits that Oracle rounds off. */
export const fixedPoint =
  (precision: number, scale: number): Maker =>
  (chance) => {
    if (chance.once(40)) return `${chance.of(['', '-'])}${'9'.repeat(precision)}E${-scale}`;
    if (chance.once(40)) return chance.of(['0', `1E${-scale}`, `-1E${-scale}`, `1E${precision - scale - 1}`]);
    const count = chance.between(1, precision);
    const sign = chance.of(['', '-']);
    const rounded = count < precision && scale < 120 && chance.once(8);
    return `${sign}${chance.digits(count)}${rounded ? `.${chance.digits(2)}` : ''}E${-scale}`;
  };

/** NUMBER without a precision, and FLOAT: up to 38 digits at many exponents, and, when nothing is rounded, the ends of the range. */
export const floating =
  (exponentMax: number, ends = false): Maker =>
  (chance) => {
    if (ends && chance.once(30))
      return chance.of([
        '0',
        '1E125',
        '1E-130',
        `-9.${'9'.repeat(37)}E125`,
        `9.${'9'.repeat(37)}E-93`,
        '-1E-130',
        '-0',
      ]);
    const digits = chance.between(1, 38);
    const text = `${chance.of(['', '-'])}${chance.between(1, 9)}.${chance.digits(digits - 1)}`;
    return chance.once(2)
      ? `${text}E${chance.between(-exponentMax, exponentMax)}`
      : `${text}E${chance.between(-3, 12)}`;
  };

const scratch = new DataView(new ArrayBuffer(8));
const written = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toExponential(digits).toUpperCase() : 'NaN';

/** Every bit pattern alike, so every exponent; one in eight without one, which is subnormal. */
export const binaryDouble: Maker = (chance) => {
  if (chance.once(8))
    return chance.of([
      'NaN',
      'INF',
      '-INF',
      '-0',
      '0',
      '5E-324',
      '-2.2250738585072014E-308',
      '1.7976931348623157E+308',
    ]);
  const high = chance.bits();
  scratch.setUint32(0, chance.once(8) ? high & 0x800fffff : high);
  scratch.setUint32(4, chance.bits());
  return written(scratch.getFloat64(0), 16);
};

export const binaryFloat: Maker = (chance) => {
  if (chance.once(8))
    return chance.of(['NaN', 'INF', '-INF', '-0', '0', '1.4E-45', '-1.17549435E-38', '3.40282347E+38']);
  const bits = chance.bits();
  scratch.setUint32(0, chance.once(8) ? bits & 0x807fffff : bits);
  return written(scratch.getFloat32(0), 8);
};

const PIECES = [
  ' ', '  ', "'", "''", '"', '\n', '\r\n', '\t', '\\', '\\N', '\\0041', ';', ',', '||', '--', '/*', ']]>', '&lt;', '%',
  'NULL', 'it', 'x', 'Q', '0', 'ß', 'é', 'e\u0301', 'a\u0308\u0323', 'Ж', '订单', '数', '한', 'ا', '😀', '👩‍👧', '𠮷', '€',
  '\u2028', '\u200b', '\0', '\ufeff', '\ufffd', '\u0001', '\u007f', '\u0085', "') and \"ID\" = '1",
] as const; // prettier-ignore

const LENGTHS = {
  bytes: (text: string) => Buffer.byteLength(text),
  characters: (text: string) => Array.from(text).length,
  units: (text: string) => text.length,
} as const;

/** Text of `PIECES` up to a column's limit: full once in `fullOnceIn`, short otherwise; blanks at both ends are common. */
export const characters =
  (limit: number, unit: keyof typeof LENGTHS, fullOnceIn: number): Maker =>
  (chance) => {
    const full = chance.once(fullOnceIn);
    const room = full ? limit : chance.between(1, Math.min(limit, 24));
    const length = LENGTHS[unit];
    let text = '';
    let size = 0;
    for (let misses = 0; size < room && misses < 12;) {
      const piece = chance.of(PIECES);
      const more = length(piece);
      if (size + more > room) misses += 1;
      else [text, size] = [text + piece, size + more];
    }
    const left = full ? room - size : chance.once(3) ? Math.min(2, room - size) : 0;
    return text === '' ? '.' : text + ' '.repeat(left);
  };

/** With a half of a surrogate pair now and then, which UTF-8 has no form for. */
export const brokenCharacters: Maker = (chance) => {
  const text = characters(16, 'units', 5)(chance);
  return chance.once(5) ? chance.of([`${text}\ud83d`, `\ude00${text}`]) : text;
};

/** As UNISTR reads it. */
export const unistrText = (text: string): string =>
  text.replace(/[^ -~]|\\/g, (unit) =>
    unit === '\\' ? '\\\\' : `\\${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );

export const hexadecimal =
  (bytesMax: number, fullOnceIn: number): Maker =>
  (chance) => {
    const bytes = chance.once(fullOnceIn) ? bytesMax : chance.between(1, Math.min(bytesMax, 24));
    return Array.from({ length: bytes }, () => (chance.bits() & 0xff).toString(16).padStart(2, '0')).join('');
  };

/** Wall clocks that some zone skips or has twice, ends of calendars and of the ages of computers. */
const MOMENTS = [
  '2026-03-08 02:30:00', '2026-11-01 01:30:00', '1986-01-01 00:07:30', '2024-02-29 23:59:59', '2000-02-29 00:00:00',
  '1900-02-28 23:59:59', '1969-12-31 23:59:59', '1970-01-01 00:00:00', '2038-01-19 03:14:08', '1883-11-18 12:02:00',
  '0001-01-01 00:00:00', '9999-12-31 23:59:59', '1582-10-15 00:00:00', '1582-10-04 23:59:59', '0050-01-01 00:00:00',
  '0099-12-31 12:00:00', '0100-01-01 00:00:00', '2262-04-11 23:47:17', '1677-09-21 00:12:43', '2016-12-31 23:59:59',
] as const; // prettier-ignore

/** Gone from the Gregorian calendar, of which Oracle keeps no dates before 1582-10-15. */
const JULIAN_ONLY = ['1500-02-29 12:00:00', '0100-02-29 00:00:00', '1300-02-29 23:59:59'] as const;

const BEFORE_OUR_ERA = ['-4712-01-01 00:00:00', '-0001-12-31 23:59:59', '-0044-03-15 12:00:00'] as const;

export type Era = 'ours' | 'all' | 'zoned';

const dayAndTime = (chance: Chance): string => {
  const day = `${two(chance.between(1, 12))}-${two(chance.between(1, 28))}`;
  if (chance.once(10)) return `${day} 00:00:00`;
  return `${day} ${two(chance.between(0, 23))}:${two(chance.between(0, 59))}:${two(chance.between(0, 59))}`;
};

const yearOf = (chance: Chance, [first, last]: readonly [number, number]): string => {
  const year = chance.between(first, last);
  return String(year === 1582 ? 1583 : year).padStart(4, '0');
};

/** `all`: one in ten before our era or only Julian. `zoned`: far enough from both ends for every offset. */
export const moment =
  (era: Era = 'ours'): Maker =>
  (chance) => {
    if (era === 'all' && chance.once(10)) {
      if (chance.once(4)) return chance.of(JULIAN_ONLY);
      return chance.once(3) ? chance.of(BEFORE_OUR_ERA) : `-${yearOf(chance, [1, 4711])}-${dayAndTime(chance)}`;
    }
    if (era !== 'zoned' && chance.once(8)) return chance.of(MOMENTS);
    const years = chance.once(2)
      ? ([1900, 2100] as const)
      : era === 'zoned'
        ? ([2, 9998] as const)
        : ([1, 9999] as const);
    return `${yearOf(chance, years)}-${dayAndTime(chance)}`;
  };

/** A moment with a fraction of a second. Oracle rounds to the column's digits; at the end of time that would leave no year. */
export const fineMoment =
  (digits: number, era: Era = 'ours'): Maker =>
  (chance) => {
    const seconds = moment(era)(chance);
    const given = seconds.startsWith('9999') ? digits : chance.of([digits, digits, 9, 0, 3]);
    return `${seconds}.${chance.digits(given).padEnd(9, '0')}`;
  };

const zoneOffset: Maker = (chance) =>
  chance.once(4)
    ? chance.of(['+14:00', '-12:00', '+05:45', '-03:30', '+00:00', '-00:30', '+08:45'])
    : `${chance.of(['+', '-'])}${two(chance.between(0, 11))}:${two(chance.between(0, 59))}`;

/**
 * `… +05:45`. One in ten falls out of our era, or is the last hour of the Julian calendar somewhere. None crosses the border of the
 * eras on its way to UTC: which year lies between -1 and 1 is not agreed upon, and the product refuses such redo.
 */
export const offsetMoment =
  (digits: number): Maker =>
  (chance) => {
    if (chance.once(10))
      return chance.of([
        '-0044-03-15 12:00:00.000000001 +01:00',
        '-0001-03-01 00:00:00.000000000 +05:30',
        '-4712-01-02 12:00:00.500000000 -05:00',
        '1582-10-15 01:00:00.000000000 +05:00',
        '9999-12-31 23:59:59.000000000 +00:00',
        '0001-01-01 00:00:00.000000000 -14:00',
      ]);
    return `${fineMoment(digits, 'zoned')(chance)} ${zoneOffset(chance)}`;
  };

const REGIONS = [
  'America/New_York', 'Asia/Kathmandu', 'Europe/Berlin', 'Asia/Shanghai', 'Australia/Lord_Howe', 'America/St_Johns',
  'Africa/Monrovia', 'Asia/Kolkata', 'UTC', 'Pacific/Chatham',
] as const; // prettier-ignore

/** `… Europe/Berlin`, at hours that no zone skips, in the years in which every offset is whole minutes. */
export const regionMoment =
  (digits: number): Maker =>
  (chance) => {
    const day = `${chance.between(1973, 2400)}-${two(chance.between(1, 12))}-${two(chance.between(1, 28))}`;
    const time = `${two(chance.between(4, 22))}:${two(chance.between(0, 59))}:${two(chance.between(0, 59))}`;
    return `${day} ${time}.${chance.digits(digits).padEnd(9, '0')} ${chance.of(REGIONS)}`;
  };

export const yearsMonths =
  (digits: number): Maker =>
  (chance) =>
    `${chance.of(['', '-'])}${Number(chance.digits(chance.between(1, digits)))}-${chance.between(0, 11)}`;

export const daysSeconds =
  (digits: number, fraction: number): Maker =>
  (chance) => {
    if (chance.once(20))
      return chance.of(['0 00:00:00', `-0 00:00:00.${'0'.repeat(8)}1`.slice(0, 12 + fraction).replace(/\.$/, '')]);
    const days = Number(chance.digits(chance.between(1, digits)));
    const time = `${two(chance.between(0, 23))}:${two(chance.between(0, 59))}:${two(chance.between(0, 59))}`;
    return `${chance.of(['', '-'])}${days} ${time}.${chance.digits(Math.max(fraction, 1)).slice(0, fraction)}`.replace(
      /\.$/,
      '',
    );
  };
