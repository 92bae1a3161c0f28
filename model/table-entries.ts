/** The list `tables` of task.yaml: exact names and patterns, what is asked of each, and conflicts between them. */
import { z } from 'zod';
import { CHANGED_MARK } from './large-columns.ts';
import { says, shownValue, strict, text, type InputError } from './input-errors.ts';
import { parseTableName, tableName, tableParts, type TableName } from './table.ts';
import { patternParts } from './table-pattern.ts';

/** Names of MaxCompute tables: ASCII letters, digits, underscores, a letter first; at most 128 bytes with our suffixes. */
export const DESTINATION_NAME = /^[A-Za-z]\w{0,99}$/;
const DESTINATION_RULE = 'a MaxCompute name: a letter, then letters, digits and underscores, at most 100 of them';

const WILDCARD = /[*%?]/;
/** Oracle's own schemas. Their redo is not what a person wants to synchronize, and LogMiner cannot name all of it. */
const ORACLE_SCHEMAS: readonly string[] = ['SYS', 'SYSTEM', 'XDB', 'OUTLN', 'AUDSYS'];

/** `HR.EMPLOYEES`, `HR."Mixed Case"`, or with * and ? a pattern such as `HR.EMP_*`; canonical. */
const tableText = (what: string) =>
  z
    .string({ error: says({ rule: what, fix: 'Write OWNER.TABLE, for example HR.EMPLOYEES.' }) })
    .transform((written, context): string => {
      const saying = tableSaying(written);
      if (typeof saying === 'string') return saying;
      context.issues.push({ code: 'custom', message: says(saying), input: written });
      return z.NEVER;
    });

function tableSaying(written: string): string | Parameters<typeof says>[0] {
  const unquoted = written.replaceAll(/"[^"]*"/g, '');
  const pattern = WILDCARD.test(unquoted);
  const canonical = pattern ? canonicalPattern(written) : canonicalName(written);
  if (canonical === undefined) {
    return {
      code: 'BAD_FORMAT',
      rule: pattern
        ? 'a pattern OWNER.NAME with * (any characters) and ? (one character) in its NAME only'
        : 'OWNER.TABLE; a name with lower-case or other characters stands in double quotes',
      fix: pattern ? 'Write for example HR.* or HR.EMP_*.' : `Write for example HR.EMPLOYEES or 'HR."Mixed Case"'.`,
    };
  }
  const owner = patternParts(canonical)?.owner ?? parseTableName(canonical)?.owner ?? '';
  if (!ORACLE_SCHEMAS.includes(owner)) return canonical;
  return {
    code: 'RESERVED',
    rule: `tables of Oracle's own schema ${owner} cannot be synchronized`,
    fix: 'Remove the table.',
  };
}

const canonicalName = (written: string): TableName | undefined => {
  const parts = parseTableName(written);
  return parts && tableName(parts);
};

function canonicalPattern(written: string): string | undefined {
  const text = written
    .trim()
    .replaceAll(/"[^"]*"|[^"]+/g, (part) => (part.startsWith('"') ? part : part.toUpperCase()));
  return patternParts(text) ? text : undefined;
}

const columnName = text(
  /^\S(?:.{0,126}\S)?$/su,
  'the name of an Oracle column as it is stored',
  'Write for example EMP_NAME.',
);
const sinkColumnName = text(
  /^[\p{Script=Han}A-Za-z_][\p{Script=Han}\w]{0,127}$/u,
  'a MaxCompute column name: letters, digits, underscores and Chinese characters, at most 128 bytes',
  'Write for example name.',
);
const sinkType = text(
  /^[a-z_]+(?:\(\d+(?:,\d+)?\))?$/,
  'a MaxCompute type in lower case without blanks',
  'Write for example string, bigint or decimal(38,10).',
);

const columns = strict('columns', {
  exclude: z.array(columnName).exactOptional().describe('Columns that are left out. Not columns of the key.'),
  rename: z.record(columnName, sinkColumnName).exactOptional().describe('Oracle name → name at the destination.'),
  as: z
    .record(columnName, sinkType)
    .exactOptional()
    .describe('Oracle name → MaxCompute type instead of the usual one.'),
});

const OVERFLOW =
  'What becomes of a value that its MaxCompute column cannot hold: `fail` stops the task, `null` writes NULL and counts it.';
/** `overflow: null` without quotes is YAML's null, and meant is the word. */
export const overflow = z
  .literal(['fail', 'null', null], {
    error: says({ code: 'NOT_ALLOWED', rule: 'overflow is one of fail, null', fix: 'Write fail or null.' }),
  })
  .transform((written) => written ?? 'null')
  .describe(OVERFLOW);

