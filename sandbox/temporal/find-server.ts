/** Finds, or fetches once, the Temporal development server and the time-skipping test server. */
import { runs, temporalCli, timeSkippingServer } from './programs.ts';
import type { ServerProgram } from './programs.ts';
import type { Environment } from './cache.ts';
import { sources as allSources } from './sources.ts';
import type { Source } from './search.ts';

/** A source that does not answer must not keep the next one waiting longer than this. */
const SECONDS_PER_SOURCE = 60;

export interface FindOptions {
  /** Gets one line per step that takes time. Silent when left out. */
  readonly log?: (line: string) => void;
  /** The process's own when left out. */
  readonly environment?: Environment;
  readonly sources?: readonly Source[];
}

/** Path of a Temporal CLI that works on this machine; it contains the development server. */
export const findTemporal = (options: FindOptions = {}): Promise<string> => findProgram(temporalCli, options);

/** Path of a time-skipping test server that works on this machine. */
export const findTimeSkippingServer = (options: FindOptions = {}): Promise<string> =>
  findProgram(timeSkippingServer, options);

/** Asks the variable, then every source in order; throws one error that says why each failed and what to do. */
export async function findProgram(program: ServerProgram, options: FindOptions): Promise<string> {
  const { log = () => undefined, environment = process.env, sources = allSources } = options;
  const given = environment[program.variable];
  if (given) {
    if (await runs(given, program)) return given;
    throw new Error(
      `${program.variable}=${given} is not a working ${program.name} program. ` +
        `Correct the variable, or unset it to let the program be found or fetched.`,
    );
  }
  const reasons = [`$${program.variable}: not set`];
  for (const source of sources) {
    try {
      const file = await ask(source, program, { log, environment });
      if (await runs(file, program)) return file;
      reasons.push(`${source.name}: ${file} does not run on this machine`);
    } catch (error) {
      reasons.push(`${source.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(
    `The program "${program.name}" is needed, and was neither found nor could it be fetched.\n` +
      reasons.map((reason) => `  ${reason}\n`).join('') +
      `What to do: ${program.remedy}.`,
  );
}

async function ask(
  source: Source,
  program: ServerProgram,
  { log, environment }: { log: (line: string) => void; environment: Environment },
): Promise<string> {
  const signal = AbortSignal.timeout(SECONDS_PER_SOURCE * 1000);
  const search = { program, environment, log, signal };
  if (!source.fetches) return source.find(search);
  const startedAt = performance.now();
  const seconds = (): string => `${Math.round((performance.now() - startedAt) / 1000)} s`;
  log(`"${program.name}" is not installed; fetching it once (${source.name}) …`);
  const ticking = setInterval(() => {
    log(`still fetching "${program.name}" (${source.name}), ${seconds()} …`);
  }, 5000);
  try {
    const file = await source.find(search);
    log(`fetched "${program.name}" in ${seconds()}: ${file}`);
    return file;
  } catch (error) {
    if (signal.aborted) throw new Error(`gave up after ${SECONDS_PER_SOURCE} s`, { cause: error });
    throw error;
  } finally {
    clearInterval(ticking);
  }
}
