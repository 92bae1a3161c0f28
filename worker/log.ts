/** One pino for us and for the SDK. Secrets are scrubbed by value: a redact list alone misses nested errors, arrays and URLs. */
import pino, { type Logger as PinoLogger } from 'pino';
import type { Logger, LogLevel, LogMetadata } from '@temporalio/worker';
import type { Scrubber } from './scrubber.ts';

export type Log = PinoLogger;

/** Of lines that cannot be written now. */
const WAITING_BYTES = 1_048_576;

/** @param level pino's level @param scrubber knows the secrets as they are read */
export function createLog(level: string, scrubber: Scrubber): Log {
  const destination = pino.destination({ dest: 1, sync: true, maxLength: WAITING_BYTES });
  // Else a full disk under the log ends the worker. Lines wait for room; beyond the limit they are dropped, and the work goes on.
  destination.removeAllListeners('error').on('error', () => undefined);
  return pino(
    {
      level,
      base: { name: 'redoflow' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => destination.write(scrubber.scrub(line)) },
  );
}

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const satisfies Record<
  LogLevel,
  string
>;

/** The SDK's logger over ours. */
export function sdkLogger(log: Log): Logger {
  const write = (level: LogLevel, message: string, meta?: LogMetadata): void => {
    const error: unknown = meta?.['error'];
    log[levels[level]]({ ...meta, ...(error instanceof Error && { error: error.message }) }, message);
  };
  return {
    log: write,
    trace: (message, meta) => {
      write('TRACE', message, meta);
    },
    debug: (message, meta) => {
      write('DEBUG', message, meta);
    },
    info: (message, meta) => {
      write('INFO', message, meta);
    },
    warn: (message, meta) => {
      write('WARN', message, meta);
    },
    error: (message, meta) => {
      write('ERROR', message, meta);
    },
  };
}
