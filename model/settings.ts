/** What an operator may set on a process, over an env-like record. Nothing else reads environment variables. */
import { z } from 'zod';
import { didYouMean, inputErrors, says, type InputError } from './input-errors.ts';

const setting = (form: RegExp, rule: string, fix: string) => {
  const error = says({ rule, fix });
  return z.string({ error }).regex(form, { error });
};

const wholeNumber = (of: string) => (from: number, to: number) => {
  const error = says({
    rule: `a whole number of ${of} from ${from} to ${to}`,
    fix: `Write a number from ${from} to ${to}.`,
  });
  return z
    .string({ error })
    .regex(/^(?:0|[1-9]\d{0,8})$/, { error })
    .transform(Number)
    .pipe(z.number().min(from, { error }).max(to, { error }));
};

const seconds = wholeNumber('seconds');
const chunks = wholeNumber('chunks');
const megabytes = wholeNumber('megabytes');

const LISTEN_RULE = 'host:port to listen on';
const listen = () =>
  setting(/^(?:[\w.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/, LISTEN_RULE, 'Write for example 127.0.0.1:9464.');
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Every setting by the name of its environment variable. An empty variable counts as not set. */
export const settingsSchema = z.object({
  REDOFLOW_CONNECTIONS: z.string().default('./connections.yaml').describe('Path of connections.yaml. Workers only.'),
  REDOFLOW_TASK_QUEUE: setting(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/,
    'a letter or digit, then letters, digits, _ . - (at most 100 characters)',
    'Write for example redoflow.',
  )
    .default('redoflow')
    .describe('Task queue that the worker polls; it polls `<queue>-copy` too.'),
  REDOFLOW_METRICS_ADDRESS: listen()
    .optional()
    .describe('`host:port` of the Prometheus metrics; not set: no port is opened.'),
  REDOFLOW_HEALTH_ADDRESS: listen()
    .optional()
    .describe('`host:port` of `/ready` and `/live`; not set: no port is opened.'),
  REDOFLOW_LOG_LEVEL: z
    .enum(LEVELS, { error: says({ rule: `one of ${LEVELS.join(', ')}`, fix: 'Write for example info.' }) })
    .default('info')
    .describe('What the worker logs.'),
  REDOFLOW_COMMIT_QUIET_SECONDS: seconds(0, 3600)
    .prefault('120')
    .describe(
      'How long a commit request can live at the MaxCompute service, in seconds: waited before the destination is read back.',
    ),
  REDOFLOW_IDLE_SECONDS: seconds(1, 300)
    .prefault('60')
    .describe('How long one activity waits for redo when the source is idle, in seconds.'),
  REDOFLOW_PARALLEL_CHUNKS: chunks(1, 64)
    .prefault('4')
    .describe(
      'How many chunks of full copies this worker copies at the same time, of all tasks together; each takes some tens of MB of memory. Further workers take the others.',
    ),
  REDOFLOW_SCRATCH: z
    .string()
    .optional()
    .describe(
      'Directory on a local disk for changes that wait for their COMMIT, beyond some megabytes of memory; not set: that for temporary files.',
    ),
  REDOFLOW_SCRATCH_MEGABYTES: megabytes(16, 100_000_000)
    .prefault('20480')
    .describe('How much of it may be used for one Oracle connection, in megabytes.'),
  TEMPORAL_ADDRESS: setting(
    /^[^\s/@]+:\d{1,5}$/,
    'host:port of the Temporal server',
    'Write for example 127.0.0.1:7233.',
  )
    .default('127.0.0.1:7233')
    .describe(
      'Temporal server. TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE, TEMPORAL_API_KEY and TEMPORAL_TLS… work as in the Temporal CLI.',
    ),
  TEMPORAL_NAMESPACE: setting(/^\S{1,255}$/, 'a Temporal namespace', 'Write for example default.')
    .default('default')
    .describe('Temporal namespace.'),
});

/** How this process runs. */
export interface Settings {
  readonly connectionsPath: string;
  readonly taskQueue: string;
  /** `host:port`; absent: no port is opened. */
  readonly metricsAddress?: string;
  readonly healthAddress?: string;
  readonly logLevel: (typeof LEVELS)[number];
  readonly commitQuietSeconds: number;
  readonly idleSeconds: number;
  /** Activities that copy chunks, at most, in this process. */
  readonly parallelChunks: number;
  /** Absent: that for temporary files. */
  readonly scratchDirectory?: string;
  readonly scratchMegabytes: number;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
}

/** Reads the settings from an environment; a misspelt REDOFLOW_ variable is an error, others are not ours. */
export function parseSettings(
  environment: Readonly<Record<string, string | undefined>>,
): { readonly ok: true; readonly settings: Settings } | { readonly ok: false; readonly errors: readonly InputError[] } {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = settingsSchema.safeParse(set);
  const wrong = parsed.success ? [] : inputErrors(parsed.error, set, () => true);
  const errors = [...wrong, ...misspelt(Object.keys(set))];
  if (!parsed.success || errors.length > 0) return { ok: false, errors };
  const env = parsed.data;
  const settings: Settings = {
    connectionsPath: env.REDOFLOW_CONNECTIONS,
    taskQueue: env.REDOFLOW_TASK_QUEUE,
    ...(env.REDOFLOW_METRICS_ADDRESS === undefined ? {} : { metricsAddress: env.REDOFLOW_METRICS_ADDRESS }),
    ...(env.REDOFLOW_HEALTH_ADDRESS === undefined ? {} : { healthAddress: env.REDOFLOW_HEALTH_ADDRESS }),
    logLevel: env.REDOFLOW_LOG_LEVEL,
    commitQuietSeconds: env.REDOFLOW_COMMIT_QUIET_SECONDS,
    idleSeconds: env.REDOFLOW_IDLE_SECONDS,
    parallelChunks: env.REDOFLOW_PARALLEL_CHUNKS,
    ...(env.REDOFLOW_SCRATCH === undefined ? {} : { scratchDirectory: env.REDOFLOW_SCRATCH }),
    scratchMegabytes: env.REDOFLOW_SCRATCH_MEGABYTES,
    temporalAddress: env.TEMPORAL_ADDRESS,
    temporalNamespace: env.TEMPORAL_NAMESPACE,
  };
  return { ok: true, settings };
}

/** Only near misses: other programs and tests may have REDOFLOW_ variables of their own. */
function misspelt(names: readonly string[]): InputError[] {
  const known = Object.keys(settingsSchema.shape);
  return names.flatMap((name): InputError[] => {
    if (!name.startsWith('REDOFLOW_') || known.includes(name)) return [];
    const meant = nearMiss(name, known);
    return meant === undefined
      ? []
      : [{ code: 'UNKNOWN_KEY', path: [name], rule: `unknown setting ${name}`, fix: `Did you mean ${meant}?` }];
  });
}

function nearMiss(name: string, known: readonly string[]): string | undefined {
  const PREFIX = 'REDOFLOW_';
  const ours = known
    .filter((candidate) => candidate.startsWith(PREFIX))
    .map((candidate) => candidate.slice(PREFIX.length));
  const meant = didYouMean(name.slice(PREFIX.length), ours);
  return meant === undefined ? undefined : `${PREFIX}${meant}`;
}
