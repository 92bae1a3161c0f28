/** What a person may ask for in task.yaml: every key, its default, its limits and its explanation. */
import { z } from 'zod';
import { alertConflicts, alerts } from './alert-rules.ts';
import { holdsNoLogin, inputErrors, oneOf, says, strict, text, wholeNumber, type InputError } from './input-errors.ts';
import { startAt, startConflicts } from './start-position.ts';
import { lobInLog, overflow, tableConflicts, tables } from './table-entries.ts';
import { INSTANCE_CLASSES } from './throttle.ts';

const PHASES = ['schema', 'full', 'incremental'] as const;
const UNITS = ['year', 'month', 'day', 'hour', 'minute'] as const;

const BOTH = '[schema, full, incremental], [schema, full] or [schema, incremental]';
const synchronize = z
  .array(oneOf(PHASES, 'a part of synchronize'), { error: says({ rule: BOTH, fix: `Write ${BOTH}.` }) })
  .transform((chosen, context) => {
    const phases = PHASES.filter((phase) => chosen.includes(phase));
    const twice = phases.length !== chosen.length;
    if (!twice && phases.includes('schema') && phases.length > 1) return phases;
    const code = twice ? 'DUPLICATE' : chosen.length === 0 ? 'OUT_OF_RANGE' : 'NOT_YET_SUPPORTED';
    const rule = twice
      ? 'each part once'
      : code === 'OUT_OF_RANGE'
        ? BOTH
        : `${BOTH}; other choices are not yet supported`;
    context.issues.push({ code: 'custom', message: says({ code, rule, fix: `Write ${BOTH}.` }), input: chosen });
    return z.NEVER;
  });

const LEADING = 'a leading part of [year, month, day, hour, minute]';
const partition = z
  .array(oneOf(UNITS, 'a partition level'), {
    error: says({ rule: LEADING, fix: 'Write for example [year, month, day].' }),
  })
  .refine((units) => units.every((unit, i) => unit === UNITS[i]), {
    error: says({
      code: 'NOT_ALLOWED',
      rule: LEADING,
      fix: 'Write for example [year, month, day], or [] for no partitions.',
    }),
  });

const retry = strict('retry', {
  failedConnectionsMinutes: wholeNumber(10, 1440, 'number of minutes')
    .default(720)
    .describe(
      'How long a side that does not answer is waited for, in minutes. At least 30 is recommended. Of tasks that share a connection the shortest counts.',
    ),
  otherIssuesMinutes: wholeNumber(1, 1440, 'number of minutes')
    .default(10)
    .describe(
      'How long any other failure is tried again, in minutes. Must be less than failedConnectionsMinutes. Shared as well.',
    ),
}).refine((windows) => windows.otherIssuesMinutes < windows.failedConnectionsMinutes, {
  error: says({
    code: 'CONFLICT',
    rule: 'otherIssuesMinutes is less than failedConnectionsMinutes (720 and 10 where not written)',
    fix: 'Lower otherIssuesMinutes, or raise failedConnectionsMinutes.',
  }),
  when: ({ issues }) => issues.length === 0, // what is out of its own range is told already
});

const affix = text(/^\w{1,60}$/, 'letters, digits and underscores', 'Write for example hr_.');
const expression = text(
  /^.{1,100}$/,
  'a regular expression of at most 100 characters',
  'Write for example ^T_(.*)$.',
).refine((written) => isExpression(written), { error: says({ rule: 'a regular expression', fix: 'Correct it.' }) });

function isExpression(written: string): boolean {
  try {
    return new RegExp(written, 'u').source !== '';
  } catch {
    return false;
  }
}

const naming = strict('naming', {
  additionalColumns: oneOf(['plain', 'prefixed'], 'additionalColumns')
    .default('plain')
    .describe('`plain`: record_id, operation_flag …; `prefixed`: new_dts_sync_record_id …'),
  case: oneOf(['default', 'source', 'upper', 'lower'], 'case')
    .default('default')
    .describe('Letters of destination names; `default` is `lower`. A name given by `as` stays as it is written.'),
  tables: strict('naming.tables', {
    prefix: affix.exactOptional(),
    suffix: affix.exactOptional(),
    match: expression.exactOptional().describe('A regular expression in the name …'),
    replace: text(/^[\w$]{0,100}$/, 'letters, digits, underscores, and $1 … for groups', 'Write for example hr_$1.')
      .exactOptional()
      .describe('… and what stands in its place.'),
  })
    .refine(({ match, replace }) => (match === undefined) === (replace === undefined), {
      error: says({ code: 'CONFLICT', rule: 'match and replace are given together', fix: 'Write both or none.' }),
    })
    .exactOptional()
    .describe('Batch renaming of tables without `as`, after `case`.'),
});

