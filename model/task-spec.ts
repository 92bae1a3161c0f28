/** What a person may ask for in task.yaml: every key, its default, its limits and its explanation. */
import { z } from 'zod';
import {
  holdsNoLogin,
  inputErrors,
  notYetSupported,
  oneOf,
  says,
  shownValue,
  strict,
  text,
  wholeNumber,
  type InputError,
} from './input-errors.ts';
import { parseTableName, tableName, tableParts, type TableName } from './table.ts';

const PHASES = ['schema', 'full', 'incremental'] as const;
const UNITS = ['year', 'month', 'day', 'hour', 'minute'] as const;

/** Names of MaxCompute tables: ASCII letters, digits, underscores, a letter first; at most 128 bytes with our suffixes. */
const DESTINATION_NAME = /^[A-Za-z]\w{0,99}$/;
const DESTINATION_RULE = 'a MaxCompute name: a letter, then letters, digits and underscores, at most 100 of them';

const PATTERN = /[*%?]/;
/** Oracle's own schemas. Their redo is not what a person wants to synchronize, and LogMiner cannot name all of it. */
const ORACLE_SCHEMAS: readonly string[] = ['SYS', 'SYSTEM', 'XDB', 'OUTLN', 'AUDSYS'];

const sourceTable = z
  .string({ error: says({ rule: 'the name of an Oracle table', fix: 'Write OWNER.TABLE, for example HR.EMPLOYEES.' }) })
  .transform((written, context): TableName => {
    const saying = tableSaying(written);
    if (typeof saying === 'string') return saying;
    context.issues.push({ code: 'custom', message: says(saying), input: written });
    return z.NEVER;
  });

function tableSaying(written: string): TableName | Parameters<typeof says>[0] {
  const unquoted = written.replaceAll(/"[^"]*"/g, '');
  if (PATTERN.test(unquoted)) {
    return {
      code: 'NOT_YET_SUPPORTED',
      rule: 'patterns of table names are not yet supported',
      fix: 'List every table by its exact name.',
    };
  }
  const parts = parseTableName(written);
  if (!parts) {
    return {
      code: 'BAD_FORMAT',
      rule: 'OWNER.TABLE; a name with lower-case or other characters stands in double quotes',
      fix: `Write for example HR.EMPLOYEES or 'HR."Mixed Case"'.`,
    };
  }
  if (ORACLE_SCHEMAS.includes(parts.owner)) {
    return {
      code: 'RESERVED',
      rule: `tables of Oracle's own schema ${parts.owner} cannot be synchronized`,
      fix: 'Remove the table.',
    };
  }
  return tableName(parts);
}

const tableEntry = strict(
  'an entry of tables',
  {
    table: sourceTable.describe('The Oracle table, `OWNER.TABLE`; quoted names as `HR."Mixed Case"`.'),
    as: text(DESTINATION_NAME, DESTINATION_RULE, 'Write for example staff.')
      .exactOptional()
      .describe('Its name at the destination, before `_base` and `_log`. Default: the name of the Oracle table.'),
  },
  ['where', 'columns', 'images', 'except', 'transform', 'values', 'types'],
);

const tables = z
  .array(tableEntry, {
    error: says({ rule: 'a list of tables', fix: 'Write `- table: OWNER.TABLE` for each of them.' }),
  })
  .min(1, { error: says({ rule: 'at least one table', fix: 'Write `- table: OWNER.TABLE`.' }) });

const BOTH = '[schema, full, incremental] or [schema, full]';
const synchronize = z
  .array(oneOf(PHASES, 'a part of synchronize'), { error: says({ rule: BOTH, fix: `Write ${BOTH}.` }) })
  .transform((chosen, context) => {
    const phases = PHASES.filter((phase) => chosen.includes(phase));
    const twice = phases.length !== chosen.length;
    if (!twice && phases.includes('schema') && phases.includes('full')) return phases;
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
    .describe('How long a side that does not answer is waited for, in minutes. At least 30 is recommended.'),
  otherIssuesMinutes: wholeNumber(1, 1440, 'number of minutes')
    .default(10)
    .describe('How long any other failure is tried again, in minutes. Must be less than failedConnectionsMinutes.'),
}).refine((windows) => windows.otherIssuesMinutes < windows.failedConnectionsMinutes, {
  error: says({
    code: 'CONFLICT',
    rule: 'otherIssuesMinutes is less than failedConnectionsMinutes (720 and 10 where not written)',
    fix: 'Lower otherIssuesMinutes, or raise failedConnectionsMinutes.',
  }),
  when: ({ issues }) => issues.length === 0, // what is out of its own range is told already
});

