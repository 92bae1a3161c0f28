import { describe, expect, test } from 'vitest';
import { scn } from '../../../model/scn.ts';
import type { LogInventory, RedoLog } from '../../../oracle/log-inventory.ts';
import { RangeBytes } from '../../../oracle/range-bytes.ts';
import { selectLogs } from '../../../oracle/redo-logs.ts';
import { redoBound } from '../../../oracle/threads.ts';
import type { RedoThread } from '../../../oracle/threads.ts';

/**
 * "1/7 100-200" is the online log of thread 1, sequence 7; "1/8 200-" the one being written;
 * "1/7 100-200 @1" an archived copy at destination 1, "@1#2" one that was completed later. The name is the text itself.
 */
function log(text: string): RedoLog {
  const match = /^(\d+)\/(\d+) (\d+)-(\d*)(?: @(\d+)(?:#(\d+))?)?$/.exec(text);
  if (!match) throw new Error(`not a log: ${text}`);
  const [, thread, sequence, first = '', next = '', destination, completed = '1'] = match;
  return {
    thread: Number(thread),
    sequence: Number(sequence),
    name: text,
    firstScn: scn(first),
    bytes: 1000,
    ...(next === '' ? {} : { nextScn: scn(next) }),
    ...(destination === undefined ? {} : { archived: { destination: Number(destination), completed } }),
  };
}

const thread = (number: number, changes: Partial<RedoThread> = {}): RedoThread => ({
  thread: number,
  open: true,
  enabled: 'PUBLIC',
  lastRedoScn: scn('1000'),
  checkpointScn: scn('1000'),
  enableScn: scn('0'),
  disableScn: scn('0'),
  ...changes,
});

/** A copy in brackets is gone: only the control file knows of it. */
function inventory(
  logs: readonly string[],
  threads = [thread(1)],
  ended: readonly (readonly [number, number])[] = [],
): LogInventory {
  const left = logs.filter((text) => !text.startsWith('['));
  const gone = logs.filter((text) => text.startsWith('[')).map((text) => text.slice(1, -1));
  return { logs: left.map(log), known: gone.map(log), threads, endedBefore: new Map(ended) };
}

const range = (from: number, to: number) => ({ from: scn(String(from)), to: scn(String(to)) });

describe('the files of a range', () => {
  test.each<[string, LogInventory, ReturnType<typeof range>, readonly string[]]>([
    ['the log being written holds all of it', inventory(['1/8 200-']), range(250, 300), ['1/8 200-']],
    [
      'every log that touches it, and no other',
      inventory(['1/6 50-100 @1', '1/7 100-200 @1', '1/8 200-300', '1/9 300-']),
      range(150, 299),
      ['1/7 100-200 @1', '1/8 200-300'],
    ],
    [
      'NEXT_CHANGE# is exclusive',
      inventory(['1/7 100-200 @1', '1/8 200-300', '1/9 300-']),
      range(200, 300),
      ['1/8 200-300', '1/9 300-'],
    ],
    [
      'the archived copy before the online one',
      inventory(['1/7 100-200', '1/7 100-200 @1', '1/8 200-']),
      range(150, 250),
      ['1/7 100-200 @1', '1/8 200-'],
    ],
    [
      'the lower destination first',
      inventory(['1/7 100-200 @2', '1/7 100-200 @1']),
      range(150, 160),
      ['1/7 100-200 @1'],
    ],
    [
      'of copies at one destination the newest',
      inventory(['1/7 100-200 @1#1', '1/7 100-200 @1#2']),
      range(150, 160),
      ['1/7 100-200 @1#2'],
    ],
    [
      'all threads',
      inventory(['1/8 200-', '2/3 150-180 @1', '2/4 180-'], [thread(1), thread(2)]),
      range(250, 300),
      ['1/8 200-', '2/4 180-'],
    ],
    [
      'an instance restart leaves a jump between SCNs, which is no gap',
      inventory(['1/7 100-200 @1', '1/8 250-']),
      range(150, 300),
      ['1/7 100-200 @1', '1/8 250-'],
    ],
    ['a range may begin in such a jump', inventory(['1/8 250-'], [thread(1)], [[1, 7]]), range(220, 300), ['1/8 250-']],
    [
      'a private thread is left out',
      inventory(['1/8 200-'], [thread(1), thread(2, { enabled: 'PRIVATE' })]),
      range(250, 300),
      ['1/8 200-'],
    ],
    [
      'a closed thread counts up to its checkpoint',
      inventory(['1/8 200-', '2/4 180-270 @1'], [thread(1), thread(2, { open: false, checkpointScn: scn('260') })]),
      range(250, 300),
      ['1/8 200-', '2/4 180-270 @1'],
    ],
    [
      'a thread closed before the range has nothing in it',
      inventory(['1/8 200-'], [thread(1), thread(2, { open: false, checkpointScn: scn('240') })]),
      range(250, 300),
      ['1/8 200-'],
    ],
    [
      'a thread counts from where it was enabled',
      inventory(['1/8 200-', '2/1 280-'], [thread(1), thread(2, { enableScn: scn('280') })]),
      range(250, 300),
      ['1/8 200-', '2/1 280-'],
    ],
    [
      'a thread counts up to where it was disabled',
      inventory(['1/8 200-'], [thread(1), thread(2, { open: false, enabled: 'DISABLED', disableScn: scn('240') })]),
      range(250, 300),
      ['1/8 200-'],
    ],
    [
      'a thread opened again after the range has nothing in it',
      inventory(['1/8 200-', '2/4 400-'], [thread(1), thread(2)], [[2, 3]]),
      range(250, 300),
      ['1/8 200-'],
    ],
  ])('%s', (_rule, given, wanted, files) => {
    expect(selectLogs(given, wanted)).toEqual({ files });
  });
});

describe('what is missing', () => {
  const two = [thread(1), thread(2)];
  test.each<[string, LogInventory, ReturnType<typeof range>, readonly [number, RegExp][]]>([
    [
      'the first log, when nothing tells what was before it',
      inventory(['1/7 100-200 @1', '1/8 200-']),
      range(50, 250),
      [
        [
          1,
          /^sequence 6 and perhaps older ones of SCN 50 to 250; the oldest log available is sequence 7 from SCN 100$/,
        ],
      ],
    ],
    [
      'all first logs that the control file knows',
      inventory(['[1/3 30-60 @1]', '[1/4 60-80 @1]', '[1/5 80-100 @1]', '1/6 100-'], [thread(1)], [[1, 2]]),
      range(50, 250),
      [[1, /^sequences 3–5 of SCN 50 to 250; .* sequence 6 from/]],
    ],
    [
      'a log in the middle',
      inventory(['1/7 100-200 @1', '1/9 300-']),
      range(150, 350),
      [[1, /^sequence 8 of SCN 150 to 350;/]],
    ],
    [
      'several logs in several places',
      inventory(['1/7 100-200 @1', '1/9 300-400 @1', '1/12 600-700', '[1/14 800-900 @1]', '1/15 900-']),
      range(150, 950),
      [[1, /^sequences 8, 10–11, 13–14 of SCN 150 to 950;/]],
    ],
    ['the last log', inventory(['1/7 100-200 @1']), range(150, 250), [[1, /^sequence 8 of SCN 150 to 250;/]]],
    [
      'the last logs that the control file knows',
      inventory(['1/7 100-200 @1', '[1/8 200-300 @1]', '[1/9 300-400 @1]']),
      range(150, 350),
      [[1, /^sequences 8–9 of/]],
    ],
    ['all of them', inventory([], [thread(1)], [[1, 6]]), range(150, 250), [[1, /sequence 7 is needed$/]]],
    [
      'all of them, by name',
      inventory(['[1/7 100-200 @1]', '[1/8 200-300 @1]']),
      range(150, 250),
      [[1, /^sequences 7–8 of SCN 150 to 250$/]],
    ],
    ['a whole thread', inventory(['1/8 200-'], two), range(250, 300), [[2, /^no log covers SCN 250 to 300/]]],
    [
      'logs of several threads',
      inventory(['[1/7 100-200 @1]', '1/8 200-', '2/3 100-150', '2/5 190-'], two),
      range(120, 300),
      [
        [1, /^sequence 7 of/],
        [2, /^sequence 4 of/],
      ],
    ],
    [
      'a log before the first that is there, although an older one has ended',
      inventory(['1/9 300-'], [thread(1)], [[1, 7]]),
      range(250, 350),
      [[1, /^sequence 8 of SCN 250 to 350;/]],
    ],
  ])('%s', (_rule, given, wanted, missing) => {
    const expected = missing.map(([number, why]) => ({ thread: number, why: expect.stringMatching(why) as string }));
    expect(selectLogs(given, wanted)).toEqual({ missing: expected });
  });

  test('nothing, when a copy of every log is left', () => {
    const given = inventory(['[1/7 100-200 @1]', '1/7 100-200 @2', '1/8 200-']);
    expect(selectLogs(given, range(150, 250))).toEqual({ files: ['1/7 100-200 @2', '1/8 200-'] });
  });

  test('nothing below the first log of an incarnation', () => {
    expect(selectLogs(inventory(['1/1 100-']), range(90, 250))).toEqual({ files: ['1/1 100-'] });
  });

  test('nothing of a thread that was opened in the middle of the range', () => {
    const given = inventory(['1/8 200-', '2/4 280-'], [thread(1), thread(2)], [[2, 3]]);
    expect(selectLogs(given, range(250, 300))).toEqual({ files: ['1/8 200-', '2/4 280-'] });
  });
});

describe('the redo between two SCNs', () => {
  const bytes = new RangeBytes(
    inventory(
      ['[1/6 0-100 @1]', '1/7 100-200 @1', '1/7 100-200 @2', '1/8 200-', '2/3 100-300 @1'],
      [thread(1, { lastRedoScn: scn('299') }), thread(2)],
    ),
  );

  test.each([
    ['inside one log is its share of the log, once for all copies', 49, 99, 500],
    ['counts all threads', 99, 199, 1500],
    ['counts the log being written up to the last redo', 199, 299, 1500],
    ['is nothing in nothing', 150, 150, 0],
  ])('%s', (_rule, from, to, expected) => {
    expect(bytes.between(scn(String(from)), scn(String(to)))).toBe(expected);
  });

  test.each([
    [150, 299, 750, '200'],
    [150, 299, 10_000, '299'],
    [150, 299, 0, '151'],
    [150, 151, 0, '151'],
  ])('from %i up to %i, %i bytes reach to %s', (from, to, most, expected) => {
    expect(bytes.after(scn(String(from)), scn(String(to)), most)).toBe(expected);
  });

  test.each([
    [199, 0, 1500, '99'],
    [199, 150, 10_000, '150'],
    [199, 0, 0, '199'],
  ])('before %i, not below %i, %i bytes reach back to %s', (at, lowest, most, expected) => {
    expect(bytes.before(scn(String(at)), scn(String(lowest)), most)).toBe(expected);
  });
});

describe('the bound of what is on disk', () => {
  test.each<[string, readonly RedoThread[], string]>([
    ['is one below the last redo of one thread', [thread(1)], '999'],
    ['is the lowest of all open threads', [thread(1), thread(2, { lastRedoScn: scn('700') })], '699'],
    ['does not wait for a closed thread', [thread(1), thread(2, { open: false, lastRedoScn: scn('700') })], '999'],
    [
      'does not wait for a private thread',
      [thread(1), thread(2, { enabled: 'PRIVATE', lastRedoScn: scn('700') })],
      '999',
    ],
    ['compares SCNs as numbers', [thread(1), thread(2, { lastRedoScn: scn('9007199254740993') })], '999'],
  ])('%s', (_rule, threads, expected) => {
    expect(redoBound(threads)).toBe(expected);
  });

  test('is nowhere while no thread is open', () => {
    expect(() => redoBound([thread(1, { open: false })])).toThrow(/no thread of redo is open/i);
  });
});
