import { describe, expect, test } from 'vitest';
import { scn } from '../../../model/scn.ts';
import { tableName } from '../../../model/table.ts';
import type { TableDescription } from '../../../model/table.ts';
import { stillOpen } from '../../../oracle/capture-point.ts';
import { ofTransactions, redoRow, rowsOf } from '../../../oracle/log-miner.ts';
import { sessionStart } from '../../../oracle/mining-reach.ts';
import { OpenTransactions } from '../../../oracle/open-transactions.ts';
import { operations, unknownSequence } from '../../../oracle/redo-row.ts';
import type { RedoRow } from '../../../oracle/redo-row.ts';
import { offsetSeconds, requireIncarnation } from '../../../oracle/threads.ts';

const A = '0A00010001000000';
const B = '0B00020001000000';

const open = (xid: string, startScn: number, captured: boolean) => ({ xid, startScn: scn(String(startScn)), captured });

const row = (changes: Partial<RedoRow>): RedoRow => ({
  ...redoRow([
    '500',
    A,
    '10',
    '1',
    '1',
    '1',
    '0',
    '0',
    '0',
    null,
    ' 0x1.2.3 ',
    '0',
    '1',
    '7',
    'HR',
    'T',
    null,
    '',
    null,
  ]),
  ...changes,
});
const start = (xid: string, at: number): RedoRow => row({ xid, scn: scn(String(at)), operation: operations.start });
const commit = (xid: string, at: number): RedoRow => row({ xid, scn: scn(String(at)), operation: operations.commit });
const rollback = (xid: string, at: number): RedoRow =>
  row({ xid, scn: scn(String(at)), operation: operations.rollback });

test('a row of the view is read field by field', () => {
  const cells = [
    '500',
    A,
    '10',
    '1',
    '4294967295',
    '3',
    '1',
    '1',
    '2',
    'info',
    ' 0x1.2.3 ',
    '4',
    '2',
    '73',
    'HR',
    'T',
    'AAA',
    '2026-11-22 10:00:00',
    'update',
  ];
  expect(redoRow(cells)).toEqual({
    scn: '500',
    xid: A,
    usn: 10,
    slot: 1,
    sqn: unknownSequence,
    operation: 3,
    rollback: true,
    csf: true,
    status: 2,
    info: 'info',
    rsId: '0x1.2.3',
    ssn: 4,
    thread: 2,
    dataObject: '73',
    owner: 'HR',
    table: 'T',
    rowId: 'AAA',
    timestamp: '2026-11-22 10:00:00',
    sqlRedo: 'update',
  });
});

