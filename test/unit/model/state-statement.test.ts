import { describe, expect, test } from 'vitest';
import { logColumns, partitionColumns } from '../../../model/names.ts';
import { mergeScript, ownPrefix, stateSelect } from '../../../model/state-statement.ts';
import type { TableState } from '../../../model/table-state.ts';

const ORDERS: TableState = {
  base: 'orders_base',
  log: 'orders_log',
  names: { recordId: 'record_id', utcTimestamp: 'utc_timestamp', beforeFlag: 'before_flag', afterFlag: 'after_flag' },
  columns: [
    { name: 'id', type: 'bigint' },
    { name: 'line', type: 'int' },
    { name: 'status', type: 'string' },
  ],
  key: ['id', 'line'],
  partitionColumns: [],
  defaults: [],
};

const T = Date.UTC(2026, 2, 1, 0, 0, 0) / 1000;
const days = partitionColumns(['year', 'month', 'day'], { additionalColumns: 'plain' });

test('a key of several columns, with a bound by record_id', () => {
  expect(stateSelect({ ...ORDERS, bound: { recordId: 42 } })).toBe(
    [
      'SELECT s.`id`, s.`line`, s.`status`',
      'FROM (',
      '  SELECT u.`id`, u.`line`, u.`status`, u.`redoflow_after`,',
      '    ROW_NUMBER() OVER (PARTITION BY u.`id`, u.`line` ORDER BY u.`redoflow_record` DESC, u.`redoflow_after` DESC) AS `redoflow_place`',
      '  FROM (',
      "    SELECT CAST(0 AS BIGINT) AS `redoflow_record`, 'N' AS `redoflow_before`, 'Y' AS `redoflow_after`, b.`id` AS `id`, b.`line` AS `line`, b.`status` AS `status` FROM `orders_base` b",
      '    UNION ALL',
      '    SELECT l.`record_id` AS `redoflow_record`, l.`before_flag` AS `redoflow_before`, l.`after_flag` AS `redoflow_after`, l.`id` AS `id`, l.`line` AS `line`, l.`status` AS `status` FROM `orders_log` l WHERE l.`record_id` < 42',
      '  ) u',
      ') s',
      "WHERE s.`redoflow_place` = 1 AND s.`redoflow_after` = 'Y'",
    ].join('\n'),
  );
});

test('without a key images before take images after away, and no row is lost among equal ones', () => {
  const text = stateSelect({ ...ORDERS, key: [] });
  expect(text).toContain('PARTITION BY u.`id`, u.`line`, u.`status` ORDER BY u.`redoflow_after` DESC');
  expect(text).toContain("WHERE s.`redoflow_after` = 'Y' AND s.`redoflow_place` > s.`redoflow_gone`");
});

describe('a bound in seconds leaves out partitions from the bound on, and no other', () => {
  const whereOf = (seconds: number, columns = days): string =>
    / FROM `orders_log` l WHERE (.*)$/m.exec(
      stateSelect({ ...ORDERS, partitionColumns: columns, bound: { seconds } }),
    )?.[1] ?? '';

  test.each([
    [[], T, `l.\`utc_timestamp\` < ${T}`],
    [days.slice(0, 1), T, `l.\`utc_timestamp\` < ${T} AND l.\`modifytime_year\` <= '2026'`],
    [
      days,
      T,
      `l.\`utc_timestamp\` < ${T} AND (l.\`modifytime_year\` < '2026' OR (l.\`modifytime_year\` = '2026' AND (l.\`modifytime_month\` < '02' OR (l.\`modifytime_month\` = '02' AND l.\`modifytime_day\` <= '28'))))`,
    ],
    [
      days,
      T + 1,
      `l.\`utc_timestamp\` < ${T + 1} AND (l.\`modifytime_year\` < '2026' OR (l.\`modifytime_year\` = '2026' AND (l.\`modifytime_month\` < '03' OR (l.\`modifytime_month\` = '03' AND l.\`modifytime_day\` <= '01'))))`,
    ],
  ])('%j below %d', (columns, seconds, expected) => {
    expect(whereOf(seconds, columns)).toBe(expected);
  });
});

