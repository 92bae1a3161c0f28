/** Which redo is read for a start in the past. */
import { describe, expect, test } from 'vitest';
import { scn } from '../../../model/scn.ts';
import { logsAt, type LogStart } from '../../../oracle/scn-of-time.ts';
import { readBackCandidates } from '../../../oracle/start-point.ts';

/** `1/100 10:00 5`: thread 1, from SCN 100 on, begun at 10:00 of the host's clock, 5 bytes. */
function log(text: string): LogStart {
  const [, thread, first = '', time = '', bytes] = /^(\d)\/(\d+) (\d\d:\d\d) (\d+)$/.exec(text) ?? [];
  return { thread: Number(thread), firstScn: scn(first), firstTime: `2026-11-22 ${time}:00`, bytes: Number(bytes) };
}

const at = (time: string): number => Date.parse(`2026-11-22T${time}:00Z`) / 1000;
const EAST = 8 * 3600;

describe('the log that was being written at a time', () => {
  const one = ['1/100 10:00 5', '1/200 11:00 5', '1/200 11:00 5', '1/300 12:00 5'].map(log);
  const two = [...one, ...['2/90 09:00 5', '2/250 11:30 5'].map(log)];

  test.each<[string, readonly LogStart[], string, string]>([
    ['is the last one that began by then', one, '11:59', '200'],
    ['begins with its first second', one, '11:00', '200'],
    ['is the one being written now', one, '23:00', '300'],
    ['is, of two threads, the lower one', two, '11:10', '90'],
    ['is, of two threads, the lower one, whichever it is', two, '11:45', '200'],
    ['is that of the thread which has one', two, '09:30', '90'],
  ])('%s', (_what, logs, time, first) => {
    expect(logsAt(logs, at(time), 0)).toBe(first);
  });

  test('is looked up by the clock of the host', () => {
    expect(logsAt(one, at('03:30'), EAST)).toBe('200');
  });

  test('is refused where all that is there began later, with what is there', () => {
    expect(() => logsAt(one, at('09:59'), 0)).toThrow(
      'The redo of 2026-11-22T09:59:00Z is not there any more: the oldest log begins at 2026-11-22T10:00:00Z.',
    );
    expect(() => logsAt([], at('09:59'), 0)).toThrow('begins at no time');
  });
});

describe('redo that is read back for STARTs', () => {
  const logs = ['1/100 10:00 5', '1/200 11:00 5', '2/150 10:30 5', '1/200 11:00 7', '1/300 12:00 5'].map(log);

  test.each<[string, string, number, readonly string[]]>([
    ['all logs that began by then, newest first', '299', 100, ['200', '150', '100']],
    ['begins with the log that holds the SCN', '300', 100, ['300', '200', '150', '100']],
    ['as many as the limit takes, each log once', '299', 12, ['200', '150']],
    ['at least one', '299', 1, ['200']],
    ['none before the first', '99', 100, []],
  ])('%s', (_what, from, bytes, first) => {
    expect(readBackCandidates(logs, scn(from), bytes)).toEqual(first);
  });
});
