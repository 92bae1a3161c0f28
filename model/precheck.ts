/** The verdict of the precheck: pure, over what both sides measured. */
import { destinationColumn, destinationNames, reservedColumns } from './names.ts';
import {
  precheckItems,
  type PrecheckId,
  type PrecheckReport,
  type PrecheckResult,
  type SourceMeasures,
  type TableMeasures,
} from './precheck-items.ts';
import { mapType } from './type-mapping.ts';
import type { TableDescription } from './table.ts';
import type { TaskSpec } from './task-spec.ts';

export interface PrecheckMeasures {
  readonly source: SourceMeasures;
  /** Destination tables that exist and were not made by this very task. */
  readonly taken: readonly string[];
}

/** Undefined: passed. Otherwise what was found. */
type Finding = string | undefined;

/** A one-off copy reads no redo. */
function redoFindings(source: SourceMeasures): readonly [PrecheckId, Finding][] {
  return [
    ['source-archivelog', source.archiveLog ? undefined : 'LOG_MODE is NOARCHIVELOG'],
    ['source-supplemental-logging', source.minimalSupplementalLogging ? undefined : 'SUPPLEMENTAL_LOG_DATA_MIN is NO'],
    ['source-container', source.containerDatabase ? 'V$DATABASE.CDB is YES' : undefined],
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

function columnFindings(description: TableDescription, spec: TaskSpec): readonly [PrecheckId, Finding][] {
  const refused = description.columns.flatMap((column) => {
    const mapped = mapType(column.type);
    return 'refused' in mapped ? [`${column.name}: ${mapped.refused}`] : [];
  });
  const reserved = new Set(reservedColumns(spec.naming).map((name) => name.toLowerCase()));
  const clashes = description.columns.filter((column) =>
    reserved.has(destinationColumn(column.name, spec.naming).toLowerCase()),
  );
  return [
    ['column-types', refused.length === 0 ? undefined : refused.join('; ')],
    ['column-names', clashes.length === 0 ? undefined : clashes.map((column) => column.name).join(', ')],
  ];
}

function tableFindings(
  measures: TableMeasures,
  source: SourceMeasures,
  spec: TaskSpec,
): readonly [PrecheckId, Finding][] {
  const { description } = measures;
  if (!description) return [['table-exists', 'no such table, or it cannot be seen']];
  const logged =
    measures.allColumnsLogging || source.databaseAllColumnsLogging || !spec.synchronize.includes('incremental');
  return [
    ['table-exists', undefined],
    ['table-supported', description.unsupported],
    ['table-all-columns-logging', logged ? undefined : 'supplemental logging of all columns is off'],
    ['table-key', description.key.kind === 'none' ? 'neither a primary key nor a unique key without NULLs' : undefined],
    ...columnFindings(description, spec),
  ];
}

function destinationFindings(spec: TaskSpec, taken: readonly string[]): readonly [string, PrecheckId, Finding][] {
  const exists = new Set(taken.map((name) => name.toLowerCase()));
  return spec.tables.map(({ table, as }) => {
    const { base, log } = destinationNames(table, as, spec.naming);
    const found = [base, log].filter((name) => exists.has(name.toLowerCase()));
    return [
      table,
      'destination-names',
      found.length === 0 ? undefined : `${found.join(' and ')} exist${found.length === 1 ? 's' : ''}`,
    ];
  });
}

function judge(subject: string, id: PrecheckId, finding: Finding, ignored: ReadonlySet<string>): PrecheckResult {
  const { severity, repair } = precheckItems[id];
  if (finding === undefined) return { id, subject, severity, verdict: 'passed', message: '' };
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
  const results = [
    ...databaseFindings(measures.source, spec).map(([id, finding]) => judge(spec.source, id, finding, ignored)),
    ...measures.source.tables.flatMap((table) =>
      tableFindings(table, measures.source, spec).map(([id, finding]) => judge(table.table, id, finding, ignored)),
    ),
    judge(spec.destination, 'destination-reachable', undefined, ignored),
    ...destinationFindings(spec, measures.taken).map(([subject, id, finding]) => judge(subject, id, finding, ignored)),
  ];
  return { results, passed: results.every((result) => result.verdict !== 'failed') };
}

/** A login that the other side refused is a failed item, not a fault of the task. */
export const refusedLogin = (
  id: 'source-reachable' | 'destination-reachable',
  subject: string,
  message: string,
): PrecheckReport => ({
  results: [{ id, subject, severity: 'error', verdict: 'failed', message: `${message} ${precheckItems[id].repair}` }],
  passed: false,
});
