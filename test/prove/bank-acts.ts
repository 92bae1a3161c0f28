/** What a transaction of "bank+" is made of. Each act changes rows of its writer's own share and remembers which rows there are. */
import {
  insertOf,
  momentsOf,
  numbersOf,
  SHARES,
  textKey,
  textsOf,
  type BankTableName,
  type Binds,
  type Values,
} from './bank-tables.ts';

/** A column that was added while the workload runs. */
export interface AddedColumn {
  readonly table: BankTableName;
  readonly column: string;
}

export interface Act {
  readonly values: Values;
  /** Answers how many rows it changed. @throws what Oracle says */
  readonly execute: (sql: string, binds?: Binds) => Promise<number>;
  /** @throws what Oracle says */
  readonly query: (sql: string, binds: Binds) => Promise<readonly (string | number | null)[][]>;
  /** A number of this share that no row has had. */
  readonly fresh: () => number;
  /** Numbers of the rows of this share. LEDGER: transactions whose lines are there. */
  readonly rows: Rows;
  readonly added: readonly AddedColumn[];
}

export type Rows = Record<BankTableName, number[]>;

const anyOf = ({ rows, values }: Act, table: BankTableName): number | undefined =>
  rows[table].length === 0 ? undefined : values.dice.pick(rows[table]);

const numbered = { ACCOUNT: 'ID', NUMBERS: 'ID', MOMENTS: 'ID', EVENTS: 'ID' } as const;
const texted = { TEXTS: 'CODE', DEVICES: 'SERIAL' } as const;
type Movable = keyof typeof numbered | keyof typeof texted;

const keyColumn = (table: Movable): string =>
  table === 'TEXTS' || table === 'DEVICES' ? texted[table] : numbered[table];
const keyValue = (table: Movable, number: number): string | number =>
  table === 'TEXTS' || table === 'DEVICES' ? textKey(number) : number;

async function transfer(act: Act): Promise<void> {
  const [from, to] = [anyOf(act, 'ACCOUNT'), anyOf(act, 'ACCOUNT')];
  if (from === undefined || to === undefined || from === to) return;
  const amount = act.values.amount();
  const move = (sign: '+' | '-', id: number): Promise<number> =>
    act.execute(
      `UPDATE HR.ACCOUNT SET BALANCE = BALANCE ${sign} TO_NUMBER(:amount), VERSION = VERSION + 1 WHERE ID = :id`,
      { amount, id },
    );
  await move('-', from);
  await move('+', to);
  const tx = act.fresh();
  const line = 'INSERT INTO HR.LEDGER (TX_ID, LINE, ACCOUNT_ID, DELTA) VALUES (:tx, :line, :id, TO_NUMBER(:delta))';
  await act.execute(line, { tx, line: 1, id: from, delta: `-${amount}` });
  await act.execute(line, { tx, line: 2, id: to, delta: amount });
  act.rows.LEDGER.push(tx);
}

async function insert(act: Act): Promise<void> {
  const table = act.values.dice.pick(['ACCOUNT', 'NUMBERS', 'TEXTS', 'MOMENTS', 'EVENTS', 'DEVICES'] as const);
  await insertInto(act, table, act.fresh());
}

async function insertInto(act: Act, table: Movable | 'LISTS', number: number): Promise<void> {
  const { sql, binds } = insertOf(table, number, act.values);
  await act.execute(sql, binds);
  act.rows[table].push(number);
}

const UPDATES: Readonly<Record<Movable, (values: Values) => readonly [string, Binds]>> = {
  ACCOUNT: (values) => ['OWNER = :owner', { owner: values.text() }],
  NUMBERS: (values) => [
    'SMALL = :small, EIGHTEEN = TO_NUMBER(:eighteen), FRACTION = TO_NUMBER(:fraction), WIDE = TO_NUMBER(:wide), ' +
      'FREE = TO_NUMBER(:free), NARROW = TO_BINARY_FLOAT(:narrow), BROAD = TO_BINARY_DOUBLE(:broad)',
    numbersOf(values),
  ],
  TEXTS: (values) => ['FIXED = :fixed, NATIONAL = :national, NOTE = :note, BYTES = HEXTORAW(:bytes)', textsOf(values)],
  MOMENTS: (values) => [
    "BORN = TO_DATE(:born, 'YYYY-MM-DD HH24:MI:SS'), FINE_AT = TO_TIMESTAMP(:fine, 'YYYY-MM-DD HH24:MI:SS.FF9'), " +
      "ZONED_AT = TO_TIMESTAMP_TZ(:zoned, 'YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM'), AGE = TO_YMINTERVAL(:age), TOOK = TO_DSINTERVAL(:took)",
    momentsOf(values),
  ],
  EVENTS: (values) => ['BODY = :body', { body: values.text() }],
  DEVICES: (values) => ['STATE = :state, WEIGHT = TO_NUMBER(:weight)', { state: values.text(), weight: '0.125' }],
};

