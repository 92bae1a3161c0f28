import { OracleError } from './engine.ts';

/** For what no client of this sandbox was known to send: refused, never ignored. */
export function notPretended(what: string): OracleError {
  return new OracleError(3001, `unimplemented feature (the simulator does not take ${what})`);
}

/** A fault of the simulator itself. Not 600, which clients answer by dropping the connection. */
export function simulatorFault(error: unknown): OracleError {
  const text = error instanceof Error ? error.message : String(error);
  return new OracleError(7445, `exception encountered in the simulator: ${text}`);
}
