/** The verdict of the precheck: pure, over what both sides measured. */
import { existingText, fitToExisting, type ExistingTables } from './existing-tables.ts';
import { isLargeInLog, lobInLogProblems } from './large-columns.ts';
import { destinationNames, logColumns, partitionColumns, reservedColumns } from './names.ts';
import { planColumns } from './planned-table.ts';
import {
  precheckItems,
  type PrecheckId,
  type PrecheckReport,
  type PrecheckResult,
  type SourceMeasures,
  type TableMeasures,
} from './precheck-items.ts';
import { DESTINATION_NAME } from './table-entries.ts';
import type { SelectedTable, Selection } from './table-selection.ts';
import { oracleTypeText, type TableDescription, type TableName } from './table.ts';
import { columnRulesOf, lobInLogOf, planRules } from './task-plan.ts';
import type { TaskSpec } from './task-spec.ts';

export interface PrecheckMeasures {
  readonly selection: Selection;
  readonly source: SourceMeasures;
  /** Destination tables that exist and were not made by this very task. */
  readonly taken: readonly string[];
  /** With `conflictingTables: ignore`: what is there under the names of each table. */
  readonly existing?: ReadonlyMap<TableName, ExistingTables>;
  /** Where the task says where to start: why that is not possible. */
  readonly start?: { readonly refused?: string };
}

/** Undefined: passed. `{ accepted }`: passed, and worth telling. Otherwise what was found. */
type Finding = string | { readonly accepted: string } | undefined;

/** A one-off copy reads no redo. */
function redoFindings(source: SourceMeasures): readonly [PrecheckId, Finding][] {
  return [
    ['source-archivelog', source.archiveLog ? undefined : 'LOG_MODE is NOARCHIVELOG'],
    ['source-supplemental-logging', source.minimalSupplementalLogging ? undefined : 'SUPPLEMENTAL_LOG_DATA_MIN is NO'],
    [
      'source-container',
      source.rootServiceMissing
        ? `a pluggable database of release ${source.version} cannot mine its own redo`
        : undefined,
    ],
    [
      'source-primary',
      source.databaseRole === 'PRIMARY' && source.openMode === 'READ WRITE'
        ? undefined
        : `the database is ${source.databaseRole}, ${source.openMode}`,
    ],
  ];
}

function databaseFindings(source: SourceMeasures, spec: TaskSpec): readonly [PrecheckId, Finding][] {
  return [['source-reachable', undefined], ...(spec.synchronize.includes('incremental') ? redoFindings(source) : [])];
}

/** Its rows in `_log` could not be told from each other. */
const largeKey = ({ key, columns }: TableDescription, { synchronize }: TaskSpec): readonly string[] =>
  columns
    .filter(({ name, type }) => synchronize.includes('incremental') && key.columns.includes(name) && isLargeInLog(type))
    .map(
      (column) => `${column.name} (${oracleTypeText(column.type)}): LogMiner does not log so long a column of a key`,
    );

function columnFindings(
  description: TableDescription,
  { entry }: SelectedTable,
  spec: TaskSpec,
): readonly [PrecheckId, Finding][] {
  const planned = planColumns(description, columnRulesOf(entry), planRules(spec));
  const { columns } = planned;
  const problems = [
    ...planned.problems,
    ...largeKey(description, spec),
    ...lobInLogProblems(description, columns, lobInLogOf(spec, entry)),
  ];
  const reserved = new Set(reservedColumns(spec.naming).map((name) => name.toLowerCase()));
  const clashes = columns.filter(({ sink }) => reserved.has(sink.name.toLowerCase()));
  return [
    ['column-types', problems.length === 0 ? undefined : problems.join('; ')],
    ['column-names', clashes.length === 0 ? undefined : clashes.map(({ source }) => source).join(', ')],
  ];
}

type IndexedSource = Omit<SourceMeasures, 'tables'> & { readonly tables: ReadonlyMap<TableName, TableMeasures> };

function tableFindings(
  selected: SelectedTable,
  source: IndexedSource,
  spec: TaskSpec,
): readonly [PrecheckId, Finding][] {
  const measures = source.tables.get(selected.table);
  const description = measures?.description;
  if (!measures || !description) return [['table-exists', 'no such table, or it cannot be seen']];
  const logged =
    measures.allColumnsLogging || source.databaseAllColumnsLogging || !spec.synchronize.includes('incremental');
  return [
    ['table-exists', undefined],
    ['table-supported', description.unsupported],
    ['table-all-columns-logging', logged ? undefined : 'supplemental logging of all columns is off'],
    ['table-key', description.key.kind === 'none' ? 'neither a primary key nor a unique key without NULLs' : undefined],
    ...columnFindings(description, selected, spec),
  ];
}

/** What is wrong with a destination name that came out of a pattern or of batch renaming; others were checked as they were written. */
function nameFinding(name: string, owners: ReadonlyMap<string, string>, table: string): string | undefined {
  if (!DESTINATION_NAME.test(name))
    return `${name} is not a name of a MaxCompute table (ASCII letters, digits, underscores): list ${table} by its name and give it another with \`as\``;
  const other = owners.get(name.toLowerCase());
  return other === undefined || other === table ? undefined : `${name} would be the copy of ${other} too`;
}