export const lobInLog = z
  .literal(['exclude', 'reread', 'mark'], {
    error: says({
      code: 'NOT_ALLOWED',
      rule: 'lobInLog is one of exclude, reread, mark',
      fix: 'Write exclude, reread or mark.',
    }),
  })
  .describe(
    'CLOB, NCLOB, BLOB, VARCHAR2 and NVARCHAR2 over 4,000 and RAW over 2,000 bytes in `_log`. `exclude`: always NULL; a change of nothing else makes no row. ' +
      '`reread`: after-images have the value as of the commit, read by key (a newer one where undo no longer reaches back); ' +
      `\`mark\`: what a change has touched is \`${CHANGED_MARK}\` in its after-image, the rest NULL.`,
  );

const tableEntry = strict(
  'an entry of tables',
  {
    table: tableText('the name of an Oracle table').describe(
      'The Oracle table, `OWNER.TABLE`; quoted names as `HR."Mixed Case"`; `HR.*` or `HR.EMP_*` for all that match. An exact entry beats a pattern.',
    ),
    except: z
      .array(tableText('a list of tables and patterns'), {
        error: says({ rule: 'a list of tables and patterns', fix: 'Write for example [HR.TMP_*].' }),
      })
      .exactOptional()
      .describe('Of a pattern: tables and patterns that it does not mean.'),
    as: text(DESTINATION_NAME, DESTINATION_RULE, 'Write for example staff.')
      .exactOptional()
      .describe('Its name at the destination, before `_base` and `_log`. Default: the name of the Oracle table.'),
    columns: columns.exactOptional(),
    values: strict('values', {
      overflow: overflow.exactOptional(),
      lobInLog: lobInLog.exactOptional(),
    }).exactOptional(),
  },
  ['where', 'images', 'transform', 'types'],
);

export const tables = z
  .array(tableEntry, {
    error: says({ rule: 'a list of tables', fix: 'Write `- table: OWNER.TABLE` for each of them.' }),
  })
  .min(1, { error: says({ rule: 'at least one table', fix: 'Write `- table: OWNER.TABLE`.' }) });

type Entry = z.output<typeof tableEntry>;
type Listed = Entry & { readonly index: number };

/** Conflicts between entries that are right by themselves. Looks at what was written, so that one bad entry hides no other. */
export function tableConflicts(input: unknown): InputError[] {
  const list = z.looseObject({ tables: z.array(z.unknown()) }).safeParse(input);
  if (!list.success) return [];
  const listed = list.data.tables.flatMap((written, index): Listed[] => {
    const entry = tableEntry.safeParse(written);
    return entry.success ? [{ index, ...entry.data }] : [];
  });
  const first = new Map<string, Listed>();
  const destinations = new Map<string, Listed>();
  return listed.flatMap((entry) => {
    const same = first.get(entry.table);
    if (same) return sameTable(entry, same);
    first.set(entry.table, entry);
    return patternParts(entry.table) ? badPattern(entry) : badDestination(entry, destinations);
  });
}

const sameTable = ({ index, table }: Listed, other: Listed): InputError[] => [
  {
    code: 'DUPLICATE',
    path: ['tables', index, 'table'],
    value: shownValue(table),
    rule: `a table is listed once; ${table} is tables[${other.index}] already`,
    fix: 'Remove one of the two.',
  },
];

const badPattern = ({ index, as }: Listed): InputError[] =>
  as === undefined
    ? []
    : [
        {
          code: 'CONFLICT',
          path: ['tables', index, 'as'],
          value: shownValue(as),
          rule: 'a pattern means many tables, which cannot all have one name',
          fix: 'Use naming.tables for batch renaming, or list the table by its name.',
        },
      ];

/** MaxCompute does not tell names by case, so names that differ only in case are the same table. */
function badDestination(entry: Listed, destinations: Map<string, Listed>): InputError[] {
  const { index, table, as, except } = entry;
  const path = ['tables', index, as === undefined ? 'table' : 'as'];
  const exceptions: InputError[] = except
    ? [
        {
          code: 'CONFLICT',
          path: ['tables', index, 'except'],
          rule: 'only a pattern has exceptions',
          fix: 'Remove `except`.',
        },
      ]
    : [];
  const destination = as ?? tableParts(table as TableName).name;
  const value = shownValue(destination);
  const fix = 'Give it another name with `as`.';
  if (!DESTINATION_NAME.test(destination)) {
    const rule = `without \`as\`, the Oracle name is ${DESTINATION_RULE}`;
    return [...exceptions, { code: 'BAD_FORMAT', path, value, rule, fix }];
  }
  if (destination.toLowerCase().startsWith('redoflow_')) {
    const rule = 'names that begin with redoflow_ belong to redoflow';
    return [...exceptions, { code: 'RESERVED', path, value, rule, fix }];
  }
  const other = destinations.get(destination.toLowerCase());
  if (!other) destinations.set(destination.toLowerCase(), entry);
  if (!other) return exceptions;
  const rule = `destination names differ, also in lower case; ${table} and ${other.table} (tables[${other.index}]) have the same`;
  return [...exceptions, { code: 'CONFLICT', path, value, rule, fix }];
}
