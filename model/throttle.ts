/** How fast a task may go: limits that a person writes, and those of DTS's instance classes. */

export interface RowLimits {
  readonly rowsPerSecond?: number;
  /** 2^20 bytes. */
  readonly megabytesPerSecond?: number;
}

/** Rows per second of DTS's classes. */
const CLASS_ROWS = {
  micro: 200,
  small: 2000,
  medium: 5000,
  large: 11_000,
  xlarge: 17_000,
  '2xlarge': 34_000,
  '4xlarge': 68_000,
} as const;

export const INSTANCE_CLASSES = ['micro', 'small', 'medium', 'large', 'xlarge', '2xlarge', '4xlarge'] as const;

export type InstanceClass = (typeof INSTANCE_CLASSES)[number];

/** The lower limit applies; undefined: there is none. */
export function limitsOf(throttle: RowLimits = {}, instanceClass?: InstanceClass): RowLimits | undefined {
  const rows = instanceClass === undefined ? throttle.rowsPerSecond : CLASS_ROWS[instanceClass];
  const lower = Math.min(throttle.rowsPerSecond ?? Infinity, rows ?? Infinity);
  const limits: RowLimits = { ...throttle, ...(Number.isFinite(lower) && { rowsPerSecond: lower }) };
  return limits.rowsPerSecond === undefined && limits.megabytesPerSecond === undefined ? undefined : limits;
}

/** What each of several readers that work at the same time gets of a limit. */
export const shareOf = (limits: RowLimits | undefined, readers: number): RowLimits | undefined =>
  limits && {
    ...(limits.rowsPerSecond !== undefined && { rowsPerSecond: limits.rowsPerSecond / readers }),
    ...(limits.megabytesPerSecond !== undefined && { megabytesPerSecond: limits.megabytesPerSecond / readers }),
  };

/** How long so much takes at the limits. */
export const millisecondsFor = (
  { rowsPerSecond = Infinity, megabytesPerSecond = Infinity }: RowLimits,
  { rows, bytes }: { readonly rows: number; readonly bytes: number },
): number => 1000 * Math.max(rows / rowsPerSecond, bytes / 1_048_576 / megabytesPerSecond);