/** How a task that keeps existing tables goes on with those of one table. */
function existingFinding(
  { entry }: SelectedTable,
  spec: TaskSpec,
  description: TableDescription | undefined,
  existing: ExistingTables | undefined,
): Finding {
  if (!existing || !description) return undefined;
  const rules = planRules(spec);
  const { columns, problems } = planColumns(description, columnRulesOf(entry), rules);
  if (problems.length > 0) return undefined; // told already, of the columns
  const additional = {
    logColumns: logColumns(rules.naming),
    partitionColumns: partitionColumns(rules.partition, rules.naming),
  };
  const fitted = fitToExisting({ columns, key: description.key, ...additional }, existing);
  if (fitted.problems.length > 0) return fitted.problems.join('; ');
  const accepted = existingText(existing, fitted);
  return accepted === undefined ? undefined : { accepted };
}

function destinationFindings(
  spec: TaskSpec,
  { selection: { tables }, taken, existing }: PrecheckMeasures,
  source: IndexedSource,
): readonly [string, PrecheckId, Finding][] {
  const { naming } = spec;
  const exists = new Set(taken.map((name) => name.toLowerCase()));
  const owners = new Map<string, string>();
  return tables.map((selected) => {
    const { table, entry } = selected;
    const { base, log } = destinationNames(table, entry.as, naming);
    const wrong = nameFinding(base, owners, table);
    owners.set(base.toLowerCase(), table);
    const found = [base, log].filter((name) => exists.has(name.toLowerCase()));
    const inTheWay = found.length === 0 ? undefined : `${found.join(' and ')} exist${found.length === 1 ? 's' : ''}`;
    const { description } = source.tables.get(table) ?? {};
    const kept = existingFinding(selected, spec, description, existing?.get(table));
    return [table, 'destination-names', wrong ?? inTheWay ?? kept];
  });
}

function judge(subject: string, id: PrecheckId, finding: Finding, ignored: ReadonlySet<string>): PrecheckResult {
  const { severity, repair } = precheckItems[id];
  if (finding === undefined) return { id, subject, severity, verdict: 'passed', message: '' };
  if (typeof finding !== 'string') return { id, subject, severity, verdict: 'passed', message: finding.accepted };
  const verdict = severity === 'alert' && ignored.has(id) ? 'ignored' : 'failed';
  return { id, subject, severity, verdict, message: `${finding}. ${repair.replace('{table}', subject)}` };
}

/** Passed only when every item passed or is an ignored alert (DTS: a success rate of 100 %). */
export function precheckReport(
  spec: TaskSpec,
  measures: PrecheckMeasures,
  ignoredIds: readonly string[],
): PrecheckReport {
  const ignored = new Set(ignoredIds);
  const { selection, start } = measures;
  const source = { ...measures.source, tables: new Map(measures.source.tables.map((each) => [each.table, each])) };
  const results = [
    ...databaseFindings(measures.source, spec).map(([id, finding]) => judge(spec.source, id, finding, ignored)),
    ...(selection.problems.length === 0 ? [undefined] : selection.problems).map((problem) =>
      judge(spec.source, 'table-patterns', problem, ignored),
    ),
    ...selection.tables.flatMap((selected) =>
      tableFindings(selected, source, spec).map(([id, finding]) => judge(selected.table, id, finding, ignored)),
    ),
    judge(spec.destination, 'destination-reachable', undefined, ignored),
    ...(start ? [judge(spec.name, 'start-position', start.refused, ignored)] : []),
    ...destinationFindings(spec, measures, source).map(([subject, id, finding]) =>
      judge(subject, id, finding, ignored),
    ),
  ];
  return { results: summarized(results), passed: results.every((result) => result.verdict !== 'failed') };
}

/** Tables told one by one, for each item and verdict; with more of them the rest is counted. */
const TOLD_MAX = 20;

/** An answer stays small however many tables a task has. */
function summarized(results: readonly PrecheckResult[]): readonly PrecheckResult[] {
  const groups = new Map<string, PrecheckResult[]>();
  for (const result of results) {
    // What is accepted is told as one by one as what is wrong.
    const key = `${result.id} ${result.verdict} ${result.verdict === 'passed' && result.message !== ''}`;
    const group = groups.get(key);
    if (group) group.push(result);
    else groups.set(key, [result]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first || group.length <= TOLD_MAX) return group;
    const rest = { ...first, subject: `${group.length - TOLD_MAX} more tables` };
    return first.verdict === 'passed' && first.message === ''
      ? [{ ...first, subject: `${group.length} tables` }]
      : [...group.slice(0, TOLD_MAX), { ...rest, message: ruleOf(first) }];
  });
}

const ruleOf = ({ id, verdict }: PrecheckResult): string =>
  verdict === 'passed' ? 'They exist already, too.' : `The same was found. ${precheckItems[id].repair}`;

/** A login that the other side refused is a failed item, not a fault of the task. */
export const refusedLogin = (
  id: 'source-reachable' | 'destination-reachable',
  subject: string,
  message: string,
): PrecheckReport => ({
  results: [
    {
      id,
      subject,
      severity: 'error',
      verdict: 'failed',
      message: `${message.replace(/\.?$/, '.')} ${precheckItems[id].repair}`,
    },
  ],
  passed: false,
});
