/**
 * The stand-in's only source of time: what Date headers are compared with, what session ages are measured by and what
 * metadata shows. Tests inject their own.
 */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** RFC 1123 in GMT, the form of the Date header and of every time in the XML answers. */
export function httpDate(milliseconds: number): string {
  return new Date(milliseconds).toUTCString();
}
