import { describe, expect, test } from 'vitest';
import { scn } from '../../../model/scn.ts';
import { selectLogs } from '../../../oracle/redo-logs.ts';
import type { LogInventory, RedoLog } from '../../../oracle/redo-logs.ts';
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

function inventory(
  logs: readonly string[],
  threads = [thread(1)],
  ended: readonly (readonly [number, number])[] = [],
): LogInventory {
  return { logs: logs.map(log), threads, endedBefore: new Map(ended) };
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
  test.each<[string, LogInventory, ReturnType<typeof range>, { thread: number; why: RegExp }]>([
    [
      'the first log',
      inventory(['1/7 100-200 @1', '1/8 200-']),
      range(50, 250),
      { thread: 1, why: /^sequence 6, which holds SCN 50, is missing/ },
    ],
    [
      'a log in the middle',
      inventory(['1/7 100-200 @1', '1/9 300-']),
      range(150, 350),
      { thread: 1, why: /^sequence 8 is missing$/ },
    ],
    [
      'the last log',
      inventory(['1/7 100-200 @1']),
      range(150, 250),
      { thread: 1, why: /^sequence 8, which holds SCN 250, is missing$/ },
    ],
    ['all of them', inventory([], [thread(1)], [[1, 6]]), range(150, 250), { thread: 1, why: /sequence 7 is needed$/ }],
    [
      'a whole thread',
      inventory(['1/8 200-'], [thread(1), thread(2)]),
      range(250, 300),
      { thread: 2, why: /^no log covers SCN 250 to 300/ },
    ],
    [
      'a log before the first that is there, although an older one has ended',
      inventory(['1/9 300-'], [thread(1)], [[1, 7]]),
      range(250, 350),
      { thread: 1, why: /^sequence 8, which holds SCN 250, is missing/ },
    ],
  ])('%s', (_rule, given, wanted, { thread: number, why }) => {
    expect(selectLogs(given, wanted)).toEqual({
      missing: { thread: number, why: expect.stringMatching(why) as string },
    });
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
