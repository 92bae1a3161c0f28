import type { SqlType, SqlValue } from './engine.ts';
import { numberText } from './number-text.ts';
import { writeNumber } from './number-bytes.ts';
import type { DeclaredType } from './sql-syntax.ts';
import { WireWriter } from './wire-writer.ts';

/**
 * How the rows of a table lie in memory: their values one after the other as they leave on the wire (length, then bytes, see
 * `WireWriter.bytes`), in pages that many rows share. So a million rows are a million offsets and not ten million objects, and
 * reading a column means copying its bytes.
 */
export interface RowPage {
  readonly format: RowFormat;
  readonly bytes: Buffer;
}

/** A column as its rows lie in memory. */
export interface StoredColumn {
  readonly name: string;
  readonly declared: DeclaredType;
  /** What rows have that were stored before the column was added: its DEFAULT as it was then. Absent: NULL. */
  readonly initial?: SqlValue;
  /** SET UNUSED: nobody can name it any more, and it still has its place in the rows. */
  readonly unused?: true;
}

interface Codec {
  /** What is stored is what is sent. */
  readonly asSent: boolean;
  readonly write: (writer: WireWriter, value: string | Buffer) => void;
  readonly read: (bytes: Buffer, start: number, end: number) => SqlValue;
}

const SMALLEST_PAGE = 16_384;
const LARGEST_PAGE = 1_048_576;
const LONGEST_SHORT_FORM = 252;

const characters: Codec = {
  asSent: true,
  write: (writer, value) => {
    if (typeof value === 'string') writer.text(value);
    else writer.bytes(value);
  },
  read: (bytes, start, end) => bytes.toString('utf8', start, end),
};

const binary: Codec = {
  asSent: true,
  write: (writer, value) => {
    writer.bytes(typeof value === 'string' ? Buffer.from(value, 'latin1') : value);
  },
  read: (bytes, start, end) => bytes.subarray(start, end),
};

const decimal: Codec = {
  asSent: true,
  write: (writer, value) => {
    writeNumber(writer, typeof value === 'string' ? value : value.toString('latin1'));
  },
  read: numberText,
};

const TEXT_TAG = 0;
const BYTES_TAG = 1;

/** For types that are sent in another form than they are kept in, and for LOBs, which may be empty: a byte says whether the value is text or bytes. */
const tagged: Codec = {
  asSent: false,
  write: (writer, value) => {
    const content = typeof value === 'string' ? Buffer.from(value) : value;
    writer.bytes(Buffer.concat([Buffer.of(typeof value === 'string' ? TEXT_TAG : BYTES_TAG), content]));
  },
  read: (bytes, start, end) =>
    bytes[start] === TEXT_TAG ? bytes.toString('utf8', start + 1, end) : bytes.subarray(start + 1, end),
};

/** AL16UTF16, which keeps also what is no character: half of a surrogate pair. */
const national: Codec = {
  asSent: true,
  write: (writer, value) => {
    writer.bytes(Buffer.from(typeof value === 'string' ? value : value.toString('utf8'), 'utf16le').swap16());
  },
  read: (bytes, start, end) => Buffer.from(bytes.subarray(start, end)).swap16().toString('utf16le'),
};

const CODECS: ReadonlyMap<SqlType, Codec> = new Map<SqlType, Codec>([
  ['NUMBER', decimal],
  ['VARCHAR2', characters],
  ['CHAR', characters],
  ['NVARCHAR2', national],
  ['NCHAR', national],
  ['DATE', binary],
  ['TIMESTAMP', binary],
  ['TIMESTAMP_TZ', binary],
  ['TIMESTAMP_LTZ', binary],
  ['INTERVAL_YM', binary],
  ['INTERVAL_DS', binary],
  ['BINARY_FLOAT', binary],
  ['BINARY_DOUBLE', binary],
  ['RAW', binary],
]);

/** One row on its way into a page; one for all, because writing never yields. */
const scratch = new WireWriter(65_536);

export class RowFormat {
  /** The columns that the table had when its rows were written like this. */
  readonly columns: readonly StoredColumn[];
  readonly #codecs: readonly Codec[];
  #page: RowPage;
  #used = 0;

