import { describe, expect, test } from 'vitest';
import type { OpenTransaction } from '../../../model/position.ts';
import { scn, type Scn } from '../../../model/scn.ts';
import { commitSeconds } from '../../../oracle/commit-time.ts';
import { operations } from '../../../oracle/redo-row.ts';
import {
  assembleTransactions,
  assembly,
  failureOf,
  NO_ROW_ID,
  redo,
  rowOf,
  run,
  stopsOf,
  unknownXidOf,
  xidOf,
} from '../../support/redo-notation.ts';
import { redoRow } from '../../support/redo-rows.ts';

const open = (n: string, startScn: string, captured: boolean): OpenTransaction => ({
  xid: xidOf(n),
  startScn: scn(startScn),
  captured,
});

describe('transactions', () => {
  test.each([
    ['keep the order of their changes', '7:start 7:+1 7:~1 7:-1 7:commit', ['7@105:+1~1-1']],
    [
      'are untangled, and come in the order of their commits',
      '7:start 8:start 7:+1 8:+2 8:commit 7:commit',
      ['8@105:+2', '7@106:+1'],
    ],
    ['that roll back are not published', '7:start 7:+1 7:rollback', []],
    ['without changes of captured tables are not published', '7:start 7:commit', []],
    ['still open at the end are not published', '7:start 7:+1 8:start 8:+2 8:commit', ['8@105:+2']],
  ])('%s', (_rule, line, expected) => {
    expect(run(redo(line))).toEqual(expected);
  });

  test('carry both images in the order of the description, the commit and its time', () => {
    const [, update] = redo('7:start 7:~1 7:commit');
    const sqlRedo = `update "APP"."T" a set a."V" = NULL where a."V" = 'it''s' and a."HIDDEN" = '9' and a."ID" = '01.50';`;
    const rows = redo('7:start 7:~1 7:commit').map((row) => (row.scn === update?.scn ? { ...row, sqlRedo } : row));
    expect(assembleTransactions(rows, { ...assembly, hostOffsetSeconds: 28_800 }).transactions).toEqual([
      {
        xid: '0700000007000000',
        commitScn: '103',
        thread: 1,
        rsId: '0x000010.00000020.0010',
        commitSeconds: Date.UTC(2026, 10, 1, 4) / 1000,
        changes: [{ kind: 'update', table: 'APP.T', before: ['1.5', "it's"], after: ['1.5', null] }],
      },
    ]);
  });

  test('that commit at one SCN come by thread, RS_ID and XID', () => {
    const at = scn('150');
    const commits = redo('6:commit 7:commit 8:commit 9:commit').map((row, index) => ({
      ...row,
      scn: at,
      thread: [2, 1, 1, 1][index] ?? 0,
      rsId: ['0x01', '0x02', '0x01', '0x01'][index] ?? '',
    }));
    const starts = redo('9:start 8:start 7:start 6:start 9:+9 8:+8 7:+7 6:+6');
    const later = redoRow({ ...rowOf('start'), xid: xidOf('5'), scn: scn('151') });
    const expected = ['8@150:+8', '9@150:+9', '7@150:+7', '6@150:+6'];
    expect(run([...starts, ...commits])).toEqual(expected);
    expect(run([...starts, ...commits, later])).toEqual(expected);
  });

  test('whose commit comes after rows of a higher SCN are refused, for their order is lost', () => {
    const rows = redo('7:start 8:start 7:+1 8:+2 7:commit 9:start 8:commit').map((row) =>
      row.scn === '107' ? { ...row, scn: scn('105') } : row,
    );
    expect(failureOf(() => run(rows))).toBe('source-redo-undecodable');
  });

  test('of other tables are followed, but nothing of them is read', () => {
    const other = { dataObject: '1', owner: 'APP', table: 'OTHER', sqlRedo: 'not SQL' };
    const rows = redo('7:start 7:+1 7:+2 7:commit').map((row) => (row.scn === '102' ? { ...row, ...other } : row));
    expect(run(rows)).toEqual(['7@104:+2']);
  });

  test('a captured table is known by its name when its object number is new', () => {
    const rows = redo('7:start 7:+1 7:commit').map((row) =>
      row.scn === '102' ? { ...row, dataObject: '99999' } : row,
    );
    expect(run(rows)).toEqual(['7@103:+1']);
  });

  test('changes at one SCN are ordered by RS_ID, SSN and arrival', () => {
    const order = [
      { rsId: '0x000010.00000002.0010', ssn: 0 },
      { rsId: '0x000010.00000001.0010', ssn: 1 },
      { rsId: '0x000010.00000001.0010', ssn: 0 },
      { rsId: '0x000010.00000001.0010', ssn: 0 },
    ];
    const changes = ['+1', '+2', '+3', '+4'].map((word, index) =>
      redoRow({ ...rowOf(word), ...order[index], xid: xidOf('7'), scn: scn('102') }),
    );
    const [start, commit] = redo('7:start 7:commit');
    expect(start && commit && run([start, ...changes, { ...commit, scn: scn('103') }])).toEqual(['7@103:+3+4+2+1']);
  });
});