describe('the filter', () => {
  const table = (name: string, objectId: string): TableDescription => ({
    table: tableName({ owner: 'HR', name }),
    columns: [],
    key: { kind: 'none', columns: [] },
    objectId,
    dataObjectId: null,
  });

  test('names tables by number, and by owner and name in binds', () => {
    const { where, binds } = rowsOf([table('T', '73'), table("it's", '74')]);
    expect(where).toContain('DATA_OBJ# IN (73, 74)');
    expect(where).not.toContain("it's");
    expect(binds).toEqual({ o0: 'HR', t0: 'T', o1: 'HR', t1: "it's" });
  });

  test('names the partitions of a table by their numbers too, and asks for rows without a name', () => {
    const segments = [
      { objectId: '81', dataObjectId: '81' },
      { objectId: '82', dataObjectId: null },
    ];
    const { where } = rowsOf([{ ...table('T', '73'), segments }]);
    expect(where).toContain('DATA_OBJ# IN (73, 81, 82)');
    expect(where).toContain("TABLE_NAME LIKE 'OBJ#%'");
  });

  test('of single transactions asks for their XIDs, for rows that lost theirs, and for gaps', () => {
    const { where, binds } = ofTransactions(rowsOf([table('T', '73')]), [A, B]);
    expect(where).toMatch(
      /^\(.*DATA_OBJ# IN \(73\).*\) AND \(XID IN \(HEXTORAW\('0A.*'\), HEXTORAW\('0B.*'\)\) OR XIDSQN = 4294967295 OR /,
    );
    expect(where).toMatch(/OPERATION_CODE = 34\)$/);
    expect(binds).toEqual({ o0: 'HR', t0: 'T' });
    expect(() => ofTransactions(rowsOf([]), ["'"])).toThrow(/not an XID/);
  });

  test('does not exceed the longest IN list that Oracle takes', () => {
    const { where } = rowsOf(Array.from({ length: 1001 }, (_, i) => table(`T${i}`, String(i))));
    expect(where.match(/DATA_OBJ# IN/g)).toHaveLength(2);
  });
});

describe('a mining session', () => {
  test.each([
    ['at the range, when nothing is open', [], '100'],
    ['at the oldest transaction with captured work', [open(A, 70, true), open(B, 60, true)], '60'],
    ['not earlier for others', [open(A, 70, true), open(B, 60, false)], '70'],
    ['not earlier for one that is older than its reach', [open(A, 70, true), open(B, 49, true)], '70'],
    ['at the edge of its reach', [open(B, 50, true)], '50'],
    ['at the range for a transaction that began there', [open(A, 100, true)], '100'],
  ])('starts %s', (_rule, transactions, expected) => {
    expect(sessionStart({ from: scn('100'), open: transactions }, scn('50'))).toBe(expected);
  });
});

describe('what is open at an SCN of a range', () => {
  const at = (point: number, rows: readonly RedoRow[], before = [open(A, 50, true)]): readonly string[] => {
    const known = new OpenTransactions(before);
    rows.forEach((each) => {
      known.add(each);
    });
    return known
      .at(scn(String(point)))
      .map(({ xid, startScn, captured }) => `${xid[1] ?? ''}@${startScn}${captured ? '' : ' idle'}`);
  };
  const change = (xid: string, changeScn: number): RedoRow => row({ xid, scn: scn(String(changeScn)) });

  test.each<[string, number, readonly RedoRow[], readonly string[]]>([
    ['what was open before and has not ended', 200, [], ['A@50']],
    ['not what ended there', 160, [commit(A, 160)], []],
    ['what ended later', 159, [commit(A, 160)], ['A@50']],
    ['what began, with nothing captured', 200, [start(B, 110)], ['A@50', 'B@110 idle']],
    ['what began there', 110, [start(B, 110)], ['A@50', 'B@110 idle']],
    ['not what began later', 109, [start(B, 110)], ['A@50']],
    [
      'DDL is not a captured change',
      120,
      [start(B, 110), row({ xid: B, scn: scn('120'), operation: operations.ddl })],
      ['A@50', 'B@110 idle'],
    ],
    ['with a captured change', 120, [start(B, 110), change(B, 120)], ['A@50', 'B@110']],
    ['before its captured change', 119, [start(B, 110), change(B, 120)], ['A@50', 'B@110 idle']],
    ['neither committed nor rolled back', 200, [start(B, 110), rollback(B, 120), commit(A, 130)], []],
  ])('%s', (_rule, point, rows, expected) => {
    expect(at(point, rows)).toEqual(expected);
  });

  test('is forgotten below a point, and says so rather than guess', () => {
    const known = new OpenTransactions([]);
    const xid = (i: number): string => i.toString(16).padStart(16, '0');
    for (let i = 0; i < 1000; i++)
      [start(xid(i), 2 * i + 1), commit(xid(i), 2 * i + 2)].forEach((each) => {
        known.add(each);
      });
    known.forget(scn('1001'));
    expect(known.at(scn('1001')).map(({ startScn }) => startScn)).toEqual(['1001']);
    expect(() => known.at(scn('999'))).toThrow(/asked for after SCN 1001/);
  });
});

describe('what is open at a capture point', () => {
  const live = (xid: string, at: number) => ({ xid, id: '', startScn: scn(String(at)) });

  test.each<[string, readonly ReturnType<typeof live>[], readonly RedoRow[], readonly string[]]>([
    ['a transaction found open that has not ended', [live(A, 50)], [], [`${A}@50`]],
    ['not one that ended meanwhile', [live(A, 50)], [commit(A, 120)], []],
    ['one that began meanwhile', [], [start(B, 110)], [`${B}@110`]],
    ['not one that began and ended meanwhile', [], [start(B, 110), rollback(B, 120)], []],
    ['not one that began afterwards', [live(A, 250)], [], []],
    ['a START that is older than GV$TRANSACTION says', [live(A, 110)], [start(A, 105)], [`${A}@105`]],
  ])('%s', (_rule, found, rows, expected) => {
    const transactions = stillOpen(found, rows, scn('200'));
    expect(transactions.map(({ xid, startScn }) => `${xid}@${startScn}`)).toEqual(expected);
    expect(transactions.every(({ captured }) => captured)).toBe(true);
  });
});

test.each([
  ['+00:00', 0],
  ['+08:00', 28_800],
  ['-03:30', -12_600],
])('the offset %s is %i seconds', (text, seconds) => {
  expect(offsetSeconds(text)).toBe(seconds);
});

describe('another incarnation is refused', () => {
  const ours = { dbid: '1', resetlogsScn: scn('1') };
  test.each([
    ['another database', { dbid: '2', resetlogsScn: scn('1') }],
    ['after RESETLOGS', { dbid: '1', resetlogsScn: scn('900') }],
  ])('%s', (_name, found) => {
    expect(() => {
      requireIncarnation(ours, found);
    }).toThrow(expect.objectContaining({ kind: 'source-incarnation-changed' }) as Error);
  });

  test('the same one is not', () => {
    expect(() => {
      requireIncarnation(ours, { ...ours });
    }).not.toThrow();
  });
});
