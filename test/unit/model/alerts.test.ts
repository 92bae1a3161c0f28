/** What a task tells its contacts: each thing once when it begins, and once when it is over. */
import { describe, expect, test } from 'vitest';
import {
  alertNews,
  nextLook,
  nothingTold,
  type Alert,
  type AlertMemory,
  type LookRules,
} from '../../../model/alerts.ts';
import type { HeldTable } from '../../../model/position.ts';
import { scn } from '../../../model/scn.ts';
import { newTask, type TaskPlanState } from '../../../model/sync-plan.ts';
import { unstarted } from '../../../model/table-copy.ts';
import { newTail } from '../../../model/tail-plan.ts';
import type { TailState } from '../../../model/tail-state.ts';
import { captured, failedOnce, positionAt, rules as plan } from './literal-plan.ts';

const rules: LookRules = {
  alerts: {
    latencySeconds: 60,
    failure: true,
    heldTables: true,
    redoRunwayPercent: 50,
    partitions: true,
    contacts: ['ops'],
  },
  plan: { ...plan, partition: ['year', 'month', 'day'] },
};

const tail = newTail([captured('A', '100')], 'plan', positionAt('450', 12), {});
const stateWith = (change: Partial<TailState>, of: Partial<TaskPlanState> = {}): TaskPlanState => ({
  ...newTask(),
  phase: 'incremental',
  tail: { ...tail, ...change },
  ...of,
});
const calm = stateWith({});

const held = (reason: HeldTable['reason']): HeldTable => ({
  fromScn: scn('300'),
  open: [],
  reason,
  text: 'met in the redo',
});
const holding = (tables: Readonly<Record<string, HeldTable>>): TaskPlanState =>
  stateWith({ position: { ...tail.position, held: tables } });
const measured = (seconds: number, measuredAt: number, of: Partial<TaskPlanState> = {}): TaskPlanState =>
  stateWith({ latency: { seconds, measuredAt } }, of);
const used = (usedPercent: number | undefined): TaskPlanState =>
  stateWith({
    runway: {
      ...(usedPercent !== undefined && { hours: 5, usedPercent }),
      keptSince: '2026-11-01T00:00:00.000Z',
      neededScn: scn('300'),
      holder: 'the position',
      measuredAt: '2026-11-02T00:00:00.000Z',
    },
  });
const stampedAt = (moment: string, tables: Readonly<Record<string, HeldTable>> = {}): TaskPlanState =>
  stateWith({ position: { ...tail.position, held: tables, clock: { previousSeconds: Date.parse(moment) / 1000 } } });

const said = ({ key, resolved }: Alert): string => `${key}${resolved ? ' over' : ''}`;

/** What is told at each look, one after the other. */
function toldAtEach(states: readonly TaskPlanState[], look: LookRules = rules, now = 1_000): string[][] {
  let memory: AlertMemory = nothingTold;
  return states.map((state) => {
    const looked = alertNews(state, memory, look, now);
    memory = JSON.parse(JSON.stringify(looked.memory)) as AlertMemory; // as it is carried
    return looked.news.map(said);
  });
}

const failed = { unit: 'source', kind: 'source-login-refused', message: 'ORA-01017', at: 0 } as const;
const stuck = { unit: 'chunk 3', kind: 'value-unrepresentable', message: 'too wide', failed: true } as const;
const copyFails = stateWith({}, { copies: { 'APP.A': { ...unstarted(), trouble: stuck } } });

