/** What a bench answers with, and the clocks it reads. */
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

export interface BenchResult {
  /** Exactly one of the three: what one item is. */
  readonly rowsPerSecond?: number;
  readonly statementsPerSecond?: number;
  readonly changesPerSecond?: number;
  /** 10^6 bytes; of what, says `ran`. */
  readonly megabytesPerSecond?: number;
  readonly wallSeconds: number;
  /** User and system time of this process, all threads. */
  readonly cpuSeconds: number;
  /** Of this process since its start, preparations included; 2^20 bytes. */
  readonly peakRssMegabytes: number;
  /** Of the stand-in for both databases: what it takes on two cores, the bench does not get. Absent where the system does not tell. */
  readonly sandboxCpuSeconds?: number;
  readonly sandboxPeakRssMegabytes?: number;
  /** Processor time of this process, and of the stand-in, for one row: what other load on the machine changes least. */
  readonly clientMicrosecondsPerRow?: number;
  readonly sandboxMicrosecondsPerRow?: number;
  readonly clientMicrosecondsPerChange?: number;
  readonly sandboxMicrosecondsPerChange?: number;
  readonly latencyMs?: { readonly p50: number; readonly p99: number };
  /** What was measured, in words. */
  readonly ran: string;
}

export interface Elapsed {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

/** Call what it returns to read it. */
export function stopwatch(): () => Elapsed {
  const startedAt = performance.now();
  const cpuAt = process.cpuUsage();
  return () => {
    const wallSeconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(cpuAt);
    return { wallSeconds, cpuSeconds: (user + system) / 1e6 };
  };
}

/** Linux counts the processor time of others in hundredths (proc(5), USER_HZ). */
const TICKS_PER_SECOND = 100;

/** User and system time of another process so far; undefined where there is no /proc. */
export function cpuSecondsOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which is in parentheses and may hold blanks: state is field 3, utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The most memory that another process had at once, 2^20 bytes; undefined where there is no /proc. */
export function peakRssMegabytesOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return peak === undefined ? undefined : Number(peak) / 1024;
}

export const peakRssMegabytes = (): number => process.resourceUsage().maxRSS / 1024;

/** The pass with the least wall time: others on the machine can only make a pass slower. */
export function bestOf<Pass extends Elapsed>(passes: readonly Pass[]): Pass {
  return passes.reduce((best, pass) => (pass.wallSeconds < best.wallSeconds ? pass : best));
}

/** The pass with the least processor time of this process. */
export function cheapestOf<Pass extends Elapsed>(passes: readonly Pass[]): Pass {
  return passes.reduce((best, pass) => (pass.cpuSeconds < best.cpuSeconds ? pass : best));
}

/** Numbers of a shared machine mean little without it. */
export const machine = (): { readonly cores: number; readonly loadAverage: number; readonly node: string } => ({
  cores: cpus().length,
  loadAverage: loadavg()[0] ?? 0,
  node: process.version,
});

/**
 * The same characters in one piece of memory, one byte each where that is possible: as a driver delivers them. A text
 * that was put together is a tree of its parts until somebody looks inside.
 */
export const flat = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');
