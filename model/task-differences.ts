/** What a task file says otherwise than the running task, and how each difference can be brought about. Pure. */
import type { TaskSpec } from './task-spec.ts';

/**
 * The first four: an update of the running task. `add-table`, `remove-table`: by `redoflow tables`. `at-start`: it says where a task
 * begins, and means nothing to one that runs. `new-task`: only for a task that is started anew.
 */
export type DifferenceWay =
  'throttle' | 'retry' | 'alerts' | 'flush' | 'add-table' | 'remove-table' | 'at-start' | 'new-task';

export interface TaskDifference {
  /** `retry.otherIssuesMinutes`, `tables HR.EMPLOYEES`. */
  readonly key: string;
  /** As it is; undefined: not there. Plain JSON. */
  readonly now: unknown;
  readonly wished: unknown;
  readonly way: DifferenceWay;
  /** Of `add-table` and `remove-table`. */
  readonly table?: string;
}

type Entry = TaskSpec['tables'][number];

const ways: readonly (readonly [begins: string, way: DifferenceWay])[] = [
  ['full.throttle', 'throttle'],
  ['incremental.throttle', 'throttle'],
  ['instanceClass', 'throttle'],
  ['retry', 'retry'],
  ['alerts', 'alerts'],
  ['incremental.flush', 'flush'],
  ['startAt', 'at-start'],
];

const wayOf = (key: string): DifferenceWay => ways.find(([begins]) => key.startsWith(begins))?.[1] ?? 'new-task';

/** In the order of the keys of a task. */
export function taskDifferences(now: TaskSpec, wished: TaskSpec): readonly TaskDifference[] {
  const { tables: tablesNow, ...others } = now;
  const { tables: tablesWished, ...othersWished } = wished;
  return [...differing('', others, othersWished), ...differingTables(tablesNow, tablesWished)];
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys in any order say the same; lists say it in their order. */
function differing(key: string, now: unknown, wished: unknown): TaskDifference[] {
  if (isMapping(now) && isMapping(wished)) {
    const keys = new Set([...Object.keys(now), ...Object.keys(wished)]);
    return [...keys].flatMap((name) => differing(key === '' ? name : `${key}.${name}`, now[name], wished[name]));
  }
  if (JSON.stringify(now) === JSON.stringify(wished)) return [];
  return [{ key, now, wished, way: wayOf(key) }];
}

function differingTables(now: readonly Entry[], wished: readonly Entry[]): TaskDifference[] {
  const before = new Map(now.map((entry) => [entry.table, entry]));
  const after = new Map(wished.map((entry) => [entry.table, entry]));
  const removed = now.filter(({ table }) => !after.has(table));
  return [
    ...removed.map((entry): TaskDifference => tableDifference('remove-table', entry.table, entry, undefined)),
    ...wished.flatMap((entry) => {
      const same = before.get(entry.table);
      return same ? differingEntry(same, entry) : [tableDifference('add-table', entry.table, undefined, entry)];
    }),
  ];
}

const tableDifference = (
  way: 'add-table' | 'remove-table',
  table: string,
  now: unknown,
  wished: unknown,
): TaskDifference => ({ key: `tables ${table}`, now, wished, way, table });

/** A table that is excepted from a pattern, or no longer is, is removed or added; all else was decided when the table was planned. */
function differingEntry(now: Entry, wished: Entry): TaskDifference[] {
  const { except: before = [], ...others } = now;
  const { except: after = [], ...othersWished } = wished;
  const key = `tables ${now.table}`;
  const excepted = (table: string): string => `${key} except ${table}`;
  const removed = after.filter((table) => !before.includes(table));
  const added = before.filter((table) => !after.includes(table));
  return [
    ...differing(key, others, othersWished).map((difference): TaskDifference => ({ ...difference, way: 'new-task' })),
    ...removed.map((table) => ({ ...tableDifference('remove-table', table, undefined, table), key: excepted(table) })),
    ...added.map((table) => ({ ...tableDifference('add-table', table, table, undefined), key: excepted(table) })),
  ];
}
