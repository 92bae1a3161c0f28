/**
 * Whole records out of the texts of many rows, in WebAssembly, for plain-records.ts. Of each value, what travels is written at OUT
 * and what is summed at SUM_END (the difference: record-seal.ts); a record is summed at its end.
 */
import { BOOLEAN, DATE, DATETIME, DECIMAL, DOUBLE, FLOAT, INTEGER, TEXT } from './column-kinds.ts';
import { crcTables } from './crc32c.ts';
import { SUM, sumFunction, TABLES } from './crc32c-code.ts';
import { END_OF_RECORD_TAG } from './record-seal.ts';
import { fillTables, momentFunctions, NANOS, VALUES_END } from './plain-moment-code.ts';
import { DECIMAL_DIGITS, INTEGER_VALUE, MOMENT, ODD, SPAN, valueFunctions } from './plain-value-code.ts';
import {
  call,
  get,
  I32,
  I64,
  i32,
  i64,
  increase,
  instantiate,
  leave,
  loop,
  memory,
  set,
  when,
} from './wasm-assembler.ts';
import type { Code, WasmFunction } from './wasm-assembler.ts';

/** Of a row's texts together; longer ones are not for this path. */
export const UNITS_MAX = 1 << 13;
/** Values of the rows that wait; no table of MaxCompute has more columns. */
export const SLOTS_MAX = 1 << 12;
/** In place of a text's length, for a value that is absent. */
export const ABSENT = -1;

/** What the module is told of a column: numbers of 32 bits. */
const COLUMN_WORDS = 6;
const [KIND, FIELD, TAG, TAG_BYTES, FIRST, SECOND] = [0, 4, 8, 12, 16, 20] as const;

/** Some bytes beyond the end of an area are written or read, and do not matter. */
const SLACK = 64;
const aligned = (address: number): number => (address + 7) & ~7;

/** Two rows may be waiting that are nearly as long as one may be; no unit of UTF-16 has more than three bytes of UTF-8. */
const TEXT_BYTES = 3 * 2 * UNITS_MAX;
/** The memory: tables, what {@link encode} leaves, columns, lengths of texts, doubles, texts, what is summed, records. */
export const STREAM = aligned(VALUES_END);
export const OUT_END = STREAM + 4;
export const COLUMNS_END = OUT_END + 4;
const CHECKSUM = COLUMNS_END + 4;
export const COLUMNS = CHECKSUM + 4;
export const SLOTS = COLUMNS + SLOTS_MAX * 4 * COLUMN_WORDS;
export const NUMBERS = SLOTS + 4 * SLOTS_MAX;
export const TEXTS = NUMBERS + 8 * SLOTS_MAX;
const SUMMED = aligned(TEXTS + TEXT_BYTES + SLACK);
/** A value is a field of four bytes and at most twelve, or its text. */
export const RECORDS = aligned(SUMMED + TEXT_BYTES + 16 * SLOTS_MAX + SLACK);
/** A value has a tag of at most three bytes and a length or numbers of at most fifteen; a record, of at least one slot, ends with nine. */
const BYTES = RECORDS + TEXT_BYTES + 32 * SLOTS_MAX + SLACK;

const VARINT = 8;

/** varint(at, value): writes it and answers where it ends. */
function varintFunction(): WasmFunction {
  const [at, value] = [0, 1] as const;
  return {
    name: 'varint',
    parameters: [I32, I64],
    result: I32,
    locals: [],
    body: [
      ...loop(i64.less(i64.value(127), get(value)), [
        ...memory.setByte(get(at), i32.or(i32.low(get(value)), i32.value(128))),
        ...increase(at, i32.value(1)),
        ...set(value, i64.right(get(value), i64.value(7))),
      ]),
      ...memory.setByte(get(at), i32.low(get(value))),
      ...i32.add(get(at), i32.value(1)),
    ],
  };
}

/** Locals of `encode`: its parameters, the place in the text, where it writes, one column, its text, one number. */
const [SLOT, END, AT, ASCII, ROW, OUT, SUM_END, COLUMN, LENGTH, INDEX, STATE, NUMBER] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
] as const;

const isKind = (kind: number): Code => i32.equal(memory.word(get(COLUMN), KIND), i32.value(kind));
/** The row cannot be written here: what it has written so far does not count. */
const oddWhen = (condition: Code): Code => when(condition, leave(get(ROW)));
const varint = (value: Code): Code => set(OUT, call(VARINT, get(OUT), value));
const sumDouble = (value: Code): Code => [...memory.setDouble(get(SUM_END), value), ...increase(SUM_END, i32.value(8))];
const sumWord = (value: Code): Code => [...memory.setWord(get(SUM_END), value), ...increase(SUM_END, i32.value(4))];