  constructor(types: readonly SqlType[], columns: readonly StoredColumn[] = []) {
    this.columns = columns;
    this.#codecs = types.map((type) => CODECS.get(type) ?? tagged);
    this.#page = { format: this, bytes: Buffer.alloc(0) };
  }

  get columnCount(): number {
    return this.#codecs.length;
  }

  /** Where the last row was stored. */
  get page(): RowPage {
    return this.#page;
  }

  /** Whether the stored bytes of a column are those that go over the wire. */
  isAsSent(column: number): boolean {
    return this.#codecs[column]?.asSent === true;
  }

  /** Stores a row in `page` and gives its offset there. */
  store(values: readonly SqlValue[]): number {
    scratch.clear();
    for (let column = 0; column < this.#codecs.length; column++) {
      const value = values[column] ?? null;
      if (value === null) scratch.uint8(0);
      else this.#codecs[column]?.write(scratch, value);
    }
    const row = scratch.view();
    if (this.#used + row.length > this.#page.bytes.length) this.#newPage(row.length);
    const offset = this.#used;
    this.#page.bytes.set(row, offset);
    this.#used += row.length;
    return offset;
  }

  #newPage(least: number): void {
    const size = Math.min(LARGEST_PAGE, Math.max(SMALLEST_PAGE, this.#page.bytes.length * 2));
    this.#page = { format: this, bytes: Buffer.allocUnsafeSlow(Math.max(size, least)) };
    this.#used = 0;
  }

  read(bytes: Buffer, offset: number): SqlValue[] {
    const values = new Array<SqlValue>(this.#codecs.length);
    let at = offset;
    for (let column = 0; column < this.#codecs.length; column++) {
      values[column] = this.#valueAt(bytes, at, column);
      at = valueEnd(bytes, at);
    }
    return values;
  }

  readColumn(bytes: Buffer, offset: number, column: number): SqlValue {
    return column < this.#codecs.length ? this.#valueAt(bytes, skipValues(bytes, offset, column), column) : null;
  }

  #valueAt(bytes: Buffer, at: number, column: number): SqlValue {
    const length = bytes[at] ?? 0;
    const codec = this.#codecs[column];
    if (length === 0 || codec === undefined) return null;
    if (length <= LONGEST_SHORT_FORM) return codec.read(bytes, at + 1, at + 1 + length);
    const whole = joinChunks(bytes, at + 1);
    return codec.read(whole, 0, whole.length);
  }
}

/** Where the value behind `count` values begins. */
export function skipValues(bytes: Buffer, offset: number, count: number): number {
  let at = offset;
  for (let index = 0; index < count; index++) at = valueEnd(bytes, at);
  return at;
}

/** Where the value that begins at `at` ends. */
export function valueEnd(bytes: Buffer, at: number): number {
  const length = bytes[at] ?? 0;
  return length <= LONGEST_SHORT_FORM ? at + 1 + length : chunksEnd(bytes, at + 1);
}

function chunksEnd(bytes: Buffer, first: number): number {
  let at = first;
  for (;;) {
    const lengthBytes = bytes[at] ?? 0;
    if (lengthBytes === 0) return at + 1;
    at += 1 + lengthBytes + bytes.readUIntBE(at + 1, lengthBytes);
  }
}

function joinChunks(bytes: Buffer, first: number): Buffer {
  const chunks: Buffer[] = [];
  let at = first;
  for (let lengthBytes = bytes[at] ?? 0; lengthBytes !== 0; lengthBytes = bytes[at] ?? 0) {
    const start = at + 1 + lengthBytes;
    at = start + bytes.readUIntBE(at + 1, lengthBytes);
    chunks.push(bytes.subarray(start, at));
  }
  return Buffer.concat(chunks);
}

const formats = new WeakMap<readonly unknown[], RowFormat>();

/** The format of rows with these columns, which new rows are written in; older rows keep the format of their page. */
export function rowFormatOf(columns: readonly StoredColumn[]): RowFormat {
  const known = formats.get(columns);
  if (known?.columnCount === columns.length) return known;
  const format = new RowFormat(
    columns.map(({ declared }) => declared.type),
    columns,
  );
  formats.set(columns, format);
  return format;
}
