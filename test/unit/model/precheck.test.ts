/** The verdict over what both sides measured. */
import { describe, expect, test } from 'vitest';
import type { ExistingTables } from '../../../model/existing-tables.ts';
import { precheckItems, type SourceMeasures, type TableMeasures } from '../../../model/precheck-items.ts';
import { precheckReport, refusedLogin } from '../../../model/precheck.ts';
import { selectTables } from '../../../model/table-selection.ts';
import { tableName, type Column, type TableName } from '../../../model/table.ts';
import { parseTaskSpec, type TaskSpec } from '../../../model/task-spec.ts';

function specOf(change: Readonly<Record<string, unknown>> = {}): TaskSpec {
  const parsed = parseTaskSpec({
    name: 'hr',
    source: 'oracle',
    destination: 'warehouse',
    tables: [{ table: 'HR.A' }],
    ...change,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.spec;
}

const id: Column = { name: 'ID', type: { base: 'NUMBER', precision: 9, scale: 0 }, nullable: false };
const table = tableName({ owner: 'HR', name: 'A' });
const description = {
  table,
  columns: [id],
  key: { kind: 'primary', columns: ['ID'] },
  objectId: '1',
  dataObjectId: '1',
} as const;
const good: TableMeasures = { table, description, allColumnsLogging: true };
const source: SourceMeasures = {
  version: '19',
  archiveLog: true,
  minimalSupplementalLogging: true,
  databaseAllColumnsLogging: false,
  rootServiceMissing: false,
  databaseRole: 'PRIMARY',
  openMode: 'READ WRITE',
  tables: [good],
};

interface Case {
  readonly source?: Partial<SourceMeasures>;
  readonly table?: Partial<TableMeasures>;
  readonly taken?: readonly string[];
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly ignored?: readonly string[];
  /** Tables of the owners that patterns name. */
  readonly listed?: readonly TableName[];
}
function check({ source: measured, table: found, taken = [], spec, ignored = [], listed = [] }: Case) {
  const task = specOf(spec);
  const selection = selectTables(task.tables, listed);
  const measures = { ...source, tables: [{ ...good, ...found }], ...measured };
  return precheckReport(task, { selection, source: measures, taken, start: {} }, ignored);
}
const column = (name: string, base = 'VARCHAR2'): Partial<TableMeasures> => ({
  description: { ...description, columns: [id, { name, type: { base }, nullable: true }] },
});

/** A key may be as long as a block of an index allows. */
const longKey = description.columns.map((each) =>
  description.key.columns.some((name) => name === each.name)
    ? { ...each, type: { base: 'VARCHAR2', length: 5000 } }
    : each,
);

const failing: readonly [string, string, Case][] = [
  ['source-archivelog', 'NOARCHIVELOG', { source: { archiveLog: false } }],
  ['source-supplemental-logging', 'MIN is NO', { source: { minimalSupplementalLogging: false } }],
  [
    'source-container',
    'a pluggable database of release 19.9 cannot mine its own redo',
    { source: { rootServiceMissing: true, version: '19.9' } },
  ],
  ['source-primary', 'PHYSICAL STANDBY', { source: { databaseRole: 'PHYSICAL STANDBY' } }],
  ['source-primary', 'READ ONLY', { source: { openMode: 'READ ONLY' } }],
  ['table-exists', 'no such table', { source: { tables: [{ table, allColumnsLogging: false }] } }],
  ['table-supported', 'a view', { table: { description: { ...description, unsupported: 'a view' } } }],
  ['table-all-columns-logging', 'ALTER TABLE HR.A ADD', { table: { allColumnsLogging: false } }],
  ['table-key', 'key', { table: { description: { ...description, key: { kind: 'none', columns: [] } } } }],
  ['column-types', 'G (SDO_GEOMETRY): ', { table: column('G', 'SDO_GEOMETRY') }],
  ['column-types', 'so long a column of a key', { table: { description: { ...description, columns: longKey } } }],
  [
    'column-types',
    'C cannot be read again without a key',
    {
      table: {
        description: {
          ...description,
          columns: [id, { name: 'C', type: { base: 'CLOB' }, nullable: true }],
          key: { kind: 'none', columns: [] },
        },
      },
      spec: { values: { lobInLog: 'reread' } },
      ignored: ['table-key'],
    },
  ],
  ['column-names', 'RECORD_ID', { table: column('RECORD_ID') }],
  ['column-names', 'MODIFYTIME_MINUTE', { table: column('MODIFYTIME_MINUTE') }],
  ['column-types', 'no column X', { spec: { tables: [{ table: 'HR.A', columns: { exclude: ['X'] } }] } }],
  ['column-types', 'a part of the key', { spec: { tables: [{ table: 'HR.A', columns: { exclude: ['ID'] } }] } }],
  ['column-types', 'columns.rename', { table: column('Ünder') }],
  ['column-types', 'would both be', { table: column('id') }],
  ['table-patterns', 'no table matches HR.Z*', { spec: { tables: [{ table: 'HR.A' }, { table: 'HR.Z*' }] } }],
  [
    'table-patterns',
    'matches HR.A* and HR.?',
    { spec: { tables: [{ table: 'HR.A*' }, { table: 'HR.?' }] }, listed: [table] },
  ],
  ['destination-names', '9a_base is not', { spec: { naming: { tables: { prefix: '9' } } } }],
  ['destination-names', 'a_log exists', { taken: ['A_LOG'] }],
  ['destination-names', 'a_base and a_log exist', { taken: ['a_base', 'a_log'] }],
];

describe('a precheck', () => {
  test('passes when everything is right, and lists what it looked at', () => {
    const report = check({});
    expect(report.passed).toBe(true);
    expect(report.results.every(({ verdict, message }) => verdict === 'passed' && message === '')).toBe(true);
    expect(new Set(report.results.map((result) => result.id))).toEqual(new Set(Object.keys(precheckItems)));
  });

  test.each(failing)('fails %s, says "%s", and how to repair it', (item, found, given) => {
    const report = check(given);
    expect(report.passed).toBe(false);
    const failed = report.results.filter(({ verdict }) => verdict === 'failed');
    expect(failed.map((result) => result.id)).toEqual([item]);
    expect(failed[0]?.message).toContain(found);
    expect(failed[0]?.message).toMatch(/\.$|;$/);
  });

  test('tells a missing table from what could be said of its columns', () => {
    const report = check({ source: { tables: [{ table, allColumnsLogging: false }] } });
    expect(report.results.filter(({ subject }) => subject === 'HR.A').map((result) => result.id)).toEqual([
      'table-exists',
      'destination-names',
    ]);
  });

  test.each([
    ['the whole database logs all columns', { source: { databaseAllColumnsLogging: true } }],
    ['no redo is followed', { spec: { synchronize: ['schema', 'full'] } }],
  ])('needs no logging of a table when %s', (_case, given: Case) => {
    expect(check({ ...given, table: { allColumnsLogging: false } }).passed).toBe(true);
  });

  test('lets an operator ignore an alert, and no error', () => {
    const keyless = { description: { ...description, key: { kind: 'none', columns: [] } } } as const;
    const ignored = ['table-key', 'table-all-columns-logging'];
    const report = check({ table: keyless, ignored });
    expect(report.passed).toBe(true);
    expect(report.results.find((result) => result.id === 'table-key')?.verdict).toBe('ignored');
    expect(check({ table: { allColumnsLogging: false }, ignored }).passed).toBe(false);
  });

  test('knows the additional names of the rule that was chosen', () => {
    const spec = { naming: { additionalColumns: 'prefixed' } };
    expect(check({ table: column('RECORD_ID'), spec }).passed).toBe(true);
    expect(check({ table: column('NEW_DTS_SYNC_RECORD_ID'), spec }).passed).toBe(false);
  });

  test('looks for the destination names that a person chose', () => {
    const spec = { tables: [{ table: 'HR.A', as: 'Staff' }] };
    expect(check({ taken: ['a_base'], spec }).passed).toBe(true);
    expect(check({ taken: ['staff_base'], spec }).passed).toBe(false);
  });

  test('reports a refused login as its only, failed item', () => {
    const report = refusedLogin('source-reachable', 'oracle', 'ORA-01017: invalid username/password.');
    expect(report).toEqual({
      passed: false,
      results: [
        {
          id: 'source-reachable',
          subject: 'oracle',
          severity: 'error',
          verdict: 'failed',
          message: `ORA-01017: invalid username/password. ${precheckItems['source-reachable'].repair}`,
        },
      ],
    });
  });
});

describe('destination tables that exist, with conflictingTables: ignore', () => {
  const base = { name: 'a_base', comment: '', columns: [{ name: 'id', type: 'int' }], partitionColumns: [] };
  const found = (existing: ExistingTables, change: Partial<TableMeasures> = {}) => {
    const spec = specOf({ conflictingTables: 'ignore' });
    const measures = { ...source, tables: [{ ...good, ...change }] };
    const selection = selectTables(spec.tables, []);
    const { results } = precheckReport(
      spec,
      { selection, source: measures, taken: [], existing: new Map([[table, existing]]) },
      ['table-key'],
    );
    return results.flatMap(({ id: item, verdict, message }) =>
      item === 'destination-names' ? [verdict, message] : [],
    );
  };

  test('are a fact that is told', () => {
    expect(found({ oldRows: false })).toEqual(['passed', '']);
    expect(found({ base, oldRows: true })).toEqual(['passed', 'a_base exists already, and the task goes on with it']);
  });

  test('fail it when they do not fit, or are those of a running task', () => {
    const keyless = { description: { ...description, key: { kind: 'none', columns: [] } } } as const;
    expect(found({ base, oldRows: true }, keyless)[1]).toMatch(
      /^a_base has rows, and without a key .+\. Drop or rename/,
    );
    expect(found({ base, oldRows: true, heldBy: 'it is a table of x, which is running' })[0]).toBe('failed');
  });
});
