/** Tables at the destination whose history is known, and what stands in them. */
import type { Buckets } from '../../activities/ports.ts';
import { MaxComputeClient } from '../../maxcompute/client.ts';
import { runSql } from '../../maxcompute/instances.ts';
import { rowText } from '../../model/row-text.ts';
import type { TableState } from '../../model/table-state.ts';
import type { Row } from '../../model/table.ts';
import { openMaxCompute } from './maxcompute-world.ts';
import {
  History,
  logRows,
  logTable,
  sortedTexts,
  stateOf,
  testColumn,
  type Naming,
  type TestColumn,
} from './state-history.ts';

export const PLAIN: Naming = { additionalColumns: 'plain', levels: [] };
export const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => String(index));
const WIDE = 'é'.repeat(1_900);

const COLUMNS: readonly TestColumn[] = [
  testColumn('ID', { base: 'NUMBER', precision: 9, scale: 0 }, numbers(9)),
  testColumn('CODE', { base: 'VARCHAR2', length: 40 }, ['a', 'A', 'a ', '😀é', "it's", null, '1:2']),
  testColumn('AMOUNT', { base: 'NUMBER', precision: 12, scale: 3 }, ['0', '10', '-10.5', '0.001', '100.12', null]),
  testColumn('RATE', { base: 'NUMBER', precision: 4, scale: 4 }, ['0', '0.5', '-0.0001', '0.12']),
  testColumn('COUNTED', { base: 'NUMBER', precision: 30, scale: 0 }, ['100', '-9000000000000000000000', null]),
  testColumn('BIG', { base: 'NUMBER', precision: 18, scale: 0 }, ['999999999999999999', '-7', null]),
  testColumn('ANY_NUMBER', { base: 'NUMBER' }, ['0.1', '-12345678901234567890.5', null]),
  testColumn('BORN', { base: 'DATE' }, ['0001-01-01 00:00:00', '9999-12-31 23:59:59', '2024-02-29 12:00:00', null]),
  testColumn('STAMP', { base: 'TIMESTAMP', scale: 9 }, [
    '2024-02-29 12:00:00',
    '1600-01-01 00:00:00.000000001',
    '2024-01-01 10:20:30.120000000',
  ]),
  testColumn('ZONED', { base: 'TIMESTAMP WITH TIME ZONE', scale: 3 }, [
    '2024-07-01 22:00:00',
    '1969-12-31 23:59:59.500000000',
    null,
  ]),
  testColumn('BYTES', { base: 'RAW', length: 20 }, [Uint8Array.of(0, 255, 10), Uint8Array.of(65), null]),
  testColumn('LONG_TEXT', { base: 'VARCHAR2', length: 3_800 }, [WIDE, `${WIDE}x`, 'short', null]),
];

export function textOf({ columns, key }: Pick<History, 'columns' | 'key'>): Buckets['text'] {
  const planned = columns.map(({ column, sink }) => ({ source: column.name, sink }));
  const text = rowText(
    columns.map(({ column }) => column),
    planned,
    key.map((index) => columns[index]?.column.name ?? ''),
  );
  if (!text) throw new Error('the columns have no common text');
  return text;
}

export const sourceOf = ({ columns }: Pick<History, 'columns'>) => columns.map(({ column }) => column);

export const START = Date.UTC(2024, 1, 28, 23, 50) / 1000;
export const DAY_AFTER = Date.UTC(2024, 1, 29) / 1000;

/** A few kinds of rows, so that equal ones stand there several times. */
export const ALIKE: readonly TestColumn[] = COLUMNS.map((column, index) => ({
  ...column,
  values: index === 0 ? ['1', '2', '3'] : column.values.slice(0, 1),
}));
export const CODED: readonly TestColumn[] = COLUMNS.map((column, index) =>
  index === 1 ? { ...column, values: numbers(70) } : column,
);

export interface Case {
  readonly about: string;
  readonly columns: readonly TestColumn[];
  readonly key: readonly number[];
  readonly naming: Naming;
  readonly secondsMax: number;
}

const PREFIXED = { additionalColumns: 'prefixed' } as const;
export const BY_DAY: Naming = { ...PREFIXED, levels: ['year', 'month', 'day'] };
const BY_MINUTE: Naming = { additionalColumns: 'plain', levels: ['year', 'month', 'day', 'hour', 'minute'] };
export const cases: readonly Case[] = [
  { about: 'a key of one column', columns: CODED, key: [1], naming: PLAIN, secondsMax: 700 },
  { about: 'a key that is NULL in parts, by day', columns: COLUMNS, key: [0, 1], naming: BY_DAY, secondsMax: 700 },
  {
    about: 'a key of several types, by minute',
    columns: COLUMNS,
    key: [7, 2, 10, 8],
    naming: BY_MINUTE,
    secondsMax: 12,
  },
  { about: 'no key', columns: ALIKE, key: [], naming: { ...PREFIXED, levels: ['year'] }, secondsMax: 20 },
];

export const historyOf = ({ columns, key, secondsMax }: Pick<Case, 'columns' | 'key' | 'secondsMax'>): History =>
  new History(columns, key, { seed: 7 + key.length, seconds: START }).play(120, secondsMax);

export const SMALL = COLUMNS.slice(0, 3);

export async function openStates() {
  const world = await openMaxCompute();
  const { port, connection } = world;
  const client = new MaxComputeClient(connection);

  async function put(
    table: { name: string; columns: TableState['columns'] },
    rows: readonly Row[],
    partition?: string,
  ): Promise<void> {
    if (partition !== undefined) await port.addPartition(table.name, partition);
    const { target, id } = await world.uploaded({ ...table, comment: '', partitionColumns: [] }, rows, partition);
    await port.commitUpload(target, id);
  }

  /** Both tables with what the history made; `more` stands there twice. */
  async function written(
    history: History,
    naming: Naming,
    more: { base?: readonly Row[]; log?: History['images'] } = {},
  ): Promise<TableState> {
    const base = await world.newTable(
      'base',
      history.columns.map(({ sink }) => sink),
    );
    const shape = logTable(history.columns, naming);
    const log = await world.newTable('log', shape.columns, shape.partitionColumns);
    await put(base, [...history.base, ...(more.base ?? [])]);
    for (const [partition, rows] of logRows([...history.images, ...(more.log ?? [])], shape.partitionColumns))
      await put(log, rows, partition === '' ? undefined : partition);
    return stateOf(history, naming, { base: base.name, log: log.name });
  }

  async function read(table: string): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for await (const page of port.readRows(table, new AbortController().signal)) rows.push(...page);
    return rows;
  }

  async function rowsOf(state: TableState): Promise<readonly string[]> {
    const into = world.newName('written');
    await port.writeState(into, state);
    return sortedTexts(await read(into));
  }

  const digests = async (state: TableState, history: History, count = 64) =>
    (await port.digestState(state, sourceOf(history), { text: textOf(history), count })).toSorted(
      (one, other) => one.bucket - other.bucket,
    );

  const run = async (sql: string) => runSql(client, { sql, repeat: 'always', what: 'a statement of the test' });

  return {
    ...{ world, port, written, read, rowsOf, digests, run, put },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}