describe('alerts', () => {
  test.each<[string, readonly TaskPlanState[], string[][]]>([
    ['nothing of a task that is well', [calm, calm], [[], []]],
    ['nothing before the tail', [newTask()], [[]]],
    [
      'a failure once',
      [stateWith({}, { failed }), stateWith({}, { failed }), calm, calm],
      [['failure'], [], ['failure over'], []],
    ],
    [
      'each failure anew',
      [stateWith({}, { failed }), calm, stateWith({}, { failed })],
      [['failure'], ['failure over'], ['failure']],
    ],
    ['the failed copy of a table', [copyFails, copyFails, calm], [['failure APP.A'], [], ['failure APP.A over']]],
    [
      'a copy that is tried again: nothing',
      [stateWith({}, { copies: { 'APP.A': { ...unstarted(), trouble: { ...stuck, failed: false } } } })],
      [[]],
    ],
    [
      'held tables, each for itself',
      [
        holding({ 'APP.A': held('gone') }),
        holding({ 'APP.A': held('gone'), 'APP."b c"': held('undecodable') }),
        holding({ 'APP."b c"': held('undecodable') }),
        calm,
      ],
      [['held APP.A'], ['held APP."b c"'], ['held APP.A over'], ['held APP."b c" over']],
    ],
    ['a table that is copied: nothing', [holding({ 'APP.A': held('copying') })], [[]]],
    ['a latency that was measured twice', [measured(61, 1), measured(70, 2), measured(80, 3)], [[], ['latency'], []]],
    [
      'one measurement that is looked at twice: nothing',
      [measured(61, 1), measured(61, 1), measured(61, 1)],
      [[], [], []],
    ],
    ['a single peak: nothing', [measured(61, 1), measured(5, 2), measured(61, 3), measured(5, 4)], [[], [], [], []]],
    ['no end of a latency while nothing is measured', [measured(61, 1), measured(61, 2), calm], [[], ['latency'], []]],
    ['exactly the limit: nothing', [measured(60, 1), measured(60, 2)], [[], []]],
    [
      'the end of a latency only after two good measurements',
      [measured(61, 1), measured(61, 2), measured(5, 3), measured(61, 4), measured(5, 5), measured(5, 6)],
      [[], ['latency'], [], [], [], ['latency over']],
    ],
    [
      'a runway at its limit',
      [used(49), used(50), used(90), used(46), used(45), used(44)],
      [[], ['runway'], [], [], [], ['runway over']],
    ],
    ['redo of which nothing was purged: nothing', [used(undefined)], [[]]],
    [
      'a partition when rows come to the next, and not again after the position went back',
      [
        stampedAt('2026-11-21T23:59:59Z'),
        stampedAt('2026-11-22T00:00:00Z'),
        stampedAt('2026-11-21T10:00:00Z'),
        stampedAt('2026-11-22T00:00:01Z'),
      ],
      [[], ['partition modifytime_year=2026,modifytime_month=11,modifytime_day=21'], [], []],
    ],
  ])('tell %s', (_what, states, expected) => {
    expect(toldAtEach(states)).toEqual(expected);
  });

  test('that are switched off are not told', () => {
    const { latencySeconds: _none, ...without } = rules.alerts;
    const off = { ...rules, alerts: { ...without, failure: false, heldTables: false, partitions: false } };
    const states = [
      stateWith({}, { failed }),
      holding({ 'APP.A': held('gone') }),
      measured(900, 1),
      measured(900, 2),
      stampedAt('2026-11-21T00:00:00Z'),
      stampedAt('2026-11-22T00:00:00Z'),
    ];
    expect(toldAtEach(states, off).flat()).toEqual([]);
  });

  test('say what happened and what to do', () => {
    const [alert] = alertNews(holding({ 'APP.A': held('gone') }), nothingTold, rules, 0).news;
    expect(alert).toEqual({
      key: 'held APP.A',
      kind: 'held',
      table: 'APP.A',
      text: 'APP.A is held at SCN 300: met in the redo',
      whatToDo: expect.stringContaining('The table was dropped or renamed.') as string,
    });
    const [over] = alertNews(calm, { open: ['held APP.A'] }, rules, 0).news;
    expect(over).toMatchObject({
      kind: 'held',
      table: 'APP.A',
      text: 'APP.A: it is not held any more',
      resolved: true,
    });
  });

  test('name the tables for which a partition is not complete', () => {
    const tables = Object.fromEntries(['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((name) => [name, held('copying')]));
    const memory = alertNews(stampedAt('2026-11-21T00:00:00Z'), nothingTold, rules, 0).memory;
    const [alert] = alertNews(stampedAt('2026-11-22T00:00:00Z', tables), memory, rules, 0).news;
    expect(alert?.text).toContain('except of tables that are held or copied: A, B, C, D, E and 2 more; rows come to');
  });

  test('are short, whatever a failure says', () => {
    const [alert] = alertNews(
      stateWith({}, { failed: { ...failed, message: 'x'.repeat(5_000) } }),
      nothingTold,
      rules,
      0,
    ).news;
    expect(alert?.text.length).toBe(300);
  });
});

describe('while an endpoint does not answer, nothing is measured', () => {
  const ledgers = failedOnce('source', 5_000);
  test.each([
    ['two minutes after the last measurement at the earliest', 60, 5, 121_000],
    ['the limit later', 600, 5, 596_000],
    ['of a task that tells of no latency: never', undefined, 5, undefined],
  ])('so the next look is due %s', (_what, limit, seconds, expected) => {
    expect(nextLook(measured(seconds, 0, { ledgers }), nothingTold, limit)).toBe(expected);
  });

  test('and a task that is well, or has told, needs none', () => {
    expect(nextLook(measured(5, 0), nothingTold, 60)).toBeUndefined();
    expect(nextLook(measured(5, 0, { ledgers }), { open: ['latency'] }, 60)).toBeUndefined();
  });

  test('and the latency is told when that moment comes, and is over after two good measurements', () => {
    const waiting = measured(5, 0, { ledgers });
    expect(toldAtEach([waiting], rules, 120_999)).toEqual([[]]);
    const after = [waiting, waiting, measured(300, 130_000), measured(5, 131_000), measured(5, 132_000)];
    expect(toldAtEach(after, rules, 121_000)).toEqual([['latency'], [], [], [], ['latency over']]);
  });
});
