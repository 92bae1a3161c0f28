/**
 * A value in canonical text (model/table.ts), or bytes, into the record stream, by its column's type.
 * What the column cannot hold exactly is refused (`value-unrepresentable`, naming table and column, never the value), or written
 * as absent and counted where the column says so (`overflow: 'null'`).
 *
 * | type | text | wire |
 * | --- | --- | --- |
 * | tinyint smallint int bigint | `-?digits` in the type's range | sint64 |
 * | boolean | `true` `false` | one byte |
 * | float double | a number in the type's range (rounded to the nearest), `NaN` `Infinity` `-Infinity`; `-0` keeps its sign | 4 or 8 bytes, little-endian |
 * | decimal(p,s) | plain decimal, at most p-s digits before the point and s after it | length and the text, as Java's toPlainString: not padded |
 * | string json varchar(n) char(n) | well-formed characters | length and UTF-8 |
 * | binary | bytes | length and the bytes |
 * | date | `YYYY-MM-DD`, time of day zero | sint64 days |
 * | datetime | date and time, read as UTC, to the millisecond | sint64 milliseconds |
 * | timestamp timestamp_ntz | date and time, read as UTC, to the nanosecond | sint64 seconds, sint32 nanoseconds, *no length* |
 *
 * NaN and the infinities are IEEE bits like any other on this wire, and the tunnel sums and stores bits; what MaxCompute's
 * SQL later makes of them (comparisons, aggregates) was not tried. A column that must not hold them is mapped to string.
 *
 * One `switch` over the columns' kinds rather than a function per column: V8 then sees one place of call per kind, always
 * with the same arguments, and puts most of them in line. A table of closures was four times slower.
 */
import { Failure } from '../model/failure.ts';
import { WallClock } from './calendar.ts';
import {
  BINARY,
  BOOLEAN,
  DATE,
  DATETIME,
  DECIMAL,
  DOUBLE,
  FLOAT,
  formOf,
  INTEGER,
  TEXT,
  TIMESTAMP,
} from './column-kinds.ts';
import { DecimalDigits, readDouble } from './decimal-text.ts';
import { IntegerText } from './integer-text.ts';
import {
  SUM_BYTE,
  SUM_EIGHT_BYTES,
  SUM_FOUR_BYTES,
  SUM_INTEGER,
  SUM_LENGTH_AND_BYTES,
  SUM_SECONDS_AND_NANOS,
} from './record-seal.ts';
import { canonicalType } from './sink-type.ts';
import { tagOf } from './varint.ts';
import { DELIMITED, FIXED32, FIXED64, VARINT, type WireWriter } from './wire.ts';

export interface EncodedColumn {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  /** Position in the table, from 1, partition columns not counted. */
  readonly field: number;
  /** The session's MaxFieldSize. */
  readonly bytesMax: number;
  /** A value that the column cannot hold becomes no value; when not given, an error. */
  readonly overflow?: 'null';
}

const WIRE_TYPES = [VARINT, VARINT, FIXED32, FIXED64, DELIMITED, DELIMITED, DELIMITED, VARINT, VARINT, DELIMITED];
const SUM_FORMS = [
  SUM_INTEGER,
  SUM_BYTE,
  SUM_FOUR_BYTES,
  SUM_EIGHT_BYTES,
  SUM_LENGTH_AND_BYTES,
  SUM_LENGTH_AND_BYTES,
  SUM_LENGTH_AND_BYTES,
  SUM_INTEGER,
  SUM_INTEGER,
  SUM_SECONDS_AND_NANOS,
];

const label = ({ table, name, type }: EncodedColumn): string => `column ${name} (${type}) of MaxCompute table ${table}`;

const NOT_A_TIME = 'it is not a date and time of the years 0001 to 9999 in the Gregorian calendar';

const codePoints = (text: string): number => {
  let count = 0;
  for (let index = 0; index < text.length; index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1) count++;
  return count;
};

/** The scratch pads of values; what they hold lasts for one value. */
const integer = new IntegerText();
const digits = new DecimalDigits();
const number = new Float64Array(1);

export class ColumnEncoder {
  private readonly column: EncodedColumn;
  readonly kind: number;
  readonly tag: number;
  readonly field: number;
  /** For record-seal.ts. */
  readonly sumForm: number;
  readonly bytesMax: number;
  /** What the form says besides the kind. */
  readonly first: number;
  readonly second: number;
  /** Neighbouring rows' times are near each other: each column remembers its own month. */
  private readonly clock = new WallClock();
  /** Values that were written as absent. */
  nulled = 0;