const naming = strict(
  'naming',
  {
    additionalColumns: oneOf(['plain', 'prefixed'], 'additionalColumns')
      .default('plain')
      .describe('`plain`: record_id, operation_flag …; `prefixed`: new_dts_sync_record_id …'),
    case: oneOf(['default', 'source', 'upper', 'lower'], 'case')
      .default('default')
      .describe('Letters of destination names; `default` is `lower`. A name given by `as` stays as it is written.'),
  },
  ['tables'],
);

const full = strict(
  'full',
  {
    parallelChunks: wholeNumber(1, 64, 'number of chunks')
      .default(4)
      .describe('Chunks of one table that are copied at the same time.'),
    chunkMegabytes: wholeNumber(1, 10_240, 'number of megabytes')
      .default(256)
      .describe('Size of a chunk in the source.'),
  },
  ['throttle'],
);

const incremental = strict(
  'incremental',
  {
    partition: partition
      .default(['year', 'month', 'day'])
      .describe('Partition levels of `_log`, a leading part of year, month, day, hour, minute; `[]`: unpartitioned.'),
    flushSeconds: wholeNumber(1, 3600, 'number of seconds')
      .default(5)
      .describe('A window of redo ends after so many seconds …'),
    flushRows: wholeNumber(1, 1_000_000, 'number of rows').default(50_000).describe('… or after so many rows …'),
    flushMegabytes: wholeNumber(1, 1024, 'number of megabytes').default(32).describe('… or after so many megabytes.'),
  },
  ['throttle'],
);

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
      .describe('`[schema, full, incremental]`, or `[schema, full]` for a one-off copy.'),
    tables: tables.describe('The tables to synchronize, by exact name.'),
    naming: naming.prefault({}),
    conflictingTables: conflicting
      .transform((written, context) => {
        if (written === 'report') return written;
        const { rule, fix, code } = notYetSupported(['conflictingTables'], written);
        context.issues.push({ code: 'custom', message: says({ rule, fix, code }), input: written });
        return z.NEVER;
      })
      .prefault('report')
      .describe('`report`: a destination table that exists already fails the precheck.'),
    full: full.prefault({}),
    incremental: incremental.prefault({}),
    retry: retry.prefault({}),
  },
  ['startAt', 'newTables', 'instanceClass', 'values', 'types', 'sourceEncoding', 'transform', 'heartbeat', 'alerts'],
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
  const errors = [...wrong, ...tableConflicts(input)];
  if (!parsed.success || errors.length > 0) return { ok: false, errors };
  return { ok: true, spec: { ...parsed.data, title: parsed.data.title ?? parsed.data.name } };
}

interface Listed {
  readonly index: number;
  readonly table: TableName;
  readonly as?: string;
}

/** Conflicts between entries that are right by themselves. Looks at what was written, so that one bad entry hides no other. */
function tableConflicts(input: unknown): InputError[] {
  const list = z.looseObject({ tables: z.array(z.unknown()) }).safeParse(input);
  if (!list.success) return [];
  const listed = list.data.tables.flatMap((written, index): Listed[] => {
    const entry = tableEntry.safeParse(written);
    return entry.success ? [{ index, ...entry.data }] : [];
  });
  return listed.flatMap((entry, i) => {
    const before = listed.slice(0, i);
    return sameTable(entry, before) ?? badDestination(entry, before);
  });
}

function sameTable({ index, table }: Listed, before: readonly Listed[]): InputError[] | undefined {
  const other = before.find((earlier) => earlier.table === table);
  if (!other) return undefined;
  const rule = `a table is listed once; ${table} is tables[${other.index}] already`;
  return [
    {
      code: 'DUPLICATE',
      path: ['tables', index, 'table'],
      value: shownValue(table),
      rule,
      fix: 'Remove one of the two.',
    },
  ];
}

/** MaxCompute does not tell names by case, so names that differ only in case are the same table. */
function badDestination({ index, table, as }: Listed, before: readonly Listed[]): InputError[] {
  const path = ['tables', index, as === undefined ? 'table' : 'as'];
  const destination = as ?? tableParts(table).name;
  const value = shownValue(destination);
  const fix = 'Give it another name with `as`.';
  if (!DESTINATION_NAME.test(destination)) {
    return [{ code: 'BAD_FORMAT', path, value, rule: `without \`as\`, the Oracle name is ${DESTINATION_RULE}`, fix }];
  }
  if (destination.toLowerCase().startsWith('redoflow_')) {
    return [{ code: 'RESERVED', path, value, rule: 'names that begin with redoflow_ belong to redoflow', fix }];
  }
  const same = (earlier: Listed): boolean => {
    return (earlier.as ?? tableParts(earlier.table).name).toLowerCase() === destination.toLowerCase();
  };
  const other = before.find(same);
  if (!other) return [];
  const rule = `destination names differ, also in lower case; ${table} and ${other.table} (tables[${other.index}]) have the same`;
  return [{ code: 'CONFLICT', path, value, rule, fix }];
}
