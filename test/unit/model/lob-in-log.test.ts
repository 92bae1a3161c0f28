/** Which setting a table has: in its plan, so that a chain that goes on with a saved position must ask for the same. */
import { describe, expect, test } from 'vitest';
import { adopt, type SavedDocument } from '../../../model/adoption.ts';
import { CHANGED_MARK, markOf } from '../../../model/large-columns.ts';
import { scn } from '../../../model/scn.ts';
import { selectTables } from '../../../model/table-selection.ts';
import type { LobInLog } from '../../../model/table.ts';
import { planHash, type CapturedTable } from '../../../model/task-plan.ts';
import { parseTaskSpec } from '../../../model/task-spec.ts';
import { incarnation, rules, tablePlan } from './literal-plan.ts';

const A = tablePlan('A');

function savedWith(lobInLog: LobInLog | undefined, keyed = true): SavedDocument {
  const table: CapturedTable = { ...A, keyed, emitAfter: scn('1'), ...(lobInLog && { lobInLog }) };
  const hash = planHash(rules, [table]);
  const position = { incarnation, scn: scn('9'), open: [], held: {}, nextRecordId: 5, clock: { previousSeconds: 0 } };
  return { chainId: 'chain', logs: [], planHash: hash, position, plan: { rules, tables: [table] } };
}

const asking = (lobInLog: string) => {
  const parsed = parseTaskSpec({
    name: 'a',
    source: 'b',
    destination: 'c',
    tables: [{ table: A.table, as: A.base.replace(/_base$/, '') }],
    incremental: { partition: rules.partition },
    values: { overflow: rules.overflow, lobInLog },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.spec;
};

const adopted = (asked: string, saved: SavedDocument): string => {
  const spec = asking(asked);
  const answer = adopt(spec, selectTables(spec.tables, []), saved);
  return 'refused' in answer ? answer.refused : 'adopted';
};

describe('a saved position', () => {
  test.each<[string, LobInLog | undefined]>([
    ['exclude', undefined],
    ['reread', 'reread'],
    ['mark', 'mark'],
  ])('is gone on with by a task that asks for the same: %s', (asked, planned) => {
    expect(adopted(asked, savedWith(planned))).toBe('adopted');
  });

  test.each<[string, LobInLog | undefined, string]>([
    ['reread', undefined, 'exclude'],
    ['mark', 'reread', 'reread'],
    ['exclude', 'mark', 'mark'],
  ])('is refused to a task that asks for %s where the plan has %s', (asked, planned, told) => {
    expect(adopted(asked, savedWith(planned))).toBe(`${A.table} was followed with values.lobInLog: ${told}`);
  });

  test('of a table without a key had nothing to read again', () => {
    expect(adopted('reread', savedWith(undefined, false))).toBe('adopted');
  });
});

test.each([
  ['CLOB', CHANGED_MARK],
  ['NVARCHAR2', CHANGED_MARK],
  ['BLOB', Uint8Array.from(Buffer.from(CHANGED_MARK))],
  ['RAW', Uint8Array.from(Buffer.from(CHANGED_MARK))],
])('the mark of a %s is of its kind', (base, expected) => {
  expect(markOf({ base })).toEqual(expected);
});
