/** What takes seconds of a processor has pauses in it: an attempt without a sign of life is taken for lost. */
import { describe, expect, test } from 'vitest';
import type { Change } from '../../../model/change.ts';
import { scn } from '../../../model/scn.ts';
import { tableName } from '../../../model/table.ts';
import { DecodedChanges, type Reading } from '../../../oracle/decoded-changes.ts';
import { RowStore } from '../../../oracle/held-rows.ts';
import { operations } from '../../../oracle/redo-row.ts';
import { survivors } from '../../../oracle/rollback.ts';
import { tableT } from '../../support/redo-notation.ts';
import { redoRow } from '../../support/redo-rows.ts';

const T = tableName({ owner: 'APP', name: 'T' });
const COUNT = 50_000;
const START = 34_567;

describe('a large transaction', () => {
  test('is gone on with in its middle after pauses, and read once', () => {
    let read = 0;
    const changes = new DecodedChanges(COUNT, (): Reading => {
      read += 1;
      let at = 0;
      return {
        pass: (count) => {
          at += count;
        },
        next: () => {
          if (at >= COUNT) return { done: true, value: undefined };
          return { value: { kind: 'insert', table: T, after: [String(at++)] } satisfies Change };
        },
      };
    });
    expect([...changes.reach(START)].length).toBeGreaterThanOrEqual(3);
    const ids = [...changes].map((change) => change.kind === 'insert' && Number(change.after[0]));
    expect(ids).toEqual(Array.from({ length: COUNT - START }, (_, i) => START + i));
    expect(read).toBe(1);
  });

  test('that rolled a part of it back is matched with pauses', () => {
    const store = new RowStore();
    const held = store.hold();
    for (let at = 0; at < COUNT; at++) held.push(redoRow({ scn: scn(String(1_000 + at)), rowId: `A${at}` }), tableT);
    const inverse = { rollback: true, operation: operations.delete };
    held.push(redoRow({ ...inverse, scn: scn(String(1_000 + COUNT)), rowId: 'A7' }), tableT);
    const matching = survivors(held);
    let pauses = 0;
    let step = matching.next();
    for (; step.done !== true; step = matching.next()) pauses += 1;
    expect(pauses).toBeGreaterThanOrEqual(4);
    expect(step.value).toEqual({ dead: new Set([7, COUNT]), unmatched: new Map() });
    store.close();
  });
});