const rowsPerSecond = wholeNumber(1, 10_000_000, 'number of rows a second').exactOptional();
const megabytesPerSecond = wholeNumber(1, 100_000, 'number of megabytes a second').exactOptional();

const full = strict('full', {
  parallelChunks: wholeNumber(1, 64, 'number of chunks')
    .default(4)
    .describe('Chunks of one table that are copied at the same time.'),
  chunkMegabytes: wholeNumber(1, 10_240, 'number of megabytes').default(256).describe('Size of a chunk in the source.'),
  throttle: strict(
    'full.throttle',
    {
      rowsPerSecond: rowsPerSecond.describe(
        'Rows that full copies read in a second, at most; every chunk that may be copied at the same time gets the same share.',
      ),
      megabytesPerSecond: megabytesPerSecond.describe('Megabytes of values that they read in a second, at most.'),
    },
    ['queriesPerSecond'],
  ).exactOptional(),
});

const incremental = strict('incremental', {
  partition: partition
    .default(['year', 'month', 'day'])
    .describe('Partition levels of `_log`, a leading part of year, month, day, hour, minute; `[]`: unpartitioned.'),
  flushSeconds: wholeNumber(1, 3600, 'number of seconds')
    .default(5)
    .describe('A window of redo ends after so many seconds …'),
  flushRows: wholeNumber(1, 1_000_000, 'number of rows').default(50_000).describe('… or after so many rows …'),
  flushMegabytes: wholeNumber(1, 1024, 'number of megabytes').default(32).describe('… or after so many megabytes.'),
  throttle: strict('incremental.throttle', {
    rowsPerSecond: rowsPerSecond.describe('Rows that are written to `_log` in a second, at most.'),
    megabytesPerSecond: megabytesPerSecond.describe('Megabytes of values that are written in a second, at most.'),
  }).exactOptional(),
});

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
const NAME_RULE = 'a letter or digit, then letters, digits, _ . - (at most 100 characters)';
const name = (what: string, example: string) => text(NAME, `${what}: ${NAME_RULE}`, `Write for example ${example}.`);
const ONE_LINE = /^[^\u0000-\u001f\u007f]{0,200}$/;
const freeText = text(ONE_LINE, 'one line of at most 200 characters', 'Shorten it.');
const conflicting = oneOf(['report', 'ignore'], 'conflictingTables');

/** The schema of task.yaml. Documentation is printed from it; use {@link parseTaskSpec} to read a task. */
export const taskSpecSchema = strict(
  'a task',
  {
    name: name('the name of a task', 'hr-to-warehouse').describe('The task; its workflow id is `redoflow/<name>`.'),
    title: freeText.exactOptional().describe('Free text, need not be unique. Default: the name.'),
    environment: freeText.default('').describe('Free tag such as `production`.'),
    source: name('the name of a connection', 'hr').describe('Name of the Oracle connection in connections.yaml.'),
    destination: name('the name of a connection', 'warehouse').describe(
      'Name of the MaxCompute connection in connections.yaml.',
    ),
    taskQueue: name('a task queue', 'redoflow')
      .default('redoflow')
      .describe('Task queue of the workers that do the work; `<taskQueue>-copy` for full copies.'),
    synchronize: synchronize
      .prefault(['schema', 'full', 'incremental'])
      .describe(
        '`[schema, full, incremental]`; `[schema, full]`: a one-off copy; `[schema, incremental]`: only changes, from `startAt` on.',
      ),
    startAt: startAt
      .exactOptional()
      .describe(
        '`saved`: where an earlier run of the task stood; `{ scn: … }` or `{ time: … }`: only without `full`. Default: now.',
      ),
    tables: tables.describe('The tables to synchronize, by exact name or by pattern.'),
    naming: naming.prefault({}),
    conflictingTables: conflicting
      .prefault('report')
      .describe(
        'Destination tables that exist already. `report`: they fail the precheck; `ignore`: their rows stay, loaded rows replace those of the same key, and `_log` is continued.',
      ),
    full: full.prefault({}),
    incremental: incremental.prefault({}),
    instanceClass: oneOf(INSTANCE_CLASSES, 'instanceClass')
      .exactOptional()
      .describe(
        "Rows per second, as of DTS's classes: micro 200, small 2000, medium 5000, large 11000, xlarge 17000, 2xlarge 34000, 4xlarge 68000. Where `throttle` says less, that applies.",
      ),
    retry: retry.prefault({}),
    values: strict('values', {
      overflow: overflow.prefault('fail'),
      lobInLog: lobInLog.prefault('exclude'),
    }).prefault({}),
    alerts: alerts.exactOptional(),
  },
  ['newTables', 'types', 'sourceEncoding', 'transform', 'heartbeat'],
);

