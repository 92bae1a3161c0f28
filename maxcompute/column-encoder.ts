/**
 * One function per column type: a value in canonical text (model/table.ts), or bytes, into the record stream.
 * What the column cannot hold exactly is refused (`value-unrepresentable`, naming table and column, never the value).
 *
 * | type | text | wire |
 * | --- | --- | --- |
 * | tinyint smallint int bigint | `-?digits` in the type's range | sint64 |
 * | boolean | `true` `false` | one byte |
 * | float double | a finite number | 4 or 8 bytes, little-endian |
 * | decimal(p,s) | plain decimal, at most p-s digits before the point and s after it | length and the text, as Java's toPlainString: not padded |
 * | string json varchar(n) char(n) | well-formed characters | length and UTF-8 |
 * | binary | bytes | length and the bytes |
 * | date | `YYYY-MM-DD`, time of day zero | sint64 days |
 * | datetime | date and time, read as UTC, to the millisecond | sint64 milliseconds |
 * | timestamp timestamp_ntz | date and time, read as UTC, to the nanosecond | sint64 seconds, sint32 nanoseconds, *no length* |
 */
import { Failure } from '../model/failure.ts';
import { WallClock } from './calendar.ts';
import { IntegerText } from './integer-text.ts';
import { canonicalType, parseType } from './sink-type.ts';
import { DELIMITED, FIXED32, FIXED64, VARINT, type WireWriter } from './wire.ts';

/** Writes tag and value, and feeds the record's checksum. The value is not null. */
export type ColumnEncoder = (wire: WireWriter, value: string | Uint8Array) => void;

export interface EncodedColumn {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  /** Position in the table, from 1, partition columns not counted. */
  readonly field: number;
  /** The session's MaxFieldSize. */
  readonly bytesMax: number;
}

/** Text in, wire out; answers why it cannot, or undefined. */
type Write = (wire: WireWriter, text: string) => string | undefined;

interface Form {
  readonly wireType: number;
  readonly write: Write;
}

const INTEGER_BITS: Readonly<Record<string, number>> = { tinyint: 8, smallint: 16, int: 32, bigint: 64 };

function integerForm(bits: number): Form {
  const integer = new IntegerText();
  const why = `it is not an integer of ${bits} bits`;
  return {
    wireType: VARINT,
    write(wire, text) {
      if (!integer.read(text) || (bits < 64 && !integer.fits(bits))) return why;
      wire.int64(integer.low, integer.high);
      return undefined;
    },
  };
}

const booleanForm: Form = {
  wireType: VARINT,
  write(wire, text) {
    if (text !== 'true' && text !== 'false') return 'it is neither true nor false';
    wire.boolean(text === 'true');
    return undefined;
  },
};

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function floatForm(single: boolean): Form {
  return {
    wireType: single ? FIXED32 : FIXED64,
    write(wire, text) {
      const value = NUMBER.test(text) ? (single ? Math.fround(Number(text)) : Number(text)) : NaN;
      if (!Number.isFinite(value)) return 'it is not a finite number';
      if (single) wire.float(value);
      else wire.double(value);
      return undefined;
    },
  };
}

/** Digits that count: before the point without leading zeros, after it without trailing ones. */
class DecimalDigits {
  whole = 0;
  fraction = 0;

  /** @param bytes ASCII, from … to-1. False for what is not `-?digits[.digits]`. */
  read(bytes: Uint8Array, from: number, to: number): boolean {
    const first = bytes[from] === 45 ? from + 1 : from;
    const point = this.readWhole(bytes, first, to);
    if (point === first) return false;
    this.fraction = 0;
    if (point === to) return true;
    if (bytes[point] !== 46 || point === to - 1) return false;
    for (let index = point + 1; index < to; index++) {
      const byte = bytes[index] ?? 0;
      if (byte < 48 || byte > 57) return false;
      if (byte !== 48) this.fraction = index - point;
    }
    return true;
  }

  /** Answers where the digits end. */
  private readWhole(bytes: Uint8Array, first: number, to: number): number {
    let leading = first;
    while (leading < to && bytes[leading] === 48) leading++;
    let index = leading;
    for (; index < to; index++) {
      const byte = bytes[index] ?? 0;
      if (byte < 48 || byte > 57) break;
    }
    this.whole = index - leading;
    return index;
  }
}

