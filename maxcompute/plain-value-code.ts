/**
 * Texts of values into what they say, in WebAssembly, for plain-records.ts: eight characters are one word, and a test or a
 * multiplication does something to all of them (SIMD within a register). Little-endian: the first character is the lowest byte.
 *
 * Each function says {@link ODD} (or none, as it is described) for what it does not read, which need not be wrong: the encoders
 * in TypeScript decide. Of a text, up to eight bytes behind its end are looked at, and do not matter.
 */
import { call, get, I32, I64, i32, i64, increase, leave, loop, memory, set, when } from './wasm-assembler.ts';
import type { Code, WasmFunction } from './wasm-assembler.ts';

/** No value: as a bigint of MaxCompute it is refused. */
export const ODD = -(2n ** 63n);

/** Numbers of the functions in a module, where that of CRC-32C is the first. */
const EIGHT = 1;
export const DIGITS = 2;
export const INTEGER_VALUE = 3;
export const DECIMAL_DIGITS = 4;
export const SPAN = 5;
export const FIELDS = 6;
export const MOMENT = 7;

export const signedWord = (word: bigint): Code => i64.value(BigInt.asIntN(64, word));
const bytesOf = (byte: number): Code => signedWord(BigInt(byte) * 0x0101010101010101n);
export const HIGH_BITS = bytesOf(0x80);

/** eight(word): the number of eight digits, or -1. */
function eightFunction(): WasmFunction {
  const word = 0;
  const upper = (value: Code): Code => i64.and(value, bytesOf(0xf0));
  // '0' … '9' are 0x30 … 0x39: the upper half of each is 3, and still is when 6 is added.
  const beyondNine = i64.right(upper(i64.add(get(word), bytesOf(6))), i64.value(4));
  const strange = i64.xor(i64.or(upper(get(word)), beyondNine), bytesOf(0x33));
  /** Neighbours of `bits` bits each: the first one times `weight`, plus the second one, in the place of both. */
  const paired = (bits: bigint, weight: bigint, mask: bigint): Code =>
    i64.right(i64.multiply(i64.and(get(word), signedWord(mask)), i64.value((weight << bits) + 1n)), i64.value(bits));
  return {
    name: 'eight',
    parameters: [I64],
    result: I64,
    locals: [],
    body: [
      ...when(i32.not(i64.not(strange)), leave(i64.value(-1))),
      ...set(word, paired(8n, 10n, 0x0f0f0f0f0f0f0f0fn)),
      ...set(word, paired(16n, 100n, 0x00ff00ff00ff00ffn)),
      ...paired(32n, 10_000n, 0x0000ffff0000ffffn),
    ],
  };
}

/** digits(at, count): the number that they are; negative for what are no digits, none or more than 19, and from 2^63. */
function digitsFunction(): WasmFunction {
  const [at, count, head, value, part, bad] = [0, 1, 2, 3, 4, 5] as const;
  const shift = i64.left(i64.widened(get(head)), i64.value(3));
  const padded = i64.or(
    i64.left(memory.double(get(at)), i64.subtract(i64.value(64), shift)),
    i64.right(bytesOf(48), shift),
  );
  const take = (word: Code): Code => [
    ...set(part, call(EIGHT, word)),
    ...set(bad, i64.or(get(bad), get(part))),
    ...set(value, i64.add(i64.multiply(get(value), i64.value(100_000_000)), get(part))),
  ];
  return {
    name: 'digits',
    parameters: [I32, I32],
    result: I64,
    locals: [I32, I64, I64, I64],
    body: [
      ...when(i32.less(i32.value(18), i32.subtract(get(count), i32.value(1))), leave(i64.value(-1))),
      ...set(head, i32.and(get(count), i32.value(7))),
      ...when(get(head), [...take(padded), ...increase(at, get(head))]),
      ...set(count, i32.subtract(get(count), get(head))),
      ...loop(get(count), [
        ...take(memory.double(get(at))),
        ...increase(at, i32.value(8)),
        ...set(count, i32.subtract(get(count), i32.value(8))),
      ]),
      ...when(i64.lessSigned(get(bad), i64.value(0)), leave(i64.value(-1))),
      ...get(value),
    ],
  };
}

const isMinus = (at: Code): Code => i32.equal(memory.byte(at), i32.value(45));

