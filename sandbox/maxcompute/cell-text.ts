import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBStructValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBDecimalType,
  DuckDBStructType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { dateText, instantOfWall, parseWall, wallOfInstant, wallText } from './calendar.ts';
import type { ColumnType } from './column-types.ts';

/** The zone in which DATETIME and TIMESTAMP are shown and read in SQL, unless odps.sql.timezone names another. */
export const PROJECT_ZONE = 'Asia/Shanghai';

/** Seconds since 1970 and nanoseconds of a stored TIMESTAMP or TIMESTAMP_NTZ. */
export function pairOf(value: DuckDBValue): { readonly seconds: bigint; readonly nanos: number } {
  if (!(value instanceof DuckDBStructValue)) throw new TypeError('a timestamp is stored as a pair');
  const entries = value.entries;
  const seconds = entries['wall_seconds'] ?? entries['instant_seconds'];
  const nanos = entries['wall_nanos'] ?? entries['instant_nanos'];
  if (typeof seconds !== 'bigint' || typeof nanos !== 'number') throw new TypeError('a timestamp is stored as a pair');
  return { seconds, nanos };
}

/** The stored form of a TIMESTAMP (an instant) or TIMESTAMP_NTZ (a wall clock reading). */
export function pair(kind: 'timestamp' | 'timestamp_ntz', seconds: bigint, nanos: number): DuckDBStructValue {
  return new DuckDBStructValue(
    kind === 'timestamp'
      ? { instant_seconds: seconds, instant_nanos: nanos }
      : { wall_seconds: seconds, wall_nanos: nanos },
  );
}

const fraction = (units: number, digits: number): string =>
  units === 0 ? '' : `.${String(units).padStart(digits, '0')}`;

function datetimeText(micros: bigint, zone: string): string {
  const milliseconds = Number(micros / 1000n);
  const seconds = Math.floor(milliseconds / 1000);
  return wallText(wallOfInstant(seconds, zone)) + fraction(milliseconds - seconds * 1000, 3);
}

/** Plain digits without trailing zeros, never an exponent. */
export function decimalText(value: DuckDBDecimalValue): string {
  const digits = (value.value < 0n ? -value.value : value.value).toString().padStart(value.scale + 1, '0');
  const whole = digits.slice(0, digits.length - value.scale);
  const part = digits.slice(digits.length - value.scale).replace(/0+$/, '');
  return `${value.value < 0n ? '-' : ''}${whole}${part === '' ? '' : `.${part}`}`;
}

/** The shortest text that reads back as the same 32-bit float. */
function shortestFloat(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Object.is(Math.fround(candidate), value)) return candidate;
  }
  return value;
}

function realText(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** BINARY is shown as its bytes where they are printable ASCII, else as =XX. */
function binaryText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x3d
      ? String.fromCharCode(byte)
      : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}

function objectText(value: object, type: ColumnType, zone: string): string {
  if (value instanceof DuckDBDecimalValue) return decimalText(value);
  if (value instanceof DuckDBDateValue) return dateText(value.days);
  if (value instanceof DuckDBTimestampValue) return datetimeText(value.micros, zone);
  if (value instanceof DuckDBBlobValue) return binaryText(value.bytes);
  if (value instanceof DuckDBStructValue) {
    const { seconds, nanos } = pairOf(value);
    const wall = type.kind === 'timestamp' ? wallOfInstant(Number(seconds), zone) : Number(seconds);
    return wallText(wall) + fraction(nanos, 9);
  }
  throw new TypeError(`a value of type ${type.kind} cannot be shown`);
}

/**
 * A value as a SELECT result and CAST(… AS STRING) show it. TIMESTAMP and TIMESTAMP_NTZ keep nine digits when there is a
 * fraction, DATETIME three.
 */
export function cellText(value: DuckDBValue, type: ColumnType, zone: string): string | null {
  if (value === null) return null;
  if (typeof value === 'object') return objectText(value, type, zone);
  if (typeof value !== 'number') return String(value);
  if (type.kind === 'float') return realText(shortestFloat(value));
  return type.kind === 'double' ? realText(value) : String(value);
}

/** Reads a text as TIMESTAMP_NTZ, TIMESTAMP, DATETIME or DATE; undefined when it is not one. */
export function timeValue(
  kind: 'timestamp_ntz' | 'timestamp' | 'datetime' | 'date',
  text: string,
  zone: string,
): DuckDBValue | undefined {
  const wall = parseWall(text);
  if (wall === undefined) return undefined;
  if (kind === 'date') return new DuckDBDateValue(Math.floor(wall.seconds / 86_400));
  if (kind === 'timestamp_ntz') return pair(kind, BigInt(wall.seconds), wall.nanos);
  const instant = instantOfWall(wall.seconds, zone);
  if (kind === 'timestamp') return pair(kind, BigInt(instant), wall.nanos);
  return new DuckDBTimestampValue(BigInt(instant) * 1_000_000n + BigInt(Math.floor(wall.nanos / 1_000_000)) * 1000n);
}

const resultTypes: Readonly<Partial<Record<DuckDBTypeId, ColumnType>>> = {
  [DuckDBTypeId.TINYINT]: { kind: 'tinyint' },
  [DuckDBTypeId.SMALLINT]: { kind: 'smallint' },
  [DuckDBTypeId.INTEGER]: { kind: 'int' },
  [DuckDBTypeId.BIGINT]: { kind: 'bigint' },
  [DuckDBTypeId.HUGEINT]: { kind: 'bigint' },
  [DuckDBTypeId.BOOLEAN]: { kind: 'boolean' },
  [DuckDBTypeId.FLOAT]: { kind: 'float' },
  [DuckDBTypeId.DOUBLE]: { kind: 'double' },
  [DuckDBTypeId.VARCHAR]: { kind: 'string' },
  [DuckDBTypeId.BLOB]: { kind: 'binary' },
  [DuckDBTypeId.DATE]: { kind: 'date' },
  [DuckDBTypeId.TIMESTAMP]: { kind: 'datetime' },
  [DuckDBTypeId.SQLNULL]: { kind: 'string' },
};

/** The MaxCompute type of a query's result column; undefined for a type that no MaxCompute query could have made. */
export function resultType(type: DuckDBType): ColumnType | undefined {
  if (type instanceof DuckDBDecimalType) return { kind: 'decimal', precision: type.width, scale: type.scale };
  if (type instanceof DuckDBStructType) {
    return { kind: type.entryNames[0] === 'instant_seconds' ? 'timestamp' : 'timestamp_ntz' };
  }
  return resultTypes[type.typeId];
}