  /** @throws Failure not-yet-supported for a type that has no encoding here (array, map, struct, intervals). */
  constructor(column: EncodedColumn) {
    const form = formOf(canonicalType(column.type));
    if (!form) throw new Failure('not-yet-supported', `${label(column)}: this type cannot be written`);
    const [kind, first = 0, second = 0] = form;
    this.column = column;
    this.kind = kind;
    this.field = column.field;
    this.sumForm = SUM_FORMS[kind] ?? SUM_INTEGER;
    this.tag = tagOf(column.field, WIRE_TYPES[kind] ?? 0);
    this.bytesMax = column.bytesMax;
    this.first = first;
    this.second = second;
  }

  /**
   * Writes tag and value. The writer has room for a column.
   * @throws Failure value-unrepresentable, or bug for bytes where text belongs and the other way round
   */
  write(wire: WireWriter, value: string | Uint8Array): void {
    const { position } = wire;
    wire.column(this.tag);
    const why = typeof value === 'string' ? this.writeText(wire, value) : this.writeBytes(wire, value);
    if (why === undefined) return;
    this.refuse(why);
    wire.position = position;
    this.nulled++;
  }

  private refuse(why: string): void {
    if (this.column.overflow === 'null') return;
    throw new Failure('value-unrepresentable', `a value does not fit ${label(this.column)}: ${why}`);
  }

  /** Answers why it cannot, or undefined. */
  private writeText(wire: WireWriter, text: string): string | undefined {
    switch (this.kind) {
      case INTEGER:
        return this.integer(wire, text);
      case DECIMAL:
        return this.decimal(wire, text);
      case TEXT:
        return this.text(wire, text);
      case TIMESTAMP:
      case DATETIME:
      case DATE:
        return this.moment(wire, text);
      case DOUBLE:
      case FLOAT:
        return this.real(wire, text);
      case BOOLEAN:
        return this.boolean(wire, text);
      default:
        throw new Failure('bug', `${label(this.column)} was given text, it takes bytes`);
    }
  }

  private writeBytes(wire: WireWriter, value: Uint8Array): string | undefined {
    if (this.kind !== BINARY) throw new Failure('bug', `${label(this.column)} was given bytes, it takes text`);
    if (value.length > this.bytesMax) return `it is longer than ${this.bytesMax} bytes`;
    wire.binary(value);
    return undefined;
  }

  private integer(wire: WireWriter, text: string): string | undefined {
    const bits = this.first;
    if (!integer.read(text) || (bits < 64 && !integer.fits(bits))) return `it is not an integer of ${bits} bits`;
    wire.int64(integer.low, integer.high);
    return undefined;
  }

  private boolean(wire: WireWriter, text: string): string | undefined {
    if (text !== 'true' && text !== 'false') return 'it is neither true nor false';
    wire.boolean(text === 'true');
    return undefined;
  }

  private real(wire: WireWriter, text: string): string | undefined {
    if (!readDouble(text, number)) return 'it is not a number in the range of the type';
    if (this.kind === DOUBLE) {
      wire.double(number);
      return undefined;
    }
    const value = number[0] ?? NaN;
    const single = Math.fround(value);
    if (Number.isFinite(value) && !Number.isFinite(single)) return 'it is not a number in the range of the type';
    wire.float(single);
    return undefined;
  }

  private decimal(wire: WireWriter, text: string): string | undefined {
    if (!wire.decimal(text, digits)) return 'it is not a plain decimal number';
    if (digits.whole > this.first) return `it has ${digits.whole} digits before the decimal point`;
    if (digits.fraction > this.second) return `it has ${digits.fraction} digits after the decimal point`;
    return undefined;
  }

  private text(wire: WireWriter, text: string): string | undefined {
    const { bytesMax, first: lengthMax } = this;
    if (text.length > bytesMax) return `it is longer than ${bytesMax} bytes`;
    if (text.length > lengthMax && codePoints(text) > lengthMax) return `it is longer than ${lengthMax} characters`;
    const bytes = wire.text(text);
    if (bytes > bytesMax) return `it is longer than ${bytesMax} bytes`;
    return bytes < 0 ? 'it is not well-formed Unicode' : undefined;
  }

  private moment(wire: WireWriter, text: string): string | undefined {
    const { clock, kind } = this;
    if (!clock.read(text)) return NOT_A_TIME;
    if (kind === TIMESTAMP) {
      wire.integer(clock.days * 86400 + clock.secondOfDay);
      wire.nanos(clock.nanos);
      return undefined;
    }
    if (kind === DATE) {
      if (clock.secondOfDay !== 0 || clock.nanos !== 0) return 'it has a time of day';
      wire.integer(clock.days);
      return undefined;
    }
    if (clock.nanos % 1_000_000 !== 0) return 'it is finer than a millisecond';
    wire.integer((clock.days * 86400 + clock.secondOfDay) * 1000 + clock.nanos / 1_000_000);
    return undefined;
  }
}
