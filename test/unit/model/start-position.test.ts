/** Where a new chain begins: how it is written, and what a saved position must hold to be gone on from. */
import { describe, expect, test } from 'vitest';
import { parsePosition } from '../../../model/start-position.ts';
import { adopt, chainsOf, type SavedDocument } from '../../../model/adoption.ts';
import { selectTables } from '../../../model/table-selection.ts';
import { tableName } from '../../../model/table.ts';
import { planHash, planRules } from '../../../model/task-plan.ts';
import { parseTaskSpec, type TaskSpec } from '../../../model/task-spec.ts';
import { captured, positionAt } from './literal-plan.ts';

const least = { name: 'app', source: 's', destination: 'd', tables: [{ table: 'APP.A' }, { table: 'APP.B' }] };

function specOf(change: object = {}): TaskSpec {
  const parsed = parseTaskSpec({ ...least, ...change });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.spec;
}

const told = (change: object): string[] => {
  const parsed = parseTaskSpec({ ...least, ...change });
  return parsed.ok ? [] : parsed.errors.map(({ path, code }) => `${path.join('.')} ${code}`);
};

const changesOnly = { synchronize: ['schema', 'incremental'] };

describe('startAt', () => {
  test.each([
    ['saved', 'saved'],
    [{ scn: '0812345678' }, { scn: '812345678' }],
    [{ scn: 812345678 }, { scn: '812345678' }],
    [{ scn: '18446744073709551615' }, { scn: '18446744073709551615' }],
    [{ time: '2026-11-01T00:00:00Z' }, { time: '2026-11-01T00:00:00Z' }],
    [{ time: '2026-11-01T08:00:00+08:00' }, { time: '2026-11-01T00:00:00Z' }],
  ])('%j means %j, and the same when it is read again', (written, meant) => {
    const spec = specOf({ ...changesOnly, startAt: written });
    expect(spec.startAt).toEqual(meant);
    expect(parseTaskSpec(spec)).toEqual({ ok: true, spec });
  });

  test.each([
    ['now'],
    [{}],
    [{ scn: '' }],
    [{ scn: -1 }],
    [{ scn: 1.5 }],
    [{ scn: 2 ** 60 }],
    [{ scn: '1', time: '2026-11-01T00:00:00Z' }],
    [{ time: '2026-11-01' }],
    [{ time: '2026-13-01T00:00:00Z' }],
    [{ time: '2026-11-01T00:00:00' }],
    [{ date: '2026-11-01T00:00:00Z' }],
  ])('is refused: %j', (startAt) => {
    expect(told({ ...changesOnly, startAt })).toEqual([expect.stringMatching(/^startAt/)]);
  });

  test('an SCN or a time starts no full copy; a saved position may have had one', () => {
    expect(told({ startAt: { scn: '1' } })).toEqual(['startAt CONFLICT']);
    expect(told({ startAt: 'saved' })).toEqual([]);
  });

  test.each([
    ['saved', 'saved'],
    ['scn:812345', { scn: '812345' }],
    ['time:2026-11-01T00:00:00Z', { time: '2026-11-01T00:00:00Z' }],
    ['', undefined],
    ['scn', undefined],
    ['scn:', undefined],
    ['scn:x', undefined],
    ['SCN:1', undefined],
    ['time:yesterday', undefined],
    ['saved ', undefined],
  ])('--position %j is %j', (words, written) => {
    expect(parsePosition(words)).toEqual(written);
  });
});

const listed = ['A', 'B', 'C'].map((name) => tableName({ owner: 'APP', name }));

function savedWith(change: Partial<SavedDocument> = {}, spec = specOf()): SavedDocument {
  const plan = change.plan ?? { rules: planRules(spec), tables: [captured('A', '100'), captured('B', '120')] };
  const logs = plan.tables.map(({ log }) => log);
  return {
    position: positionAt('150', 7),
    planHash: planHash(plan.rules, plan.tables),
    chainId: 'c1',
    logs,
    plan,
    ...change,
  };
}

const adopted = (saved: SavedDocument | undefined, spec = specOf({ startAt: 'saved' })) =>
  adopt(spec, selectTables(spec.tables, listed), saved);

describe('a saved position', () => {
  test('is gone on from with its own plan', () => {
    expect(adopted(savedWith())).toEqual({ tables: savedWith().plan?.tables });
  });

  test('is gone on from by a pattern that matches more tables by now: these are left out', () => {
    const spec = specOf({ tables: [{ table: 'APP.*' }] });
    expect(adopted(savedWith(), spec)).toEqual({ tables: savedWith().plan?.tables });
  });

  const { plan: _plan, ...beforeTheTail } = savedWith({ planHash: '' });
  const excluded = { ...captured('A', '100'), columnRules: { exclude: ['X', 'Y'] } };
  const ruled = { plan: { rules: planRules(specOf()), tables: [excluded, captured('B', '120')] } };

  test.each<[string, SavedDocument | undefined, object, string]>([
    ['is not there', undefined, {}, 'no position of the task app is saved at d'],
    ['was saved before the tail began', beforeTheTail, {}, 'belongs to a chain that ended before its tail began'],
    ['names another plan', savedWith({ planHash: 'x' }), {}, 'is not the one that it names (x)'],
    [
      'has other names of columns',
      savedWith(),
      { naming: { case: 'upper' } },
      'naming is not what the tables were made',
    ],
    ['has other partitions', savedWith(), { incremental: { partition: [] } }, 'incremental.partition is not'],
    ['treats values otherwise', savedWith(), { values: { overflow: 'null' } }, 'values.overflow is not'],
    [
      'follows a table too many',
      savedWith(),
      { tables: [{ table: 'APP.A' }] },
      'follows APP.B, which the task does not',
    ],
    [
      'lacks a table',
      savedWith(),
      { tables: [...least.tables, { table: 'APP.C' }] },
      'APP.C is not among the tables of the saved position',
    ],
    [
      'went to another table',
      savedWith(),
      { tables: [{ table: 'APP.A', as: 'x' }, { table: 'APP.B' }] },
      'APP.A was copied to a_base and a_log, not to x_base and x_log',
    ],
    [
      'had other columns',
      savedWith(),
      { tables: [{ table: 'APP.A', columns: { exclude: ['X'] } }, { table: 'APP.B' }] },
      'APP.A was copied with other rules for its columns',
    ],
    ['left columns out', savedWith(ruled), {}, 'APP.A was copied with other rules for its columns'],
  ])('that %s is refused', (_what, saved, change, says) => {
    const found = adopted(saved, specOf({ ...change, startAt: 'saved' }));
    expect('refused' in found && found.refused).toContain(says);
  });

  test('of a task that kept existing tables may leave out columns that these did not have', () => {
    const spec = specOf({ conflictingTables: 'ignore' });
    expect(adopted(savedWith(ruled), spec)).toMatchObject({ tables: [excluded, {}] });
  });

  test('belongs to its chain and to those that it came from', () => {
    expect(chainsOf(savedWith({ madeBy: ['a', 'b'] }))).toEqual(['c1', 'a', 'b']);
  });
});
