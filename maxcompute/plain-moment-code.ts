/** Dates and times of plain rows, in WebAssembly as the other values (plain-value-code.ts). The calendar is in tables. */
import { daysFromCivil } from './calendar.ts';
import { TABLES_BYTES } from './crc32c-code.ts';
import { DIGITS, FIELDS, HIGH_BITS, ODD, signedWord } from './plain-value-code.ts';
import { call, get, I32, I64, i32, i64, leave, memory, set, when } from './wasm-assembler.ts';
import type { Code, WasmFunction } from './wasm-assembler.ts';

/** For each year from 0: the days from 1970 to the day before its first one, times four, and which of {@link MONTHS} it has. */
const YEARS = TABLES_BYTES;
const [COMMON_YEAR, LEAP_YEAR, NO_YEAR] = [0, 1, 2] as const;
const YEARS_COUNT = 10_000;
/** For each two digits of a month: the days of the year before it, times 32, and its own; none, if it is none. */
const MONTHS = YEARS + 4 * YEARS_COUNT;
const MONTHS_COUNT = 128;
/** By how much a fraction of so many digits is multiplied to be nanoseconds. */
const SCALES = MONTHS + 3 * 4 * MONTHS_COUNT;
/** Where {@link MOMENT} leaves the nanoseconds. */
export const NANOS = SCALES + 40;
export const VALUES_END = NANOS + 8;

/** Tables of the functions, into their memory. */
export function fillTables(buffer: ArrayBuffer): void {
  const words = new Int32Array(buffer);
  for (let year = 0; year < YEARS_COUNT; year++) {
    const first = daysFromCivil(year, 1, 1);
    const leap = daysFromCivil(year + 1, 1, 1) - first === 366;
    words[YEARS / 4 + year] = ((first - 1) << 2) | (year === 0 ? NO_YEAR : leap ? LEAP_YEAR : COMMON_YEAR);
  }
  for (const [kind, year] of [[COMMON_YEAR, 2001] as const, [LEAP_YEAR, 2000] as const])
    for (let month = 1; month <= 12; month++) {
      const before = daysFromCivil(year, month, 1) - daysFromCivil(year, 1, 1);
      const days = month === 12 ? 31 : daysFromCivil(year, month + 1, 1) - daysFromCivil(year, month, 1);
      words[MONTHS / 4 + kind * MONTHS_COUNT + month] = (before << 5) | days;
    }
  for (let digits = 0; digits <= 9; digits++) words[SCALES / 4 + digits] = 10 ** (9 - digits);
}

/**
 * fields(word, pattern, beyond): in each byte where two digits begin, the number that they are; negative when some character is not
 * as in the pattern, where a zero is any digit.
 */
function fieldsFunction(): WasmFunction {
  const [word, pattern, beyond] = [0, 1, 2] as const;
  // A digit is 0 … 9 now and a separator 0; what is added raises the highest bit of each byte that is more.
  const strange = i64.and(i64.or(get(word), i64.add(get(word), get(beyond))), HIGH_BITS);
  return {
    name: 'fields',
    parameters: [I64, I64, I64],
    result: I64,
    locals: [],
    body: [
      ...set(word, i64.xor(get(word), get(pattern))),
      ...when(i32.not(i64.not(strange)), leave(i64.value(-1))),
      ...i64.add(i64.multiply(get(word), i64.value(10)), i64.right(get(word), i64.value(8))),
    ],
  };
}

/** In the pattern, a zero is any digit, and NUL is NUL. */
function fieldsOf(word: Code, pattern: string): Code {
  const beyond = Array.from(pattern, (character) => (character === '0' ? 0x80 - 10 : character === '\0' ? 0 : 0x7f));
  const words = [Buffer.from(pattern, 'latin1'), Buffer.from(beyond)].map((bytes) => bytes.readBigUInt64LE());
  return call(FIELDS, word, ...words.map(signedWord));
}

/** Locals of `moment`: its parameters, the result, what was read last, the month's entry, a number, digits of the fraction. */
const [AT, LENGTH, SECONDS, PAIRS, MONTH, NUMBER, FRACTION] = [0, 1, 2, 3, 4, 5, 6] as const;