type Frozen<T> = T extends string | number | boolean | undefined ? T : { readonly [K in keyof T]: Frozen<T[K]> };
type Parsed = z.output<typeof taskSpecSchema>;

/** A task as the code sees it: defaults filled in, names canonical. Parsing it again gives the same. */
export type TaskSpec = Frozen<Omit<Parsed, 'title'>> & { readonly title: string };

/** Parses, defaults and refuses what a person wrote; tells everything that is wrong at once. */
export function parseTaskSpec(
  input: unknown,
): { readonly ok: true; readonly spec: TaskSpec } | { readonly ok: false; readonly errors: readonly InputError[] } {
  if (input === null || input === undefined) {
    const fix = 'Write at least name, source, destination and tables.';
    return { ok: false, errors: [{ code: 'EMPTY', path: [], rule: 'a task is not empty', fix }] };
  }
  const parsed = taskSpecSchema.safeParse(input);
  const wrong = parsed.success ? [] : inputErrors(parsed.error, input, (_path, value) => holdsNoLogin(value));
  const starts = parsed.success
    ? [
        ...startConflicts(parsed.data),
        ...conflictsWithoutFull(parsed.data),
        ...lobConflicts(parsed.data),
        ...alertConflicts(parsed.data),
      ]
    : [];
  const errors = [...wrong, ...starts, ...tableConflicts(input), ...tooLarge(input)];
  if (!parsed.success || errors.length > 0) return { ok: false, errors };
  return { ok: true, spec: { ...parsed.data, title: parsed.data.title ?? parsed.data.name } };
}

function conflictsWithoutFull({ conflictingTables, synchronize: phases }: Parsed): InputError[] {
  if (conflictingTables === 'report' || phases.includes('full')) return [];
  const rule = 'conflictingTables: ignore only with full in synchronize';
  return [{ code: 'CONFLICT', path: ['conflictingTables'], rule, fix: 'Add full to synchronize, or write report.' }];
}

/** There is no `_log` that would have them. */
function lobConflicts({ synchronize: phases, values, tables: entries }: Parsed): InputError[] {
  if (phases.includes('incremental')) return [];
  const asked: [InputError['path'], string | undefined][] = [
    [['values', 'lobInLog'], values.lobInLog],
    ...entries.map((entry, index): [InputError['path'], string | undefined] => [
      ['tables', index, 'values', 'lobInLog'],
      entry.values?.lobInLog,
    ]),
  ];
  return asked.flatMap(([path, value]): InputError[] => {
    if (value === undefined || value === 'exclude') return [];
    const rule = `lobInLog: ${value} only with incremental in synchronize`;
    return [{ code: 'CONFLICT', path, rule, fix: 'Add incremental to synchronize, or remove lobInLog.' }];
  });
}

/** It rides in every run of the task. */
const SPEC_CHARACTERS_MAX = 60_000;

function tooLarge(input: unknown): InputError[] {
  if (JSON.stringify(input).length <= SPEC_CHARACTERS_MAX) return [];
  const rule = `a task has at most ${SPEC_CHARACTERS_MAX} characters`;
  return [{ code: 'OUT_OF_RANGE', path: ['tables'], rule, fix: 'Name tables by patterns such as HR.*.' }];
}
