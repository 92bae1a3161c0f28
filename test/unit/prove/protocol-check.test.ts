/** The checker of the protocol rig sees what it must see: one planted fault each. */
import { expect, test } from 'vitest';
import { Checker } from '../../prove/protocol/check.ts';
import { Faults } from '../../prove/protocol/faults.ts';
import { FaultySink } from '../../prove/protocol/sink.ts';
import { VirtualTime } from '../../prove/protocol/virtual-time.ts';
import { HEAD, inColumns, World } from '../../prove/protocol/world.ts';
import type { Row } from '../../../model/table.ts';

const SNAPSHOT = 120;
const columns = ['ID', 'V', 'N'].map((name) => ({ name, type: { base: 'VARCHAR2' }, nullable: true }));
const names = { base: 'a_base', log: 'a_log' };

/** `_base` and `_log` of A as they should be. */
function rightTables(world: World): { base: Row[]; log: Row[] } {
  const base = world.rowsAt('A', SNAPSHOT).map(({ values }) => inColumns(values, columns));
  const log = world.changesOf('A', SNAPSHOT).flatMap(({ before, after, at }, i) => {
    const flag = before && after ? 'U' : before ? 'D' : 'I';
    const row = (values: Row, flags: readonly string[]): Row => [String(i + 1), flag, String(at), ...flags, ...values];
    return [
      ...(before ? [row(inColumns(before, columns), ['Y', 'N'])] : []),
      ...(after ? [row(inColumns(after, columns), ['N', 'Y'])] : []),
    ];
  });
  return { base, log };
}

function checked(change: (tables: { base: Row[]; log: Row[] }) => void) {
  const world = new World(1);
  const sink = new FaultySink(new VirtualTime(), new Faults(1, new Set()));
  const tables = rightTables(world);
  change(tables);
  for (const [name, rows] of [
    ['a_base', tables.base],
    ['a_log', tables.log],
  ] as const)
    sink.tables.set(name, { definition: { name, comment: '', columns: [], partitionColumns: [] }, rows });
  const checker = new Checker(world, sink);
  checker.log('A', 'a_log', SNAPSHOT);
  checker.base('A', 'a_base', SNAPSHOT);
  checker.merged('A', names, HEAD);
  const { lost, duplicated, ghosts, changed } = checker.verdict;
  return { lost: lost > 0, duplicated: duplicated > 0, ghosts: ghosts > 0, changed: changed > 0 };
}

const right = { lost: false, duplicated: false, ghosts: false, changed: false };

test('tables that are right are found right', () => {
  expect(checked(() => undefined)).toEqual(right);
});

test.each([
  ['a row of the log is lost', { lost: true }, ({ log }) => void log.splice(3, 1)],
  ['a row of the log is there twice', { duplicated: true }, ({ log }) => void log.push(log[5] ?? [])],
  ['a row never was', { ghosts: true }, ({ log }) => void log.push(['999', 'I', '9999', 'N', 'Y', 'k', 'v', null])],
  ['rows of a log have changed their places', { changed: true }, ({ log }) => void log.push(...log.splice(2, 1))],
  ['a row of the copy is lost', { lost: true }, ({ base }) => void base.pop()],
  ['a row of the copy is there twice', { duplicated: true }, ({ base }) => void base.push(base[0] ?? [])],
  ['a value of the copy is another', { ghosts: true }, ({ base }) => void base.splice(0, 1, ['k0.0', 'other', null])],
] as readonly (readonly [string, Partial<typeof right>, (tables: { base: Row[]; log: Row[] }) => void])[])(
  'it is seen that %s',
  (_what, seen, change) => {
    expect(checked(change)).toMatchObject(seen);
  },
);
