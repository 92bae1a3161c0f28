import type { Environment } from './cache.ts';
import type { ServerProgram } from './programs.ts';

/** One search for one program, as every source sees it. */
export interface Search {
  readonly program: ServerProgram;
  readonly environment: Environment;
  readonly log: (line: string) => void;
  /** Ends the source's time; not every source needs it. */
  readonly signal: AbortSignal;
}

export interface Source {
  readonly name: string;
  /** Why a line is printed before it is asked: it may take seconds. */
  readonly fetches: boolean;
  /** The path of the program, or an error whose message says why it is not there. */
  readonly find: (search: Search) => Promise<string>;
}
