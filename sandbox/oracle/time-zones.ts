import { OracleError } from './engine.ts';

/**
 * Time zones by offset and by region name. Rules of regions are those of the runtime (IANA), as Oracle's time zone file
 * holds them too. Source: Globalization Support Guide, "Datetime Data Types and Time Zone Support"; stored form as the
 * JDBC driver reads it: two bytes, hour + 20 and minute + 60, or with 0x80 in the first a region number of 13 bits.
 */
export type Zone = { readonly minutes: number } | { readonly region: string };

export const UTC: Zone = { minutes: 0 };

const OFFSET = /^([+-]?)(\d{1,2}):(\d{2})$/;
const REGION = /^[A-Z][A-Z0-9_+\-/]*$/;
const IS_REGION = 0x80;

/** Numbers of regions count from 1 in the order of their first use; Oracle's own numbers are not published. */
const regions: string[] = [];
const known = new Map<string, Zone>();

/** @throws OracleError 1882 for a name that no zone has, 1874 or 1875 for an impossible offset. */
export function parseZone(text: string): Zone {
  const name = text.trim().toUpperCase();
  const found = known.get(name);
  if (found !== undefined) return found;
  const match = OFFSET.exec(name);
  const zone = match === null ? regionOf(name) : offsetOf(match);
  known.set(name, zone);
  return zone;
}

function offsetOf(match: RegExpExecArray): Zone {
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  const signed = match[1] === '-' ? -minutes : minutes;
  if (Number(match[3]) > 59) throw new OracleError(1875, 'time zone minute must be between -59 and 59');
  if (Math.abs(signed) > 15 * 60) throw new OracleError(1874, 'time zone hour must be between -15 and 15');
  return { minutes: signed === 0 ? 0 : signed };
}

function regionOf(name: string): Zone {
  if (!REGION.test(name)) throw new OracleError(1882, 'timezone region not found');
  try {
    clockOf(name);
  } catch (error: unknown) {
    if (error instanceof RangeError) throw new OracleError(1882, 'timezone region not found');
    throw error;
  }
  if (!regions.includes(name)) regions.push(name);
  return { region: name };
}

/** `+02:00` or the name in capitals, as TZR prints it. */
export function zoneName(zone: Zone): string {
  return 'region' in zone ? zone.region : zoneText(zone.minutes);
}

/** `+02:00`. */
export function zoneText(zoneMinutes: number): string {
  const size = Math.abs(zoneMinutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${zoneMinutes < 0 ? '-' : '+'}${two(Math.trunc(size / 60))}:${two(size % 60)}`;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(region: string): Intl.DateTimeFormat {
  const found = clocks.get(region);
  if (found !== undefined) return found;
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric' } as const;
  const time = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const;
  const clock = new Intl.DateTimeFormat('en-US', { timeZone: region, ...numeric, ...time });
  clocks.set(region, clock);
  return clock;
}

/** Before it every region keeps its local mean time. */
const EARLIEST = Date.UTC(1800, 0, 1) / 1000;
const DAY = 86_400;

/** Seconds east of UTC at a moment, given in seconds since 1970 in UTC. */
export function offsetAt(zone: Zone, utcSeconds: number): number {
  if (!('region' in zone)) return zone.minutes * 60;
  const seconds = Math.max(EARLIEST, utcSeconds);
  const parts = new Map(
    clockOf(zone.region)
      .formatToParts(seconds * 1000)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return local / 1000 - seconds;
}

/**
 * The offset of a local time. Of the two of an hour that comes twice it is standard time, as without
 * ERROR_ON_OVERLAP_TIME. @throws OracleError 1878 for an hour that is skipped.
 */
export function offsetOfLocal(zone: Zone, localSeconds: number): number {
  if (!('region' in zone)) return zone.minutes * 60;
  const before = offsetAt(zone, localSeconds - DAY);
  const after = offsetAt(zone, localSeconds + DAY);
  const fitting = [before, after].filter((offset) => offsetAt(zone, localSeconds - offset) === offset);
  if (fitting.length === 0) throw new OracleError(1878, 'specified field not found in datetime or interval');
  return Math.min(...fitting);
}

export function zoneBytes(zone: Zone): readonly [number, number] {
  if (!('region' in zone)) return [20 + Math.trunc(zone.minutes / 60), 60 + (zone.minutes % 60)];
  const number = regions.indexOf(zone.region) + 1;
  return [IS_REGION | (number >> 6), (number & 0x3f) << 2];
}

/** @throws OracleError 1882 for the number of a region that this database never gave out. */
export function zoneOfBytes(first: number, second: number): Zone {
  if ((first & IS_REGION) === 0) return { minutes: (first - 20) * 60 + second - 60 };
  const region = regions[(((first & 0x7f) << 6) | (second >> 2)) - 1];
  if (region === undefined) throw new OracleError(1882, 'timezone region not found');
  return { region };
}
