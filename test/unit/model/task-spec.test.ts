import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pathText, type InputError } from '../../../model/input-errors.ts';
import { parseTaskSpec } from '../../../model/task-spec.ts';

const least = { name: 'hr-to-warehouse', source: 'hr', destination: 'warehouse', tables: [{ table: 'HR.EMPLOYEES' }] };

function errorsOf(input: unknown): readonly InputError[] {
  const parsed = parseTaskSpec(input);
  return parsed.ok ? [] : parsed.errors;
}

/** `retry.otherIssuesMinutes OUT_OF_RANGE`. */
const told = (input: unknown): string[] => errorsOf(input).map(({ path, code }) => `${pathText(path)} ${code}`);

describe('a task', () => {
  test('needs four keys; the rest has defaults', () => {
    expect(parseTaskSpec(least)).toEqual({
      ok: true,
      spec: {
        ...least,
        title: 'hr-to-warehouse',
        environment: '',
        taskQueue: 'redoflow',
        synchronize: ['schema', 'full', 'incremental'],
        naming: { additionalColumns: 'plain', case: 'default' },
        conflictingTables: 'report',
        full: { parallelChunks: 4, chunkMegabytes: 256 },
        incremental: { partition: ['year', 'month', 'day'], flushSeconds: 5, flushRows: 50_000, flushMegabytes: 32 },
        retry: { failedConnectionsMinutes: 720, otherIssuesMinutes: 10 },
        values: { overflow: 'fail', lobInLog: 'exclude' },
      },
    });
  });

  test('means the same when its own output is parsed again', () => {
    const partition = fc.nat(5).map((length) => ['year', 'month', 'day', 'hour', 'minute'].slice(0, length));
    const tables = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(partition, tables, fc.integer({ min: 11, max: 1440 }), (levels, names, minutes) => {
        const first = parseTaskSpec({
          ...least,
          tables: names.map((name) => ({ table: `hr.${name}`, as: `t_${name}` })),
          incremental: { partition: levels },
          retry: { failedConnectionsMinutes: minutes },
        });
        expect(parseTaskSpec(first.ok ? first.spec : first.errors)).toEqual(first);
        expect(first.ok).toBe(true);
      }),
    );
  });

  test.each([
    ['hr.employees', 'HR.EMPLOYEES'],
    ['"HR"."EMPLOYEES"', 'HR.EMPLOYEES'],
    ['HR."Mixed"', 'HR."Mixed"'],
    ['hr.emp_*', 'HR.EMP_*'],
    ['"hr".t?', '"hr".T?'],
  ])('names the table %s as %s', (written, canonical) => {
    const parsed = parseTaskSpec({ ...least, tables: [{ table: written }] });
    expect(parsed.ok && parsed.spec.tables).toEqual([{ table: canonical }]);
  });

  test.each([
    ['the order of synchronize does not matter', { synchronize: ['full', 'schema'] }],
    [
      'limits of both phases, and a class',
      {
        full: { throttle: { rowsPerSecond: 1 } },
        incremental: { throttle: { megabytesPerSecond: 1 } },
        instanceClass: '2xlarge',
      },
    ],
    ['partitions may be left out', { incremental: { partition: [] } }],
    ['both retry limits are inclusive', { retry: { failedConnectionsMinutes: 1440, otherIssuesMinutes: 1439 } }],
    ['the default of conflictingTables may be written', { conflictingTables: 'report' }],
    [
      'the same name in two schemas is fine with another `as`',
      { tables: [{ table: 'A.X' }, { table: 'B.X', as: 'bx' }] },
    ],
  ])('%s', (_rule, change) => {
    expect(told({ ...least, ...change })).toEqual([]);
  });
});