async function update(act: Act): Promise<void> {
  const table = act.values.dice.pick(['ACCOUNT', 'NUMBERS', 'TEXTS', 'MOMENTS', 'EVENTS', 'DEVICES'] as const);
  const number = anyOf(act, table);
  if (number === undefined) return;
  const [set, binds] = UPDATES[table](act.values);
  const key = keyValue(table, number);
  await act.execute(`UPDATE HR.${table} SET ${set} WHERE ${keyColumn(table)} = :key`, { ...binds, key });
}

/** Not of accounts, whose sum must stay. */
async function remove(act: Act): Promise<void> {
  const table = act.values.dice.pick(['NUMBERS', 'TEXTS', 'MOMENTS', 'EVENTS', 'DEVICES', 'LEDGER'] as const);
  const number = anyOf(act, table);
  if (number === undefined) return;
  if (table === 'LEDGER') await act.execute('DELETE FROM HR.LEDGER WHERE TX_ID = :number', { number });
  else await removeKey(act, table, number);
  act.rows[table] = act.rows[table].filter((row) => row !== number);
}

const removeKey = (act: Act, table: Movable, number: number): Promise<number> =>
  act.execute(`DELETE FROM HR.${table} WHERE ${keyColumn(table)} = :key`, { key: keyValue(table, number) });

const setKey = (act: Act, table: Movable, [from, to]: readonly [number, number]): Promise<number> =>
  act.execute(`UPDATE HR.${table} SET ${keyColumn(table)} = :moved WHERE ${keyColumn(table)} = :key`, {
    moved: keyValue(table, to),
    key: keyValue(table, from),
  });

async function moveKey(act: Act): Promise<void> {
  const table = act.values.dice.pick(['ACCOUNT', 'NUMBERS', 'TEXTS', 'DEVICES', 'MOMENTS'] as const);
  const number = anyOf(act, table);
  if (number === undefined) return;
  const moved = act.fresh();
  await setKey(act, table, [number, moved]);
  act.rows[table] = act.rows[table].map((row) => (row === number ? moved : row));
}

/**
 * By way of a third key. Where one statement exchanges two keys, the before row of the second update is newer than the after row of
 * the first, and the published merge rule drops a row that is there: with that rule nobody can be right.
 */
async function swapKeys(act: Act): Promise<void> {
  const table = act.values.dice.pick(['ACCOUNT', 'NUMBERS', 'DEVICES', 'TEXTS'] as const);
  const [one, other] = [anyOf(act, table), anyOf(act, table)];
  if (one === undefined || other === undefined || one === other) return;
  const aside = act.fresh();
  await setKey(act, table, [one, aside]);
  await setKey(act, table, [other, one]);
  await setKey(act, table, [aside, other]);
}

async function replace(act: Act): Promise<void> {
  const table = act.values.dice.pick(['NUMBERS', 'TEXTS', 'MOMENTS', 'DEVICES'] as const);
  const number = anyOf(act, table);
  if (number === undefined) return;
  await removeKey(act, table, number);
  const { sql, binds } = insertOf(table, number, act.values);
  await act.execute(sql, binds);
}

async function changeNothing(act: Act): Promise<void> {
  const id = anyOf(act, 'ACCOUNT');
  if (id !== undefined) await act.execute('UPDATE HR.ACCOUNT SET OWNER = OWNER WHERE ID = :id', { id });
}

async function append(act: Act): Promise<void> {
  const id = anyOf(act, 'LISTS');
  if (id === undefined) return;
  const [[list = ''] = []] = await act.query('SELECT V FROM HR.LISTS WHERE K = :id', { id });
  if (String(list).length > 3_500) await insertInto(act, 'LISTS', act.fresh());
  else await act.execute('UPDATE HR.LISTS SET V = V || :more WHERE K = :id', { more: `,${act.fresh()}`, id });
}

/** A key that is taken; and a statement of many rows that fails at one of them, so that Oracle takes back what it did. */
async function fail(act: Act): Promise<void> {
  const id = anyOf(act, 'ACCOUNT');
  if (id === undefined) return;
  if (act.values.dice.chance(50)) {
    const { sql, binds } = insertOf('ACCOUNT', id, act.values);
    await mustFail(act.execute(sql, binds), /ORA-00001/);
  } else {
    await act.execute('UPDATE HR.ACCOUNT SET VERSION = 0 WHERE ID = :id', { id });
    const many = act.rows.ACCOUNT.slice(-5).filter((row) => row !== id);
    const list = [...many, id].map(String).join(', ');
    await mustFail(act.execute(`UPDATE HR.ACCOUNT SET VERSION = VERSION - 1 WHERE ID IN (${list})`), /ORA-02290/);
  }
}

async function mustFail(statement: Promise<number>, how: RegExp): Promise<void> {
  const outcome = await statement.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  if (outcome instanceof Error && how.test(outcome.message)) return;
  throw outcome instanceof Error ? outcome : new Error(`a statement that breaks a constraint gave ${outcome}`);
}