describe('the window', () => {
  test.each([
    ['a commit at its beginning belongs to the one before', { from: scn('104') }, []],
    ['a commit at its end belongs to it', { to: scn('104') }, ['7@104:+1~1']],
    ['a commit behind its end belongs to the next', { to: scn('103') }, []],
  ])('%s', (_rule, asked, expected) => {
    expect(run(redo('7:start 7:+1 7:~1 7:commit'), asked)).toEqual(expected);
  });

  test('what is open at its end is named, oldest first, with whether it changed a captured table', () => {
    const rows = redo('7:start 8:start 8:+1 9:start 9:rollback 6:start 6:commit');
    const expected = [open('5', '90', false), open('7', '101', false), open('8', '102', true)];
    expect(assembleTransactions(rows, { ...assembly, open: [open('5', '90', false)] }).open).toEqual(expected);
  });

  test('a transaction that was open before is published whole, since it is read from its start', () => {
    const asked = { readFrom: scn('100'), from: scn('103'), open: [open('7', '101', true)] };
    expect(run(redo('7:start 7:+1 8:start 7:~1 7:commit'), asked)).toEqual(['7@105:+1~1']);
  });

  test.each([
    ['with captured changes', true, '7:~1 7:commit', [xidOf('7')]],
    ['whose captured changes are all in it', false, '7:+1 7:commit', [xidOf('7')]],
    ['that cannot be read in it', true, '7:-2! 7:commit', [xidOf('7')]],
    ['that rolls back', true, '7:~1 7:rollback', []],
    ['without captured changes', false, '7:commit', []],
    ['that stays open', true, '7:~1 8:start', []],
  ])(
    'a transaction that began before the session %s is read from its START if it commits',
    (_rule, captured, line, late) => {
      const assembled = assembleTransactions(redo(line), { ...assembly, open: [open('7', '50', captured)] });
      expect(assembled).toMatchObject({ transactions: [], stops: [], late });
    },
  );

  test('redo at or below its beginning of a transaction that had ended by then is passed over', () => {
    expect(run(redo('7:+1 7:commit 8:start 8:+2 8:commit'), { from: scn('102') })).toEqual(['8@105:+2']);
  });

  test.each([
    ['a change of a transaction that nobody knows', '7:+1 8:start 8:commit'],
    ['a commit of a transaction that nobody knows', '7:commit'],
  ])('%s is refused', (_rule, line) => {
    expect(failureOf(() => run(redo(line)))).toBe('source-redo-undecodable');
  });

  test('an unknown commit of thread 0 is that of an empty transaction', () => {
    expect(run(redo('7:commit').map((row) => ({ ...row, thread: 0 })))).toEqual([]);
  });
});