const ZIGZAG = i64.xor(i64.left(get(NUMBER), i64.value(1)), i64.rightSigned(get(NUMBER), i64.value(63)));
const SIGNED = [...sumDouble(get(NUMBER)), ...varint(ZIGZAG)];

/** The bytes of the text, LENGTH many, with their count; copied in sixteens, some of them beyond the end. */
function bytesCode(): Code {
  const eight = memory.double(i32.add(get(AT), get(INDEX)));
  const next = memory.double(i32.add(get(AT), get(INDEX)), 8);
  return [
    ...varint(i64.widened(get(LENGTH))),
    ...set(INDEX, i32.value(0)),
    ...loop(i32.less(get(INDEX), get(LENGTH)), [
      ...memory.setDouble(i32.add(get(OUT), get(INDEX)), eight),
      ...memory.setDouble(i32.add(get(SUM_END), get(INDEX)), eight),
      ...memory.setDouble(i32.add(get(OUT), get(INDEX)), next, 8),
      ...memory.setDouble(i32.add(get(SUM_END), get(INDEX)), next, 8),
      ...increase(INDEX, i32.value(16)),
    ]),
    ...increase(OUT, get(LENGTH)),
    ...increase(SUM_END, get(LENGTH)),
  ];
}

function textCode(): Code {
  const measured = [
    ...set(LENGTH, call(SPAN, get(AT), get(LENGTH))),
    ...oddWhen(i32.less(memory.word(get(COLUMN), SECOND), get(LENGTH))),
  ];
  return [
    ...oddWhen(i32.less(memory.word(get(COLUMN), FIRST), get(LENGTH))),
    ...when(get(ASCII), [], measured),
    ...bytesCode(),
  ];
}

function decimalCode(): Code {
  const limits = [memory.word(get(COLUMN), FIRST), memory.word(get(COLUMN), SECOND)] as const;
  return [...oddWhen(i32.not(call(DECIMAL_DIGITS, get(AT), get(LENGTH), ...limits))), ...bytesCode()];
}

const oddNumber = (value: Code): Code => [...set(NUMBER, value), ...oddWhen(i64.equal(get(NUMBER), i64.value(ODD)))];

const integerCode = (): Code => [
  ...oddNumber(call(INTEGER_VALUE, get(AT), get(LENGTH), memory.word(get(COLUMN), FIRST))),
  ...SIGNED,
];

function momentCode(): Code {
  const nanos = memory.word(i32.value(NANOS));
  const day = [
    ...oddWhen(nanos),
    ...oddWhen(i32.not(i64.not(i64.remainderSigned(get(NUMBER), i64.value(86_400))))),
    ...set(NUMBER, i64.divideSigned(get(NUMBER), i64.value(86_400))),
    ...SIGNED,
  ];
  const milliseconds = i64.widened(i32.divide(nanos, i32.value(1_000_000)));
  const datetime = [
    ...oddWhen(i32.remainder(nanos, i32.value(1_000_000))),
    ...set(NUMBER, i64.add(i64.multiply(get(NUMBER), i64.value(1000)), milliseconds)),
    ...SIGNED,
  ];
  const timestamp = [...SIGNED, ...sumWord(nanos), ...varint(i64.widened(i32.left(nanos, i32.value(1))))];
  return [
    ...oddNumber(call(MOMENT, get(AT), get(LENGTH))),
    ...when(isKind(DATE), day, when(isKind(DATETIME), datetime, timestamp)),
  ];
}

function booleanCode(): Code {
  const begins = (text: string): Code => i32.equal(memory.word(get(AT)), i32.value(Buffer.from(text).readInt32LE()));
  const isTrue = i32.and(i32.equal(get(LENGTH), i32.value(4)), begins('true'));
  const endsFalse = i32.equal(memory.byte(get(AT), 4), i32.value('e'.charCodeAt(0)));
  const isFalse = i32.and(i32.equal(get(LENGTH), i32.value(5)), i32.and(begins('fals'), endsFalse));
  return [
    ...set(INDEX, isTrue),
    ...oddWhen(i32.not(i32.or(get(INDEX), isFalse))),
    ...memory.setByte(get(OUT), get(INDEX)),
    ...memory.setByte(get(SUM_END), get(INDEX)),
    ...increase(OUT, i32.value(1)),
    ...increase(SUM_END, i32.value(1)),
  ];
}