/** Sets a column that was added meanwhile. */
async function fillAdded(act: Act): Promise<void> {
  if (act.added.length === 0) return;
  const { table, column } = act.values.dice.pick(act.added);
  if (table === 'LEDGER' || table === 'LISTS') return;
  const number = anyOf(act, table);
  if (number === undefined) return;
  const value = act.values.dice.chance(20) ? null : `${act.values.marker.slice(0, 12)}${act.values.dice.below(100)}`;
  await act.execute(`UPDATE HR.${table} SET ${column} = :value WHERE ${keyColumn(table)} = :key`, {
    value,
    key: keyValue(table, number),
  });
}

/** Rows as they were: what a savepoint or a rollback takes back is forgotten. */
export const copyOf = (rows: Rows): Rows => ({
  ACCOUNT: [...rows.ACCOUNT],
  LEDGER: [...rows.LEDGER],
  LISTS: [...rows.LISTS],
  NUMBERS: [...rows.NUMBERS],
  TEXTS: [...rows.TEXTS],
  MOMENTS: [...rows.MOMENTS],
  EVENTS: [...rows.EVENTS],
  DEVICES: [...rows.DEVICES],
});

/** A savepoint block, up to three deep; half of them are taken back. */
async function block(act: Act, depth = 1): Promise<void> {
  const name = `S${depth}_${act.values.dice.below(1_000)}`;
  const before = copyOf(act.rows);
  await act.execute(`SAVEPOINT ${name}`);
  for (let times = act.values.dice.from(1, 3); times > 0; times--) await oneAct(act);
  if (depth < 3 && act.values.dice.chance(40)) await block(act, depth + 1);
  if (act.values.dice.chance(50)) {
    await act.execute(`ROLLBACK TO ${name}`);
    Object.assign(act.rows, before);
    await oneAct(act);
  }
}

const WEIGHTED: readonly (readonly [number, (act: Act) => Promise<void>])[] = [
  [35, transfer],
  [15, insert],
  [20, update],
  [8, remove],
  [5, moveKey],
  [2, swapKeys],
  [3, replace],
  [3, changeNothing],
  [10, append],
  [2, fail],
  [4, fillAdded],
];
const TOTAL = WEIGHTED.reduce((sum, [weight]) => sum + weight, 0);

async function oneAct(act: Act): Promise<void> {
  let left = act.values.dice.below(TOTAL);
  for (const [weight, run] of WEIGHTED) {
    if (left < weight) {
      await run(act);
      return;
    }
    left -= weight;
  }
}

/** Some acts; now and then in a savepoint block. */
export async function someActs(act: Act, count: number): Promise<void> {
  for (let times = count; times > 0; times--) await (act.values.dice.chance(5) ? block(act) : oneAct(act));
}

/** One row in each of several tables. */
export async function manyTables(act: Act): Promise<void> {
  for (const table of ['ACCOUNT', 'NUMBERS', 'TEXTS', 'MOMENTS', 'EVENTS', 'DEVICES'] as const)
    await insertInto(act, table, act.fresh());
  await append(act);
  await transfer(act);
}

/** Hundreds of rows in one transaction. */
export async function large(act: Act, rows: number): Promise<void> {
  for (let row = 0; row < rows; row++) await insertInto(act, 'EVENTS', act.fresh());
  const list = act.rows.EVENTS.slice(-20).map(String).join(', ');
  await act.execute(`UPDATE HR.EVENTS SET KIND = 'large' WHERE ID IN (${list})`);
}

/** Row numbers of this share, read from the tables: after a connection was lost nobody knows what its last commit did. */
export async function rowsOfShare(query: Act['query'], share: number): Promise<Rows> {
  const numbers = async (table: BankTableName, column: string): Promise<number[]> => {
    const rows = await query(`SELECT DISTINCT ${column} FROM HR.${table} WHERE MOD(${column}, ${SHARES}) = :share`, {
      share,
    });
    return rows.map(([value]) => Number(value));
  };
  const codes = async (table: BankTableName, column: string): Promise<number[]> => {
    const rows = await query(`SELECT ${column} FROM HR.${table} WHERE ${column} LIKE :share`, {
      share: `K-${share}-%`,
    });
    return rows.map(([value]) => Number(String(value).split('-')[2]));
  };
  return {
    ACCOUNT: await numbers('ACCOUNT', 'ID'),
    LEDGER: await numbers('LEDGER', 'TX_ID'),
    LISTS: await numbers('LISTS', 'K'),
    NUMBERS: await numbers('NUMBERS', 'ID'),
    TEXTS: await codes('TEXTS', 'CODE'),
    MOMENTS: await numbers('MOMENTS', 'ID'),
    EVENTS: await numbers('EVENTS', 'ID'),
    DEVICES: await codes('DEVICES', 'SERIAL'),
  };
}