describe('a wrong task', () => {
  test.each([
    ['nothing at all', null, [' EMPTY']],
    ['text', 'name: x', [' WRONG_TYPE']],
    ['a list', [], [' WRONG_TYPE']],
    ['nothing in it', {}, ['name MISSING', 'source MISSING', 'destination MISSING', 'tables MISSING']],
    ['a misspelt key', { ...least, retyr: {} }, ['retyr UNKNOWN_KEY']],
    ['a key of a prototype', JSON.parse(`{"__proto__":{}}`), expect.arrayContaining(['__proto__ UNKNOWN_KEY'])],
    ['a key inside a list', { ...least, tables: [{ table: 'HR.X', asd: 1 }] }, ['tables[0].asd UNKNOWN_KEY']],
    ['a name with a slash', { ...least, name: 'a/b' }, ['name BAD_FORMAT']],
    ['a name of 101 characters', { ...least, name: 'a'.repeat(101) }, ['name BAD_FORMAT']],
    ['an emoji as name', { ...least, name: '🙂' }, ['name BAD_FORMAT']],
    ['a title of two lines', { ...least, title: 'a\nb' }, ['title BAD_FORMAT']],
    ['a number as source', { ...least, source: 1 }, ['source WRONG_TYPE']],
    ['no table', { ...least, tables: [] }, ['tables OUT_OF_RANGE']],
    ['a table without owner', { ...least, tables: [{ table: 'X' }] }, ['tables[0].table BAD_FORMAT']],
    ['text as table', { ...least, tables: ['HR.X'] }, ['tables[0] WRONG_TYPE']],
    ["Oracle's own table", { ...least, tables: [{ table: 'sys.obj$' }] }, ['tables[0].table RESERVED']],
    ['a name with a digit first', { ...least, tables: [{ table: 'HR.X', as: '9x' }] }, ['tables[0].as BAD_FORMAT']],
    ['a Kelvin sign', { ...least, tables: [{ table: 'HR.X', as: 'a\u212a' }] }, ['tables[0].as BAD_FORMAT']],
    ["redoflow's own name", { ...least, tables: [{ table: 'HR.X', as: 'Redoflow_x' }] }, ['tables[0].as RESERVED']],
    [
      'an Oracle name that MaxCompute refuses',
      { ...least, tables: [{ table: 'HR."a b"' }] },
      ['tables[0].table BAD_FORMAT'],
    ],
    [
      'a table twice, in another case',
      { ...least, tables: [{ table: 'HR.X' }, { table: 'hr.x' }] },
      ['tables[1].table DUPLICATE'],
    ],
    [
      'two tables with one name',
      { ...least, tables: [{ table: 'A.X' }, { table: 'B.Y', as: 'x' }] },
      ['tables[1].as CONFLICT'],
    ],
    [
      'a partition that does not lead',
      { ...least, incremental: { partition: ['day'] } },
      ['incremental.partition NOT_ALLOWED'],
    ],
    [
      'an unknown partition level',
      { ...least, incremental: { partition: ['week'] } },
      ['incremental.partition[0] NOT_ALLOWED'],
    ],
    ['no phase', { ...least, synchronize: [] }, ['synchronize OUT_OF_RANGE']],
    ['a phase twice', { ...least, synchronize: ['schema', 'full', 'full'] }, ['synchronize DUPLICATE']],
    ['an unknown phase', { ...least, synchronize: ['schema', 'ful'] }, ['synchronize[1] NOT_ALLOWED']],
    ['an unknown case', { ...least, naming: { case: 'camel' } }, ['naming.case NOT_ALLOWED']],
    ['no mapping', { ...least, full: [] }, ['full WRONG_TYPE']],
    ['half a row', { ...least, incremental: { flushRows: 1.5 } }, ['incremental.flushRows WRONG_TYPE']],
    ['not a number', { ...least, incremental: { flushRows: NaN } }, ['incremental.flushRows WRONG_TYPE']],
    ['null', { ...least, incremental: { flushRows: null } }, ['incremental.flushRows WRONG_TYPE']],
    ['no chunk', { ...least, full: { parallelChunks: 0 } }, ['full.parallelChunks OUT_OF_RANGE']],
    [
      'hours as text',
      { ...least, retry: { failedConnectionsMinutes: '12h' } },
      ['retry.failedConnectionsMinutes WRONG_TYPE'],
    ],
    [
      '9 minutes',
      { ...least, retry: { failedConnectionsMinutes: 9 } },
      ['retry.failedConnectionsMinutes OUT_OF_RANGE'],
    ],
    [
      '1,441 minutes',
      { ...least, retry: { failedConnectionsMinutes: 1441 } },
      ['retry.failedConnectionsMinutes OUT_OF_RANGE'],
    ],
    ['0 minutes', { ...least, retry: { otherIssuesMinutes: 0 } }, ['retry.otherIssuesMinutes OUT_OF_RANGE']],
    ['a pattern with a name', { ...least, tables: [{ table: 'HR.*', as: 'x' }] }, ['tables[0].as CONFLICT']],
    ['exceptions of a name', { ...least, tables: [{ table: 'HR.X', except: [] }] }, ['tables[0].except CONFLICT']],
    ['a pattern of owners', { ...least, tables: [{ table: '*.X' }] }, ['tables[0].table BAD_FORMAT']],
    ['match without replace', { ...least, naming: { tables: { match: 'x' } } }, ['naming.tables CONFLICT']],
    [
      'a bad expression',
      { ...least, naming: { tables: { match: '(', replace: '' } } },
      ['naming.tables.match WRONG_TYPE'],
    ],
    [
      'a limit of nothing',
      { ...least, full: { throttle: { rowsPerSecond: 0 } } },
      ['full.throttle.rowsPerSecond OUT_OF_RANGE'],
    ],
    ['an unknown class', { ...least, instanceClass: 'huge' }, ['instanceClass NOT_ALLOWED']],
    [
      'LOBs read again, or marked, where there is no log',
      {
        ...least,
        synchronize: ['schema', 'full'],
        values: { lobInLog: 'reread' },
        tables: [
          { table: 'HR.X', values: { lobInLog: 'mark' } },
          { table: 'HR.Y', values: { lobInLog: 'exclude' } },
        ],
      },
      ['values.lobInLog CONFLICT', 'tables[0].values.lobInLog CONFLICT'],
    ],
    ['LOBs in another way', { ...least, values: { lobInLog: 'copy' } }, ['values.lobInLog NOT_ALLOWED']],
    ['equal retry times', { ...least, retry: { otherIssuesMinutes: 720 } }, ['retry CONFLICT']],
    ['connections given up before others', { ...least, retry: { failedConnectionsMinutes: 10 } }, ['retry CONFLICT']],
  ])('is refused: %s', (_what, input, expected) => {
    expect(told(input)).toEqual(expected);
  });

  test.each([...['newTables', 'types', 'sourceEncoding', 'transform', 'heartbeat'], 'full.throttle.queriesPerSecond'])(
    'is refused as not yet supported: %s',
    (key) => {
      const written = key.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), {});
      const input = { ...least, ...(written as object) };
      expect(told(input)).toEqual([`${key} NOT_YET_SUPPORTED`]);
    },
  );

  test.each([
    ['where', 'ID > 1'],
    ['transform', 'x'],
    ['images', 'full'],
  ])('is refused as not yet supported: tables[].%s', (key, value) => {
    expect(told({ ...least, tables: [{ table: 'HR.X', [key]: value }] })).toEqual([
      `tables[0].${key} NOT_YET_SUPPORTED`,
    ]);
  });

  test.each([['only the tail', { synchronize: ['incremental'] }, 'synchronize NOT_YET_SUPPORTED']])(
    'is refused as not yet supported: %s',
    (_what, change, expected) => {
      expect(told({ ...least, ...change })).toEqual([expected]);
    },
  );

  test('may go on with tables that exist only when it copies', () => {
    const told = (synchronize: readonly string[]): readonly string[] => {
      const parsed = parseTaskSpec({ ...least, conflictingTables: 'ignore', synchronize });
      return parsed.ok ? [] : parsed.errors.map(({ path, code }) => `${path.join('.')} ${code}`);
    };
    expect(told(['schema', 'full'])).toEqual([]);
    expect(told(['schema', 'full', 'incremental'])).toEqual([]);
    expect(told(['schema', 'incremental'])).toEqual(['conflictingTables CONFLICT']);
  });

  test('shows everything that is wrong at once', () => {
    const input = {
      nmae: 'x',
      source: 1,
      destination: 'w',
      tables: [{ table: 'HR.X' }, { table: 'x' }, { table: 'hr.X' }],
      retry: { failedConnectionsMinutes: 5, otherIssuesMinutes: 5000 },
    };
    expect(told(input).toSorted()).toEqual([
      'name MISSING',
      'nmae UNKNOWN_KEY',
      'retry.failedConnectionsMinutes OUT_OF_RANGE',
      'retry.otherIssuesMinutes OUT_OF_RANGE',
      'source WRONG_TYPE',
      'tables[1].table BAD_FORMAT',
      'tables[2].table DUPLICATE',
    ]);
  });

  test('says rule, fix and value of each error', () => {
    expect(errorsOf({ ...least, nmae: 1, retry: { otherIssuesMinutes: 2000 } })).toEqual([
      {
        code: 'OUT_OF_RANGE',
        path: ['retry', 'otherIssuesMinutes'],
        value: '2000',
        rule: 'a whole number of minutes from 1 to 1,440',
        fix: 'Write a whole number from 1 to 1,440.',
      },
      expect.objectContaining({ code: 'UNKNOWN_KEY', path: ['nmae'], fix: 'Did you mean name?' }),
    ]);
  });

  test('does not repeat what looks like a login', () => {
    expect(JSON.stringify(errorsOf({ ...least, source: 'scott/tiger@db' }))).not.toContain('tiger');
  });

  test('never makes the parser throw', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.constantFrom(...Object.keys(least), 'retry', 'full'),
        (value, key) => {
          const errors = errorsOf({ ...least, [key]: value });
          for (const { rule, fix } of errors) expect(rule !== '' && fix !== '').toBe(true);
        },
      ),
    );
  });
});
