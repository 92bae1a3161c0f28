/**
 * The checksums of whole batches of records, in WebAssembly: the tables of CRC-32C are read there without a check of bounds for
 * every byte, and one call serves some hundred records.
 *
 * A record comes as its columns, the tag of its end and {@link SEAL_BYTES} bytes of any content. It leaves with its checksum in
 * their place, and the records behind it move up when the checksum needs fewer bytes. What is summed differs from what travels:
 * int32-LE(field), and then eight little-endian bytes for a varint, text without its length (docs/formats/tunnel-record-stream.md).
 */
import { Failure } from '../model/failure.ts';
import { CRC_START, crcTables } from './crc32c.ts';
import { SUM, sumFunction, TABLES, TABLES_BYTES } from './crc32c-code.ts';
import { again, call, get, I32, I64, i32, i64, increase, instantiate } from './wasm-assembler.ts';
import { loop, memory, PAGE, set, when } from './wasm-assembler.ts';
import type { Code, WasmFunction } from './wasm-assembler.ts';

/** How a field is summed, by what {@link RecordSeal} was told of it. */
export const SUM_INTEGER = 0;
export const SUM_LENGTH_AND_BYTES = 1;
export const SUM_EIGHT_BYTES = 2;
export const SUM_FOUR_BYTES = 3;
export const SUM_BYTE = 4;
/** Seconds and nanoseconds, two varints. */
export const SUM_SECONDS_AND_NANOS = 5;

/** A checksum is a varint of 32 bits. */
export const SEAL_BYTES = 5;
/** MaxCompute's tables have at most 1,200 columns. */
const FIELDS = 2048;
/** Varint of field 33553408, as a little-endian integer; no column's tag begins like this. */
export const END_OF_RECORD_TAG = 0x7fffc080;

/** The module's memory: sixteen tables, the columns' forms, the stream's state, what is being summed, the records. */
const FORMS = TABLES_BYTES;
const STREAM = FORMS + FIELDS;
const SUMMED = STREAM + 16;
const SUMMED_FULL = SUMMED + 8192;
/** Longer text is summed where it is. */
const LONG = 1024;
const RECORDS = 1 << 15;

/** Locals of `seal`: its parameters, where it reads and writes, the record's state, the end of {@link SUMMED}, three for one column. */
const [FROM, TO, AT, OUT, STATE, FULL, NUMBER, INDEX, WIDE, SHIFT] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/** More bytes of a varint, after its first one. */
const LONGER_VARINT = [
  ...set(WIDE, i64.and(get(WIDE), i64.value(127))),
  ...set(SHIFT, i64.value(7)),
  ...again(
    [
      ...set(NUMBER, memory.byte(get(AT))),
      ...set(WIDE, i64.or(get(WIDE), i64.left(i64.widened(i32.and(get(NUMBER), i32.value(127))), get(SHIFT)))),
      ...set(SHIFT, i64.add(get(SHIFT), i64.value(7))),
      ...increase(AT, i32.value(1)),
    ],
    i32.right(get(NUMBER), i32.value(7)),
  ),
];
/** A varint at AT, into WIDE. */
const VARINT = [
  ...set(NUMBER, memory.byte(get(AT))),
  ...set(WIDE, i64.widened(get(NUMBER))),
  ...increase(AT, i32.value(1)),
  ...when(i32.right(get(NUMBER), i32.value(7)), LONGER_VARINT),
];
const UNZIGZAGGED = i64.xor(
  i64.right(get(WIDE), i64.value(1)),
  i64.subtract(i64.value(0), i64.and(get(WIDE), i64.value(1))),
);
const FLUSH = [...set(STATE, call(SUM, get(STATE), i32.value(SUMMED), get(FULL))), ...set(FULL, i32.value(SUMMED))];

const eightCopied = (offset: number): Code =>
  memory.setDouble(i32.add(get(FULL), get(INDEX)), memory.double(i32.add(get(AT), get(INDEX)), offset), offset);

/** A column's value: what is summed of it is appended at FULL, or summed at once. */
function valueCode(): Code {
  const integer = [...VARINT, ...memory.setDouble(get(FULL), UNZIGZAGGED), ...increase(FULL, i32.value(8))];
  const nanos = [...VARINT, ...memory.setWord(get(FULL), i32.low(UNZIGZAGGED)), ...increase(FULL, i32.value(4))];
  const fixed = (count: number, store: Code): Code => [
    ...store,
    ...increase(FULL, i32.value(count)),
    ...increase(AT, i32.value(count)),
  ];
  /** In sixteens, some of them beyond the end. */
  const copied = [
    ...set(INDEX, i32.value(0)),
    ...loop(i32.less(get(INDEX), get(NUMBER)), [
      ...eightCopied(0),
      ...eightCopied(8),
      ...increase(INDEX, i32.value(16)),
    ]),
    ...increase(FULL, get(NUMBER)),
  ];
  const inPlace = [...FLUSH, ...set(STATE, call(SUM, get(STATE), get(AT), i32.add(get(AT), get(NUMBER))))];
  const text = [
    ...VARINT,
    ...set(NUMBER, i32.low(get(WIDE))),
    ...when(i32.less(get(NUMBER), i32.value(LONG)), copied, inPlace),
    ...increase(AT, get(NUMBER)),
  ];
  const byForm: readonly (readonly [form: number, code: Code])[] = [
    [SUM_LENGTH_AND_BYTES, text],
    [SUM_INTEGER, integer],
    [SUM_SECONDS_AND_NANOS, [...integer, ...nanos]],
    [SUM_EIGHT_BYTES, fixed(8, memory.setDouble(get(FULL), memory.double(get(AT))))],
    [SUM_FOUR_BYTES, fixed(4, memory.setWord(get(FULL), memory.word(get(AT))))],
  ];
  const byte = fixed(1, memory.setByte(get(FULL), memory.byte(get(AT))));
  return byForm.reduceRight<Code>(
    (otherwise, [form, code]) => when(i32.equal(get(INDEX), i32.value(form)), code, otherwise),
    byte,
  );
}