test.each([
  ['int', '0', "CAST('0' AS INT)"],
  ['decimal(10,2)', '1.5', "CAST('1.5' AS DECIMAL(10,2))"],
  ['string', "it's", "'it\\'s'"],
  ['varchar(5)', 'x', "CAST('x' AS VARCHAR(5))"],
  ['timestamp_ntz', '2026-01-02 03:04:05', "TIMESTAMP_NTZ '2026-01-02 03:04:05'"],
  ['timestamp', '2026-01-02 03:04:05.500000000', "TIMESTAMP '2026-01-02 03:04:05.500000000'"],
  ['datetime', '2026-01-02 03:04:05', "DATETIME '2026-01-02 03:04:05'"],
  ['date', '2026-01-02 00:00:00', "DATE '2026-01-02'"],
  ['binary', '0AFF', "UNHEX('0AFF')"],
])('a default of type %s that is %s is %s in rows of before', (type, constant, expected) => {
  const columns = [...ORDERS.columns, { name: 'added', type }];
  const state = { ...ORDERS, columns, defaults: [{ column: 'added', constant, recordId: 7, base: true }] };
  expect(stateSelect(state)).toContain(`COALESCE(b.\`added\`, ${expected}) AS \`added\` FROM \`orders_base\``);
  expect(stateSelect(state)).toContain(
    `CASE WHEN l.\`added\` IS NULL AND l.\`record_id\` < 7 THEN ${expected} ELSE l.\`added\` END AS \`added\` FROM`,
  );
  expect(stateSelect({ ...state, defaults: [{ column: 'added', constant, recordId: 7, base: false }] })).toContain(
    'b.`added` AS `added` FROM `orders_base`',
  );
});

test.each([
  ['id', 'redoflow_'],
  ['redoflow_place', 'redoflow__'],
  ['REDOFLOW__x', 'redoflow___'],
])('beside a column %s its own columns begin with %s', (name, prefix) => {
  expect(ownPrefix({ columns: [{ name, type: 'string' }] })).toBe(prefix);
});

describe('the script', () => {
  const [recordId, , utcTimestamp, beforeFlag, afterFlag] = logColumns({ additionalColumns: 'prefixed' }).map(
    ({ name }) => name,
  );
  const names = {
    recordId: recordId ?? '',
    utcTimestamp: utcTimestamp ?? '',
    beforeFlag: beforeFlag ?? '',
    afterFlag: afterFlag ?? '',
  };

  test('says what it is and up to where, sets what it needs, and selects', () => {
    expect(
      mergeScript({ ...ORDERS, names, bound: { seconds: T } })
        .split('\n')
        .slice(0, 6),
    ).toEqual([
      `-- The rows of orders_base with the changes in orders_log: those with a new_dts_sync_utc_timestamp below ${T} (2026-03-01T00:00:00Z).`,
      '-- Of each key (id, line) the row with the highest new_dts_sync_record_id counts; the key is gone when that is a row before its change.',
      'SET odps.sql.type.system.odps2=true;',
      'SET odps.sql.decimal.odps2=true;',
      'SET odps.sql.allow.fullscan=true;',
      'SELECT s.`id`, s.`line`, s.`status`',
    ]);
  });

  test('with a table creates it and replaces its rows', () => {
    const script = mergeScript({ ...ORDERS, key: [] }, { into: 'orders_now' });
    expect(script).toContain('all of them.\n-- The table has no key:');
    expect(script).toContain(
      'CREATE TABLE IF NOT EXISTS `orders_now` (`id` BIGINT, `line` INT, `status` STRING);\nINSERT OVERWRITE TABLE `orders_now`\nSELECT s.`id`',
    );
    expect(script.endsWith(';\n')).toBe(true);
  });

  test('reads a constant instant in UTC', () => {
    const columns = [...ORDERS.columns, { name: 'added', type: 'timestamp' }];
    const defaults = [{ column: 'added', constant: '2026-01-02 03:04:05', recordId: 7, base: true }];
    expect(mergeScript({ ...ORDERS, columns, defaults })).toContain('SET odps.sql.timezone=UTC;\n');
    expect(mergeScript({ ...ORDERS, columns })).not.toContain('timezone');
  });
});
