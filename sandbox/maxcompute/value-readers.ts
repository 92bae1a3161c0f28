import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { FIRST_DAY, FIRST_SECOND, LAST_DAY, LAST_SECOND } from './calendar.ts';
import { pair } from './cell-text.ts';
import type { ColumnType } from './column-types.ts';
import { type ByteDigest, StreamError, type WireCursor } from './wire-cursor.ts';

/** STRING and BINARY hold at most 8 MB (MaxFieldSize of an upload session). */
export const MAX_FIELD_BYTES = 8_388_608;

/** Reads a value of one type and feeds the bytes that its checksum covers. */
export interface ValueReader {
  readonly wireType: 0 | 1 | 2 | 5;
  read(cursor: WireCursor, digest: ByteDigest): DuckDBValue;
}

function integer(bits: 8 | 16 | 32): ValueReader {
  const limit = 2 ** (bits - 1);
  return {
    wireType: 0,
    read: (cursor, digest) => {
      const value = cursor.signed();
      digest.int64(value);
      if (value < -limit || value >= limit)
        throw new StreamError('MalformedDataStream', `value outside ${String(bits)} bits`);
      return Number(value);
    },
  };
}

const bigint: ValueReader = {
  wireType: 0,
  read: (cursor, digest) => {
    const value = cursor.signed();
    digest.int64(value);
    return BigInt(value);
  },
};

const boolean: ValueReader = {
  wireType: 0,
  read: (cursor, digest) => {
    const value = cursor.uint32();
    if (value > 1) throw new StreamError('MalformedDataStream', 'a boolean is 0 or 1');
    digest.bytes(Uint8Array.of(value));
    return value === 1;
  },
};

const float: ValueReader = {
  wireType: 5,
  read: (cursor, digest) => digest.bytes(cursor.take(4)).readFloatLE(),
};

const double: ValueReader = {
  wireType: 1,
  read: (cursor, digest) => digest.bytes(cursor.take(8)).readDoubleLE(),
};

function field(cursor: WireCursor, digest: ByteDigest): Buffer {
  const length = cursor.uint32();
  if (length > MAX_FIELD_BYTES) throw new StreamError('MalformedDataStream', 'a field is longer than 8 MB');
  return digest.bytes(cursor.take(length));
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function isAscii(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte >= 0x80) return false;
  return true;
}

function textOf(bytes: Buffer): string {
  // A TextDecoder call costs more than most texts are long.
  if (bytes.length < 64 && isAscii(bytes)) return bytes.toString('latin1');
  try {
    return utf8.decode(bytes);
  } catch {
    throw new StreamError('MalformedDataStream', 'a text is not UTF-8');
  }
}

function text(longest: number): ValueReader {
  return {
    wireType: 2,
    read: (cursor, digest) => {
      const value = textOf(field(cursor, digest));
      const tooLong = value.length > longest && Array.from(value).length > longest;
      if (tooLong) throw new StreamError('MalformedDataStream', `a text is longer than ${String(longest)} characters`);
      return value;
    },
  };
}

const binary: ValueReader = {
  wireType: 2,
  // Copied, because the field is a view of the whole block.
  read: (cursor, digest) => new DuckDBBlobValue(Uint8Array.from(field(cursor, digest))),
};

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

const POWERS: readonly bigint[] = Array.from({ length: 39 }, (_power, digits) => 10n ** BigInt(digits));

function withSign(sign: string, digits: bigint, precision: number, scale: number): DuckDBDecimalValue | undefined {
  if (digits >= (POWERS[precision] ?? 0n)) return undefined;
  return new DuckDBDecimalValue(sign === '-' ? -digits : digits, precision, scale);
}

/** Reads decimal text, with an exponent too (PyODPS sends str(Decimal)); never rounds. */
function parseDecimal(written: string, precision: number, scale: number): DuckDBDecimalValue | undefined {
  const [, sign = '', whole = '', part = '', exponent = '0'] = DECIMAL.exec(written) ?? [];
  if (whole + part === '') return undefined;
  const shift = scale - part.length + Number(exponent);
  const digits = BigInt(shift > 0 ? whole + part + '0'.repeat(shift) : whole + part);
  if (shift >= 0) return withSign(sign, digits, precision, scale);
  const divisor = 10n ** BigInt(-shift);
  return digits % divisor === 0n ? withSign(sign, digits / divisor, precision, scale) : undefined;
}