/** The record's checksum at AT as a varint, which ends at NUMBER; AT goes to the next record. The stream takes it in. */
function checksumCode(): Code {
  const stream = memory.word(i32.value(STREAM));
  return [
    ...set(STATE, i32.xor(get(STATE), i32.value(-1))),
    ...memory.setWord(i32.value(SUMMED), get(STATE)),
    ...memory.setWord(i32.value(STREAM), call(SUM, stream, i32.value(SUMMED), i32.value(SUMMED + 4))),
    ...set(NUMBER, get(AT)),
    ...loop(i32.less(i32.value(127), get(STATE)), [
      ...memory.setByte(get(NUMBER), i32.or(get(STATE), i32.value(128))),
      ...increase(NUMBER, i32.value(1)),
      ...set(STATE, i32.right(get(STATE), i32.value(7))),
    ]),
    ...memory.setByte(get(NUMBER), get(STATE)),
    ...increase(NUMBER, i32.value(1)),
    ...increase(AT, i32.value(SEAL_BYTES)),
  ];
}

/** seal(from, to): where the records end afterwards; the stream's state in memory has taken their checksums in. */
function sealFunction(): WasmFunction {
  const column = [
    ...VARINT,
    ...set(NUMBER, i32.right(i32.low(get(WIDE)), i32.value(3))),
    ...set(INDEX, memory.byte(get(NUMBER), FORMS)),
    ...memory.setWord(get(FULL), get(NUMBER)),
    ...increase(FULL, i32.value(4)),
    ...valueCode(),
    ...when(i32.less(i32.value(SUMMED_FULL), get(FULL)), FLUSH),
  ];
  /** The records from FROM, with the last one's checksum; only when some place was not needed, or nothing follows. */
  const moved = [
    ...set(NUMBER, i32.subtract(get(NUMBER), get(FROM))),
    ...when(i32.equal(get(OUT), get(FROM)), [], memory.move(get(OUT), get(FROM), get(NUMBER))),
    ...increase(OUT, get(NUMBER)),
    ...set(FROM, get(AT)),
  ];
  const record = [
    ...set(STATE, i32.value(-1)),
    ...set(FULL, i32.value(SUMMED)),
    ...loop(i32.not(i32.equal(memory.word(get(AT)), i32.value(END_OF_RECORD_TAG))), column),
    ...FLUSH,
    ...increase(AT, i32.value(4)),
    ...checksumCode(),
    ...when(i32.or(i32.less(get(NUMBER), get(AT)), i32.equal(get(AT), get(TO))), moved),
  ];
  return {
    name: 'seal',
    parameters: [I32, I32],
    result: I32,
    locals: [I32, I32, I32, I32, I32, I32, I64, I64],
    body: [...set(AT, get(FROM)), ...set(OUT, get(FROM)), ...loop(i32.less(get(AT), get(TO)), record), ...get(OUT)],
  };
}

/** One for the process: a batch is copied in, sealed and copied out again, and nothing stays. */
const { memory: shared, run: seal } = instantiate([sumFunction(), sealFunction()], 'seal', 4 * PAGE);
new Int32Array(shared.buffer).set(crcTables(TABLES));
let bytes = new Uint8Array(shared.buffer);
let view = new DataView(shared.buffer);

/** Of text, this many bytes are read beyond the records. */
const BEYOND = 16;

function makeRoom(count: number): void {
  const missing = RECORDS + count + BEYOND - bytes.length;
  if (missing <= 0) return;
  shared.grow(Math.ceil(missing / PAGE));
  bytes = new Uint8Array(shared.buffer);
  view = new DataView(shared.buffer);
}

export class RecordSeal {
  private readonly forms = new Uint8Array(FIELDS);
  /** Raw state (crc32c.ts) of the stream: the checksums of its records so far. */
  streamState = CRC_START;

  /** @param forms SUM_…, by field */
  constructor(forms: ReadonlyMap<number, number>) {
    for (const [field, form] of forms) {
      if (field >= FIELDS) throw new Failure('bug', `a record of more than ${FIELDS - 1} columns cannot be summed`);
      this.forms[field] = form;
    }
  }

  /** Whole records, from … to-1, sealed where they are. Answers where they end now. */
  seal(records: Uint8Array, from: number, to: number): number {
    const count = to - from;
    makeRoom(count);
    bytes.set(this.forms, FORMS);
    view.setInt32(STREAM, this.streamState, true);
    bytes.set(records.subarray(from, to), RECORDS);
    const end = seal(RECORDS, RECORDS + count);
    this.streamState = view.getInt32(STREAM, true);
    records.set(bytes.subarray(RECORDS, end), from);
    return from + end - RECORDS;
  }

  /** The stream's checksum, unsigned; the next record begins another stream. */
  endStream(): number {
    const checksum = ~this.streamState >>> 0;
    this.streamState = CRC_START;
    return checksum;
  }
}