/** A number that TypeScript has put into {@link NUMBERS}, by its slot. */
function realCode(): Code {
  const number = i32.left(i32.subtract(get(SLOT), i32.value(SLOTS)), i32.value(1));
  const double = [
    ...set(NUMBER, memory.double(number, NUMBERS)),
    ...memory.setDouble(get(OUT), get(NUMBER)),
    ...sumDouble(get(NUMBER)),
    ...increase(OUT, i32.value(8)),
  ];
  const float = [
    ...set(INDEX, memory.word(number, NUMBERS)),
    ...memory.setWord(get(OUT), get(INDEX)),
    ...sumWord(get(INDEX)),
    ...increase(OUT, i32.value(4)),
  ];
  return when(isKind(DOUBLE), double, float);
}

function columnCode(): Code {
  const byKind: readonly (readonly [condition: Code, code: Code])[] = [
    [isKind(TEXT), textCode()],
    [isKind(INTEGER), integerCode()],
    [isKind(DECIMAL), decimalCode()],
    [i32.or(isKind(DOUBLE), isKind(FLOAT)), realCode()],
    [isKind(BOOLEAN), booleanCode()],
  ];
  const present = [
    ...memory.setWord(get(OUT), memory.word(get(COLUMN), TAG)),
    ...increase(OUT, memory.word(get(COLUMN), TAG_BYTES)),
    ...sumWord(memory.word(get(COLUMN), FIELD)),
    ...byKind.reduceRight<Code>((otherwise, [condition, code]) => when(condition, code, otherwise), momentCode()),
    ...increase(AT, get(LENGTH)),
  ];
  return [
    ...set(LENGTH, memory.word(get(SLOT))),
    ...when(i32.equal(get(LENGTH), i32.value(ABSENT)), [], present),
    ...increase(SLOT, i32.value(4)),
    ...increase(COLUMN, i32.value(4 * COLUMN_WORDS)),
  ];
}

/** The end of a record; the stream's state takes its checksum in. */
function endCode(): Code {
  const stream = memory.word(i32.value(STREAM));
  return [
    ...memory.setWord(get(OUT), i32.value(END_OF_RECORD_TAG)),
    ...increase(OUT, i32.value(4)),
    ...set(STATE, i32.xor(call(SUM, i32.value(-1), i32.value(SUMMED), get(SUM_END)), i32.value(-1))),
    ...varint(i64.widened(get(STATE))),
    ...memory.setWord(i32.value(CHECKSUM), get(STATE)),
    ...memory.setWord(i32.value(STREAM), call(SUM, stream, i32.value(CHECKSUM), i32.value(CHECKSUM + 4))),
    ...memory.setWord(i32.value(OUT_END), get(OUT)),
  ];
}

function encodeFunction(): WasmFunction {
  const record = [
    ...set(ROW, get(SLOT)),
    ...set(SUM_END, i32.value(SUMMED)),
    ...set(COLUMN, i32.value(COLUMNS)),
    ...loop(i32.less(get(COLUMN), memory.word(i32.value(COLUMNS_END))), columnCode()),
    ...endCode(),
  ];
  return {
    name: 'encode',
    parameters: [I32, I32, I32, I32],
    result: I32,
    locals: [I32, I32, I32, I32, I32, I32, I32, I64],
    body: [
      ...set(OUT, i32.value(RECORDS)),
      ...memory.setWord(i32.value(OUT_END), get(OUT)),
      ...loop(i32.less(get(SLOT), get(END)), record),
      ...get(END),
    ],
  };
}

const { memory: shared, run } = instantiate(
  [sumFunction(), ...valueFunctions(), ...momentFunctions(), varintFunction(), encodeFunction()],
  'encode',
  BYTES,
);
new Int32Array(shared.buffer).set(crcTables(TABLES));
fillTables(shared.buffer);

/** The module's memory. One for the process: a batch is copied in, written and copied out again, and nothing stays. */
export const moduleMemory = shared.buffer;

/**
 * encode(slot, end, at, ascii): the records of the rows whose lengths of texts begin at `slot`, up to `end`, and whose texts begin
 * at `at`, into {@link RECORDS} up to {@link OUT_END}. Answers where the first row begins that it cannot write, or `end`.
 * The state at {@link STREAM} takes the checksums in.
 */
export const encode: (slot: number, end: number, at: number, ascii: number) => number = run;
