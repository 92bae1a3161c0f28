/** Which redo a task still needs, how long it will be there, and what an operator hears of it. */
import { describe, expect, test } from 'vitest';
import type { HeldTable } from '../../../model/position.ts';
import type { OpenTransaction, Position } from '../../../model/position.ts';
import {
  neededRedo,
  runwayNews,
  runwayOf,
  runwayText,
  type RedoRunway,
  type RunwayMeasure,
  type ThreadRunway,
} from '../../../model/redo-runway.ts';
import { scn } from '../../../model/scn.ts';
import { newTail } from '../../../model/tail-plan.ts';
import { measuring, SOURCE_UNIT } from '../../../model/tail-steps.ts';
import { captured, circumstances, failedOnce, nameOf, positionAt } from './literal-plan.ts';

const open = (xid: string, start: string, isCaptured = true): OpenTransaction => ({
  xid,
  startScn: scn(start),
  captured: isCaptured,
});
const held = (from: string, reason: HeldTable['reason'], ...transactions: OpenTransaction[]): HeldTable => ({
  fromScn: scn(from),
  open: transactions,
  reason,
  text: '',
});

describe('the redo that a position needs', () => {
  test.each<[string, Partial<Position>, string, string]>([
    ['begins at the position', {}, '100', 'the position'],
    [
      'begins where an open transaction began',
      { open: [open('A', '70'), open('B', '60')] },
      '60',
      'transaction B, begun at SCN 60',
    ],
    ['not for one without captured work', { open: [open('A', '70', false)] }, '100', 'the position'],
    ['is a held table’s', { held: { 'APP.T': held('40', 'undecodable') } }, '40', 'APP.T, held at SCN 40'],
    ['is a copied table’s', { held: { 'APP.T': held('90', 'copying') } }, '90', 'APP.T, which is being copied'],
    [
      'is what was open where a table was held',
      { open: [open('A', '50')], held: { 'APP.T': held('40', 'gone', open('C', '30')) } },
      '30',
      'transaction C, begun at SCN 30, for APP.T, held at SCN 40',
    ],
    [
      'is compared as numbers',
      { scn: scn('1000'), open: [open('A', '999')] },
      '999',
      'transaction A, begun at SCN 999',
    ],
  ])('%s', (_case, change, at, holder) => {
    expect(neededRedo({ ...positionAt('100'), ...change })).toEqual({ scn: at, holder });
  });
});

const need = { scn: scn('100'), holder: 'the position' };
const HOUR = 3600;
const NOW = 100 * HOUR;
const thread = (kept: number, needed: number | undefined, purged = true): ThreadRunway => ({
  thread: 1,
  keptSince: NOW - kept * HOUR,
  ...(needed !== undefined && { neededSince: NOW - needed * HOUR }),
  purged,
});
const measure = (threads: readonly ThreadRunway[], missing = false): RunwayMeasure => ({
  clockSeconds: NOW,
  missing,
  threads,
});

describe('the runway', () => {
  test.each<[string, RunwayMeasure, { hours: number | undefined; usedPercent: number | undefined }]>([
    ['is what is kept less what is needed', measure([thread(24, 6)]), { hours: 18, usedPercent: 25 }],
    [
      'is whole while the log being written is all that is needed',
      measure([thread(24, undefined)]),
      { hours: 24, usedPercent: 0 },
    ],
    ['is the shortest of all threads', measure([thread(24, 6), thread(10, 8)]), { hours: 2, usedPercent: 80 }],
    [
      'is not known while nothing was ever purged',
      measure([thread(24, 23, false)]),
      { hours: undefined, usedPercent: undefined },
    ],
    [
      'is that of the thread whose logs are purged',
      measure([thread(24, 23, false), thread(48, 12)]),
      { hours: 36, usedPercent: 25 },
    ],
    ['is over when a log is gone', measure([thread(24, 6)], true), { hours: 0, usedPercent: 100 }],
    [
      'is over when a log is gone and none before it',
      measure([thread(24, 6, false)], true),
      { hours: 0, usedPercent: 100 },
    ],
  ])('%s', (_case, measured, expected) => {
    const runway = runwayOf(need, measured);
    expect({ hours: runway?.hours, usedPercent: runway?.usedPercent }).toEqual(expected);
    expect(runway).toMatchObject({ neededScn: '100', holder: 'the position', measuredAt: '1970-01-05T04:00:00.000Z' });
  });

  test('is nothing where no thread has redo', () => {
    expect(runwayOf(need, measure([]))).toBeUndefined();
  });

  test.each<[string, RedoRunway | undefined, string]>([
    [
      'left',
      runwayOf(need, measure([thread(24, 6)])),
      '18 h until redo from SCN 100 on is purged (25 % used); needed by the position',
    ],
    [
      'gone',
      runwayOf(need, measure([], true)) ?? runwayOf(need, measure([thread(1, 1)], true)),
      'redo from SCN 100 on is not all there any more; needed by the position',
    ],
    [
      'never purged',
      runwayOf(need, measure([thread(24, 6, false)])),
      'all redo since 1970-01-04T04:00:00.000Z is there; SCN 100 is needed by the position',
    ],
  ])('says in words what is %s', (_case, runway, text) => {
    expect(runway && runwayText(runway)).toBe(text);
  });
});

describe('an operator', () => {
  const used = (percent: number | undefined): RedoRunway => ({
    ...(percent !== undefined && { hours: 1, usedPercent: percent }),
    keptSince: '',
    neededScn: scn('1'),
    holder: '',
    measuredAt: '',
  });
  test.each<[string, number | undefined, number | undefined, RegExp | undefined]>([
    ['hears nothing below 50 %', undefined, 49, undefined],
    ['hears of 50 %', 49, 50, /^redo runway: .*50 % used/],
    ['hears of it once', 50, 79, undefined],
    ['hears of 80 %', 50, 80, /80 % used/],
    ['hears of 80 % at once', undefined, 85, /85 % used/],
    ['hears that it is gone', 90, 100, /not all there any more/],
    ['hears nothing while it is between', 85, 60, undefined],
    ['hears that it is well again', 85, 10, /^redo runway is below 50 % again/],
    ['hears that nothing is purged any more', 85, undefined, /^redo runway is below 50 % again/],
  ])('%s', (_case, before, now, news) => {
    const heard = runwayNews(before === undefined ? undefined : used(before), used(now));
    if (news) expect(heard).toMatch(news);
    else expect(heard).toBeUndefined();
  });
});

describe('it is measured', () => {
  const tail = newTail([captured('A', '100')], 'plan', positionAt('100'), {});
  const tried = { ...tail, runwayTried: { at: 0, failed: false } };
  const at = (now: number, running: readonly string[] = []) => circumstances(running, 'run', { now });
  const other = failedOnce(SOURCE_UNIT, 5_000);
  test.each([
    ['at once', measuring(tail, {}, at(0)), ['measure']],
    ['not twice at a time', measuring(tail, {}, at(0, ['measure'])), []],
    ['not again within ten minutes', measuring(tried, {}, at(599_999)), []],
    ['every ten minutes', measuring(tried, {}, at(600_000)), ['measure']],
    ['not while the source fails', measuring(tail, other, at(0)), []],
  ])('%s', (_case, steps, expected) => {
    expect(steps.map(nameOf)).toEqual(expected);
  });
});
