/** The task's side of its children: start, tell, ask, believe. */
import { describe, expect, test } from 'vitest';
import { scn } from '../../../model/scn.ts';
import {
  copiesBusy,
  decideCopies,
  nextQuestion,
  reported,
  uncertain,
  newsOf,
  unstarted,
  type CopyReport,
  type TableCopy,
} from '../../../model/table-copy.ts';

const none: ReadonlySet<string> = new Set();
const report = (state: CopyReport['state'], change: Partial<CopyReport> = {}): CopyReport => ({
  table: 'APP.A',
  chainId: 'chain',
  state,
  chunksDone: 2,
  chunks: 5,
  rows: 20,
  nulled: 3,
  attemptsLost: 1,
  ...change,
});
const copying = (heardAt: number): TableCopy => reported({ ...unstarted(), started: true }, report('copying'), heardAt);
const published = reported(copying(0), report('published', { published: { rows: 50, snapshotScn: scn('500') } }), 0);

describe('children', () => {
  test('are started, at most eight at a time', () => {
    const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J'];
    const copies = Object.fromEntries(names.map((name) => [name, unstarted()]));
    expect(decideCopies(copies, none, 'run', 0)).toEqual(
      names.slice(0, 8).map((table) => ({ do: 'start-copy', table })),
    );
    const some = { ...copies, A: copying(0), B: copying(0), C: published };
    expect(decideCopies(some, none, 'run', 0).map(({ table }) => table)).toEqual(names.slice(3, 9));
  });

  test('are neither started nor told twice while the server has not confirmed', () => {
    expect(decideCopies({ A: unstarted() }, new Set(['start-copy A']), 'run', 0)).toEqual([]);
    expect(decideCopies({ A: copying(0) }, new Set(['tell-copy A']), 'pause', 0)).toEqual([]);
  });

  test('are started before they are told anything', () => {
    expect(decideCopies({ A: unstarted() }, none, 'pause', 0)).toEqual([]);
    expect(decideCopies({ A: unstarted() }, none, 'stop', 0)).toEqual([]);
  });

  test.each(['pause', 'stop'] as const)('are told to %s, once', (wish) => {
    const step = { do: 'tell-copy', table: 'A', wish };
    expect(decideCopies({ A: copying(0) }, none, wish, 0)).toEqual([step]);
    expect(decideCopies({ A: { ...copying(0), told: wish } }, none, wish, 0)).toEqual([]);
  });

  test('that were paused are told to run again', () => {
    const paused = reported({ ...copying(0), told: 'pause' }, report('paused'), 0);
    expect(decideCopies({ A: paused }, none, 'run', 0)).toEqual([{ do: 'tell-copy', table: 'A', wish: 'run' }]);
  });

  test('that say paused although they were last told to run are told again: a cut history had told them', () => {
    const paused = reported({ ...copying(0), told: 'run' }, report('paused'), 0);
    expect(decideCopies({ A: paused }, none, 'run', 0)).toEqual([{ do: 'tell-copy', table: 'A', wish: 'run' }]);
  });

  test('are left alone while the task rolls over', () => {
    expect(decideCopies({ A: unstarted(), B: copying(0) }, none, 'roll-over', 1e9)).toEqual([]);
  });

  test('that are published are left alone for ever', () => {
    expect(decideCopies({ A: published }, none, 'stop', 1e9)).toEqual([]);
    expect(uncertain(published)).toEqual(published);
    expect(reported(published, report('copying'), 5)).toEqual(published);
  });

  test('that have been silent for 90 s are asked', () => {
    const copies = { A: copying(1_000) };
    expect(nextQuestion(copies)).toBe(91_001);
    expect(decideCopies(copies, none, 'run', 91_000)).toEqual([]);
    expect(decideCopies(copies, none, 'run', 91_001)).toEqual([{ do: 'tell-copy', table: 'A', wish: 'report' }]);
  });

  test('that rest are not asked: they have said all there is to say', () => {
    const copies = { A: reported({ ...copying(0), told: 'pause' }, report('paused'), 0) };
    expect(decideCopies(copies, none, 'pause', 1e9)).toEqual([]);
    expect(nextQuestion(copies)).toBeUndefined();
  });

  test.each([
    ['run', unstarted()],
    ['run', copying(1_000)],
    ['pause', copying(1_000)],
    ['stop', { ...copying(1_000), told: 'stop', resting: true }],
  ] as const)('are uncertain after a cut, and told again to %s, whatever was known of them', (wish, known) => {
    const copies = { A: uncertain(known) };
    expect(copiesBusy(copies)).toBe(true);
    expect(decideCopies(copies, none, wish, 1_000)).toEqual([{ do: 'tell-copy', table: 'A', wish }]);
    expect(copies.A.chunksDone).toBe(known.chunksDone);
  });

  test('that do not exist after all are started', () => {
    const copies = { A: { ...uncertain(unstarted()), started: false, resting: true } };
    expect(decideCopies(copies, none, 'run', 1_000)).toEqual([{ do: 'start-copy', table: 'A' }]);
  });
});

describe('what a child reports', () => {
  test.each([
    ['copying', true, false],
    ['paused', true, true],
    ['failed', true, true],
    ['published', true, true],
    ['stopped', false, true],
  ] as const)('as %s means: started %s, resting %s', (state, started, resting) => {
    expect(reported(unstarted(), report(state), 7)).toMatchObject({ started, resting, heardAt: 7, rows: 20 });
  });

  test('of trouble is forgotten with the next report without it', () => {
    const trouble = { unit: 'chunk 1', kind: 'source-rejected', message: 'no', failed: false } as const;
    const troubled = reported(copying(0), report('copying', { trouble }), 0);
    expect(troubled.trouble).toEqual(trouble);
    expect(reported(troubled, report('copying'), 1).trouble).toBeUndefined();
  });
});

test('copies are busy while one of them may still change the destination', () => {
  const paused = reported(copying(0), report('paused'), 0);
  expect(copiesBusy({ A: unstarted(), B: published, C: paused })).toBe(false);
  expect(copiesBusy({ A: unstarted(), B: copying(0) })).toBe(true);
});

describe('what a report tells', () => {
  const trouble = { unit: 'chunk 3', kind: 'source-unreachable', message: 'no answer', failed: false } as const;
  const before: TableCopy = copying(0);

  test('is told once', () => {
    const first = { ...report('copying'), trouble, remark: 'undo was overwritten' };
    expect(newsOf(before, first)).toEqual([
      { kind: 'note', text: `${first.table}: undo was overwritten` },
      { kind: 'failure', text: `${first.table} chunk 3: source-unreachable: no answer` },
    ]);
    expect(newsOf(reported(before, first, 1), first)).toEqual([]);
  });

  test('is also that it works again', () => {
    const troubled = reported(before, { ...report('copying'), trouble }, 1);
    expect(newsOf(troubled, report('copying')).map(({ text }) => text)).toEqual([
      `${report('copying').table} chunk 3: works again`,
    ]);
  });
});

test('a copy that could not be started is started again after a while, not at once', () => {
  const ended = { ...unstarted(), heardAt: 10_000 };
  expect(decideCopies({ A: ended }, none, 'run', 11_000)).toEqual([]);
  expect(nextQuestion({ A: ended })).toBe(15_000);
  expect(decideCopies({ A: ended }, none, 'run', 15_000)).toEqual([{ do: 'start-copy', table: 'A' }]);
});