describe('a partial rollback', () => {
  test.each([
    ['takes out what it undoes', '7:start 7:+1 7:+2 7:-2! 7:commit', ['7@105:+1']],
    ['takes out the latest of two equal changes only', '7:start 7:~1 7:~1 7:~1! 7:commit', ['7@105:~1']],
    ['undoes several rows in reverse', '7:start 7:+1 7:~1 7:-3 7:+3! 7:~1! 7:commit', ['7@107:+1']],
    ['lets the same row be changed again', '7:start 7:+1 7:-1! 7:+1 7:commit', ['7@105:+1']],
    ['may leave nothing', '7:start 7:+1 7:-1! 7:commit', []],
    ['does not touch other transactions', '7:start 8:start 8:~1 7:~2 7:~2! 7:commit 8:commit', ['8@107:~1']],
  ])('%s', (_rule, line, expected) => {
    expect(run(redo(line))).toEqual(expected);
  });

  test.each([
    ['of a row that was not read', '7:start 7:+1 7:-2! 7:commit'],
    ['of a change of another kind', '7:start 7:+1 7:~1! 7:commit'],
    ['that comes twice', '7:start 7:+1 7:-1! 7:-1! 7:commit'],
  ])('%s stops the table', (_rule, line) => {
    const commit = 100 + line.split(' ').length;
    expect(stopsOf(redo(line))).toEqual([`${String(commit - 1)} APP.T undecodable`]);
  });

  test('that cannot be matched does not matter when the transaction rolls back', () => {
    expect(run(redo('7:start 7:-2! 7:rollback'))).toEqual([]);
  });

  test('without ROWIDs undoes the latest change of the table', () => {
    const rows = redo('7:start 7:+1 7:+2 7:-2! 7:commit').map((row) =>
      row.rowId === null ? row : { ...row, rowId: NO_ROW_ID },
    );
    expect(run(rows)).toEqual(['7@105:+1']);
  });

  test('may come before what it undoes at the same RS_ID: SSN decides', () => {
    const rows = redo('7:start 7:-1! 7:+1 7:commit').map((row) =>
      row.operation === operations.delete ? { ...row, scn: scn('103'), ssn: 1 } : row,
    );
    expect(run(rows)).toEqual([]);
  });

  test('without a sequence number belongs to the transaction that holds the undo slot', () => {
    const rows = redo('8:start 7:start 7:+1 7:+2 7:-2! 7:commit').map((row) =>
      row.rollback ? { ...row, xid: unknownXidOf('7'), sqn: 4294967295 } : row,
    );
    expect(run(rows)).toEqual(['7@106:+1']);
  });

  test('without a sequence number and without a holder of the slot stops the table below it', () => {
    const rows = redo('7:start 7:+1 7:-1! 7:commit').map((row) =>
      row.rollback ? { ...row, xid: unknownXidOf('9'), sqn: 4294967295 } : row,
    );
    expect(stopsOf(rows)).toEqual(['102 APP.T undecodable']);
  });

  test('of a transaction that was given up does not matter while it does not commit', () => {
    expect(stopsOf(redo('7:+1! 8:start 8:+1 8:commit'))).toEqual([]);
    expect(failureOf(() => run(redo('7:+1! 7:commit')))).toBe('source-redo-undecodable');
  });
});

test.each([
  ['1970-01-01 00:00:00', 0, 0],
  ['2026-11-01 12:00:00', 28_800, 1_793_505_600],
  ['2024-02-29 23:59:59', -12_600, 1_709_263_799],
])('a commit at %s, %i s east of Greenwich, is at %i', (timestamp, offset, expected) => {
  expect(commitSeconds(timestamp, offset)).toBe(expected);
});

test('a commit without a time is refused', () => {
  expect(failureOf(() => commitSeconds('01-NOV-26', 0))).toBe('source-redo-undecodable');
});

test('a partition that is added stops nothing, and is noted once', () => {
  const ddl = redoRow({
    operation: operations.ddl,
    info: 'USER DDL (PlSql=0 RecDep=0)',
    sqlRedo: 'ALTER TABLE APP.T ADD PARTITION P2 VALUES LESS THAN (20)',
  });
  const told = (from: Scn) => assembleTransactions([ddl], { ...assembly, from });
  expect(told(scn('101'))).toMatchObject({
    stops: [],
    notes: [expect.stringMatching(/^102 APP\.T at SCN 102: .*partition/i)],
  });
  expect(told(scn('102'))).toMatchObject({ stops: [], notes: [] });
});
