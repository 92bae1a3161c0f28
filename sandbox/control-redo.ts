import { count, oneOf, optional, text } from './control-input.ts';
import type { Action } from './control-input.ts';
import type { Instance } from './oracle/instance.ts';
import { rowlessRedo } from './oracle/redo-log.ts';
import type { Oddity } from './oracle/redo-oddities.ts';

/** What redo shows now and then and no statement of ours provokes. */
const ODDITIES = {
  unsupported: 'unsupported',
  unescaped: 'unescaped',
  internal: 'internal',
  locked: 'select for update',
} as const;

const KINDS = ['unsupported', 'unescaped', 'internal', 'locked'] as const satisfies readonly (keyof typeof ODDITIES)[];

const MOST = 1_000_000_000;

export interface RedoTargets {
  /** The next so many changes of the table take the oddity with them. */
  expect(oddity: Oddity, table: { readonly owner: string; readonly name: string }, times: number): void;
  /** A row of a gap, now. */
  missScn(): void;
}

export function redoTargets({ transactions, redo }: Instance): RedoTargets {
  return {
    expect: (oddity, table, times) => {
      transactions.oddities.expect(oddity, table, times);
    },
    missScn: () => {
      const thread = redo.firstOpenThread.number;
      const none = { xid: { usn: 0, slot: 0, sequence: 0 }, startOrdinal: redo.records.length, thread };
      redo.append(rowlessRedo('missing scn', none));
      redo.flush(thread);
    },
  };
}

export function redoActions(targets: RedoTargets): readonly (readonly [string, Action])[] {
  return [
    [
      'POST /oracle/redo-oddity',
      (body) => {
        const oddity = ODDITIES[oneOf(body, 'as', KINDS)];
        const times = optional(body, 'times', (given, name) => count(given, name, [1, MOST])) ?? 1;
        targets.expect(oddity, { owner: text(body, 'owner'), name: text(body, 'table') }, times);
      },
    ],
    [
      'POST /oracle/missing-scn',
      () => {
        targets.missScn();
      },
    ],
  ];
}