function decimalForm(precision: number, scale: number): Form {
  const digits = new DecimalDigits();
  return {
    wireType: DELIMITED,
    write(wire, text) {
      const length = wire.text(text);
      // Checked where it was written: bytes are quicker to look at than characters.
      if (length < 0 || !digits.read(wire.bytes, wire.position - length, wire.position))
        return 'it is not a plain decimal number';
      if (digits.whole > precision - scale) return `it has ${digits.whole} digits before the decimal point`;
      if (digits.fraction > scale) return `it has ${digits.fraction} digits after the decimal point`;
      return undefined;
    },
  };
}

const codePoints = (text: string): number => {
  let count = 0;
  for (let index = 0; index < text.length; index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1) count++;
  return count;
};

function textForm(bytesMax: number, lengthMax = Infinity): Form {
  return {
    wireType: DELIMITED,
    write(wire, text) {
      if (text.length > bytesMax) return `it is longer than ${bytesMax} bytes`;
      if (text.length > lengthMax && codePoints(text) > lengthMax) return `it is longer than ${lengthMax} characters`;
      const bytes = wire.text(text);
      if (bytes > bytesMax) return `it is longer than ${bytesMax} bytes`;
      if (bytes < 0) return 'it is not well-formed Unicode';
      return undefined;
    },
  };
}

const NOT_A_TIME = 'it is not a date and time of the years 0001 to 9999 in the Gregorian calendar';

function dateForm(): Form {
  const clock = new WallClock();
  return {
    wireType: VARINT,
    write(wire, text) {
      if (!clock.read(text)) return NOT_A_TIME;
      if (clock.secondOfDay !== 0 || clock.nanos !== 0) return 'it has a time of day';
      wire.integer(clock.days);
      return undefined;
    },
  };
}

function datetimeForm(): Form {
  const clock = new WallClock();
  return {
    wireType: VARINT,
    write(wire, text) {
      if (!clock.read(text)) return NOT_A_TIME;
      if (clock.nanos % 1_000_000 !== 0) return 'it is finer than a millisecond';
      wire.integer((clock.days * 86400 + clock.secondOfDay) * 1000 + clock.nanos / 1_000_000);
      return undefined;
    },
  };
}

function timestampForm(): Form {
  const clock = new WallClock();
  return {
    wireType: DELIMITED,
    write(wire, text) {
      if (!clock.read(text)) return NOT_A_TIME;
      wire.integer(clock.days * 86400 + clock.secondOfDay);
      wire.nanos(clock.nanos);
      return undefined;
    },
  };
}

function formOf(type: string, bytesMax: number): Form | undefined {
  const parsed = parseType(type);
  const [first = 0, second = 0] = parsed?.numbers ?? [];
  switch (parsed?.base) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return integerForm(INTEGER_BITS[parsed.base] ?? 0);
    case 'boolean':
      return booleanForm;
    case 'float':
    case 'double':
      return floatForm(parsed.base === 'float');
    case 'decimal':
      return decimalForm(first, second);
    case 'string':
    case 'json':
      return textForm(bytesMax);
    case 'varchar':
    case 'char':
      return textForm(bytesMax, first);
    case 'date':
      return dateForm();
    case 'datetime':
      return datetimeForm();
    case 'timestamp':
    case 'timestamp_ntz':
      return timestampForm();
    default:
      return undefined;
  }
}

const label = ({ table, name, type }: EncodedColumn): string => `column ${name} (${type}) of MaxCompute table ${table}`;

function binaryEncoder(column: EncodedColumn): ColumnEncoder {
  const { field, bytesMax } = column;
  const tag = (field << 3) | DELIMITED;
  return (wire, value) => {
    if (typeof value === 'string') throw new Failure('bug', `${label(column)} was given text, it takes bytes`);
    if (value.length > bytesMax)
      throw new Failure(
        'value-unrepresentable',
        `a value does not fit ${label(column)}: it is longer than ${bytesMax} bytes`,
      );
    wire.column(field, tag);
    wire.binary(value);
  };
}

/** @throws Failure not-yet-supported for a type that has no encoding here (array, map, struct, intervals). */
export function columnEncoder(column: EncodedColumn): ColumnEncoder {
  const type = canonicalType(column.type);
  if (type === 'binary') return binaryEncoder(column);
  const form = formOf(type, column.bytesMax);
  if (!form) throw new Failure('not-yet-supported', `${label(column)}: this type cannot be written`);
  const { write, wireType } = form;
  const { field } = column;
  const tag = (field << 3) | wireType;
  return (wire, value) => {
    if (typeof value !== 'string') throw new Failure('bug', `${label(column)} was given bytes, it takes text`);
    wire.column(field, tag);
    const why = write(wire, value);
    if (why !== undefined) throw new Failure('value-unrepresentable', `a value does not fit ${label(column)}: ${why}`);
  };
}