function decimal(precision: number, scale: number): ValueReader {
  return {
    wireType: 2,
    read: (cursor, digest) => {
      const value = parseDecimal(textOf(field(cursor, digest)), precision, scale);
      const type = `decimal(${String(precision)},${String(scale)})`;
      if (value === undefined) throw new StreamError('MalformedDataStream', `a value is not a ${type}`);
      return value;
    },
  };
}

function inRange(value: number, first: number, last: number): number {
  if (!(value >= first && value <= last))
    throw new StreamError('MalformedDataStream', 'a time is outside years 1 to 9999');
  return value;
}

const date: ValueReader = {
  wireType: 0,
  read: (cursor, digest) => {
    const days = cursor.signed();
    digest.int64(days);
    return new DuckDBDateValue(inRange(Number(days), FIRST_DAY, LAST_DAY));
  },
};

const datetime: ValueReader = {
  wireType: 0,
  read: (cursor, digest) => {
    const milliseconds = cursor.signed();
    digest.int64(milliseconds);
    // A wall clock of year 1 or 9999 in the project's zone may be an instant one day outside.
    inRange(Number(milliseconds) / 1000, FIRST_SECOND - 86_400, LAST_SECOND + 86_400);
    return new DuckDBTimestampValue(BigInt(milliseconds) * 1000n);
  },
};

/** Wire type 2 although no length precedes the two varints. */
function timestamp(kind: 'timestamp' | 'timestamp_ntz'): ValueReader {
  return {
    wireType: 2,
    read: (cursor, digest) => {
      const seconds = cursor.signed();
      const nanos = Number(cursor.signed());
      digest.int64(seconds);
      digest.int32(nanos);
      inRange(Number(seconds), FIRST_SECOND - 86_400, LAST_SECOND + 86_400);
      if (nanos < 0 || nanos > 999_999_999) throw new StreamError('MalformedDataStream', 'nanoseconds out of range');
      return pair(kind, BigInt(seconds), nanos);
    },
  };
}

/** Elements follow the count, each behind a null flag; neither count nor flags are in the CRC. */
function elements(cursor: WireCursor, digest: ByteDigest, element: ValueReader): DuckDBValue[] {
  const count = cursor.uint32();
  const values: DuckDBValue[] = [];
  for (let index = 0; index < count; index++) values.push(cursor.uint32() === 1 ? null : element.read(cursor, digest));
  return values;
}

function map(key: ValueReader, value: ValueReader): ValueReader {
  return {
    wireType: 2,
    read: (cursor, digest) => {
      const keys = elements(cursor, digest, key);
      const values = elements(cursor, digest, value);
      if (keys.length !== values.length)
        throw new StreamError('MalformedDataStream', 'a map has as many values as keys');
      return new DuckDBMapValue(keys.map((entry, index) => ({ key: entry, value: values[index] ?? null })));
    },
  };
}

const plainReaders: Readonly<Record<string, ValueReader>> = {
  tinyint: integer(8),
  smallint: integer(16),
  int: integer(32),
  bigint,
  boolean,
  float,
  double,
  string: text(MAX_FIELD_BYTES),
  binary,
  date,
  datetime,
  timestamp: timestamp('timestamp'),
  timestamp_ntz: timestamp('timestamp_ntz'),
};

/** The reader of a column type. */
export function readerOf(type: ColumnType): ValueReader {
  switch (type.kind) {
    case 'decimal':
      return decimal(type.precision, type.scale);
    case 'varchar':
    case 'char':
      return text(type.length);
    case 'array': {
      const element = readerOf(type.element);
      return { wireType: 2, read: (cursor, digest) => new DuckDBListValue(elements(cursor, digest, element)) };
    }
    case 'map':
      return map(readerOf(type.key), readerOf(type.value));
    default: {
      const reader = plainReaders[type.kind];
      if (reader === undefined) throw new TypeError(`no reader for ${type.kind}`);
      return reader;
    }
  }
}