/** integer(at, length, unused): a signed integer of 64 - unused bits, or ODD. */
function integerFunction(): WasmFunction {
  const [at, length, unused, negative, value, shift] = [0, 1, 2, 3, 4, 5] as const;
  const back = i64.rightSigned(i64.left(get(value), get(shift)), get(shift));
  return {
    name: 'integer',
    parameters: [I32, I32, I32],
    result: I64,
    locals: [I32, I64, I64],
    body: [
      ...set(negative, isMinus(get(at))),
      ...set(value, call(DIGITS, i32.add(get(at), get(negative)), i32.subtract(get(length), get(negative)))),
      ...when(i64.lessSigned(get(value), i64.value(0)), leave(i64.value(ODD))),
      ...when(get(negative), set(value, i64.subtract(i64.value(0), get(value)))),
      ...set(shift, i64.widened(get(unused))),
      ...when(i64.equal(back, get(value)), leave(get(value))),
      ...i64.value(ODD),
    ],
  };
}

/** decimal(at, length, whole, fraction): 1 for `-?digits[.digits]` of at most so many digits before and after the point, else 0. */
function decimalFunction(): WasmFunction {
  const [at, end, whole, fraction, from, point, digit] = [0, 1, 2, 3, 4, 5, 6] as const;
  const noWhen = (condition: Code): Code => when(condition, leave(i32.value(0)));
  const isNotPoint = i32.or(i32.xor(get(digit), i32.value(46 - 48)), get(point));
  const step = [
    ...set(digit, i32.subtract(memory.byte(get(at)), i32.value(48))),
    ...when(i32.less(i32.value(9), get(digit)), [...noWhen(isNotPoint), ...set(point, get(at))]),
    ...increase(at, i32.value(1)),
  ];
  const leadingZero = i32.equal(memory.byte(get(from)), i32.value(48));
  const wholeDigits = i32.subtract(i32.subtract(get(point), get(from)), leadingZero);
  return {
    name: 'decimal',
    parameters: [I32, I32, I32, I32],
    result: I32,
    locals: [I32, I32, I32],
    body: [
      ...set(end, i32.add(get(end), get(at))),
      ...increase(at, isMinus(get(at))),
      ...set(from, get(at)),
      ...loop(i32.less(get(at), get(end)), step),
      ...when(i32.not(get(point)), set(point, get(end))),
      ...noWhen(i32.not(i32.less(get(from), get(point)))),
      ...noWhen(i32.equal(i32.add(get(point), i32.value(1)), get(end))),
      ...noWhen(i32.lessSigned(get(whole), wholeDigits)),
      ...noWhen(i32.lessSigned(get(fraction), i32.subtract(i32.subtract(get(end), get(point)), i32.value(1)))),
      ...i32.value(1),
    ],
  };
}

/**
 * span(at, units): how many bytes of UTF-8 so many units of UTF-16 are; -1 when a character stands across the end, or when there is
 * a U+FFFD, which may have been a lone surrogate.
 */
function spanFunction(): WasmFunction {
  const [at, units, from, byte] = [0, 1, 2, 3] as const;
  const step = (bytes: number, count: number): Code => [
    ...increase(at, i32.value(bytes)),
    ...set(units, i32.subtract(get(units), i32.value(count))),
  ];
  const isReplaced = i32.equal(i32.and(memory.word(get(at)), i32.value(0xffffff)), i32.value(0xbdbfef));
  const three = [...when(isReplaced, leave(i32.value(-1))), ...step(3, 1)];
  const below = (end: number): Code => i32.less(get(byte), i32.value(end));
  const one = [
    ...set(byte, memory.byte(get(at))),
    ...when(below(0x80), step(1, 1), when(below(0xe0), step(2, 1), when(below(0xf0), three, step(4, 2)))),
  ];
  const eightAscii = i32.and(
    i64.not(i64.and(memory.double(get(at)), HIGH_BITS)),
    i32.lessSigned(i32.value(7), get(units)),
  );
  return {
    name: 'span',
    parameters: [I32, I32],
    result: I32,
    locals: [I32, I32],
    body: [
      ...set(from, get(at)),
      ...loop(i32.lessSigned(i32.value(0), get(units)), when(eightAscii, step(8, 8), one)),
      ...when(get(units), leave(i32.value(-1))),
      ...i32.subtract(get(at), get(from)),
    ],
  };
}

/** In the order of their numbers, behind the one of CRC-32C. */
export const valueFunctions = (): readonly WasmFunction[] => [
  eightFunction(),
  digitsFunction(),
  integerFunction(),
  decimalFunction(),
  spanFunction(),
];
