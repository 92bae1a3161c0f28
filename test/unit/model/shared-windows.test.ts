import { expect, test } from 'vitest';
import { shortest, shortestOf, windowsInForceText, windowsOf, windowsText } from '../../../model/shared-windows.ts';

const windows = (connectionSeconds: number, otherSeconds: number) => ({ connectionSeconds, otherSeconds });

test('what a task shows of its retry times is read back, fractions of a minute too', () => {
  for (const one of [windows(43_200, 600), windows(60, 0.5)]) expect(windowsOf(windowsText(one))).toEqual(one);
});

test.each(['', 'none', '720/10', '1 s', '1 s / x s'])('%j is no retry time', (text) => {
  expect(windowsOf(text)).toBeUndefined();
});

test('each of the two times is the shortest of all, whosever it is', () => {
  expect(shortestOf([windows(100, 7), windows(50, 9), windows(80, 8)])).toEqual(windows(50, 7));
  expect(shortestOf([])).toBeUndefined();
  expect(shortest(windows(10, 5))).toEqual(windows(10, 5));
});

test('the story of a task tells them in minutes', () => {
  expect(windowsInForceText(windows(1_800, 90))).toBe(
    'retry times in force: 30 min for failed connections, 1.5 min for other issues (the shortest among the tasks that share an endpoint)',
  );
});