const oddWhen = (condition: Code): Code => when(condition, leave(i64.value(ODD)));
const isNegative = (local: number): Code => i64.lessSigned(get(local), i64.value(0));
const isLength = (count: number): Code => i32.equal(get(LENGTH), i32.value(count));
const read = (word: Code, pattern: string): Code => [
  ...set(PAIRS, fieldsOf(word, pattern)),
  ...oddWhen(isNegative(PAIRS)),
];
/** The number of two digits, the first of them at this place of the word. */
const pair = (place: number): Code => i32.and(i32.low(i64.right(get(PAIRS), i64.value(8 * place))), i32.value(255));
/** Of two numbers the first one in units of the second one, plus that. */
const inUnits = (first: Code, units: number, second: Code): Code =>
  i32.add(i32.multiply(first, i32.value(units)), second);
const word32 = (index: Code, table: number): Code => memory.word(i32.left(index, i32.value(2)), table);

/** `YYYY-MM-DD` into SECONDS. */
function dayCode(): Code {
  const day = memory.double(get(AT), 8);
  const onlyDay = i64.or(i64.and(day, i64.value(0xffff)), i64.value(0x200000));
  const dayAndBlank = i64.and(day, i64.value(0xffffff));
  const before = i32.add(i32.rightSigned(get(NUMBER), i32.value(2)), i32.right(get(MONTH), i32.value(5)));
  const isDay = i32.less(i32.subtract(pair(0), i32.value(1)), i32.and(get(MONTH), i32.value(31)));
  return [
    ...read(memory.double(get(AT)), '0000-00-'),
    ...set(NUMBER, word32(inUnits(pair(0), 100, pair(2)), YEARS)),
    ...set(MONTH, word32(inUnits(i32.and(get(NUMBER), i32.value(3)), MONTHS_COUNT, pair(5)), MONTHS)),
    ...set(SECONDS, i64.signed(before)),
    ...when(isLength(10), read(onlyDay, '00 \0\0\0\0\0'), read(dayAndBlank, '00 \0\0\0\0\0')),
    ...oddWhen(i32.not(isDay)),
    ...set(SECONDS, i64.multiply(i64.add(get(SECONDS), i64.widened(pair(0))), i64.value(86_400))),
  ];
}

/** `HH:MM:SS`, added to SECONDS. */
function timeCode(): Code {
  const beyond = (place: number, most: number): Code => i32.less(i32.value(most), pair(place));
  return [
    ...read(memory.double(get(AT), 11), '00:00:00'),
    ...oddWhen(i32.or(i32.or(beyond(0, 23), beyond(3, 59)), beyond(6, 59))),
    ...set(SECONDS, i64.add(get(SECONDS), i64.widened(inUnits(inUnits(pair(0), 60, pair(3)), 60, pair(6))))),
  ];
}

/** `.f…` into {@link NANOS}. */
function fractionCode(): Code {
  const isPoint = i32.equal(memory.byte(get(AT), 19), i32.value(46));
  const nanos = i32.multiply(i32.low(get(FRACTION)), word32(get(NUMBER), SCALES));
  return [
    ...set(NUMBER, i32.subtract(get(LENGTH), i32.value(20))),
    ...oddWhen(i32.less(i32.value(8), i32.subtract(get(NUMBER), i32.value(1)))),
    ...oddWhen(i32.not(isPoint)),
    ...set(FRACTION, call(DIGITS, i32.add(get(AT), i32.value(20)), get(NUMBER))),
    ...oddWhen(isNegative(FRACTION)),
    ...memory.setWord(i32.value(NANOS), nanos),
  ];
}

/** moment(at, length): `YYYY-MM-DD[ HH:MM:SS[.f…]]` as seconds from 1970, and {@link NANOS}; or ODD. */
function momentFunction(): WasmFunction {
  return {
    name: 'moment',
    parameters: [I32, I32],
    result: I64,
    locals: [I64, I64, I32, I32, I64],
    body: [
      ...memory.setWord(i32.value(NANOS), i32.value(0)),
      ...oddWhen(i32.less(get(LENGTH), i32.value(10))),
      ...dayCode(),
      ...when(isLength(10), leave(get(SECONDS))),
      ...oddWhen(i32.less(get(LENGTH), i32.value(19))),
      ...timeCode(),
      ...when(isLength(19), leave(get(SECONDS))),
      ...fractionCode(),
      ...get(SECONDS),
    ],
  };
}

/** In the order of their numbers, behind those of plain-value-code.ts. */
export const momentFunctions = (): readonly WasmFunction[] => [fieldsFunction(), momentFunction()];
