/** The kinds of transactions of the demo: each changes rows of one or more tables; who runs it commits or rolls back. */
import { TABLES } from './tables.ts';

export interface Act {
  /** A number from 0, below the given one. */
  readonly random: (below: number) => number;
  /** A number that nobody else gets. */
  readonly fresh: () => number;
  /** One of so many rows, from 1, that no other connection touches. */
  readonly pick: (rows: number) => number;
  readonly execute: (sql: string, binds: Readonly<Record<string, string | number | null>>) => Promise<void>;
}

const { orders, items, customers, measurements, devices, prices, audit, scratch } = TABLES;

const INSERT_ORDER = `INSERT INTO ${orders.table} (ID, CUSTOMER_ID, NOTE, AMOUNT, CREATED) VALUES (:id, :customer, :note, TO_NUMBER(:amount), SYSDATE)`;
const CHANGE_ORDER = `UPDATE ${orders.table} SET NOTE = :note, AMOUNT = AMOUNT + 1.25 WHERE ID = :id`;
const RENUMBER_ORDER = `UPDATE ${orders.table} SET ID = :fresh WHERE ID = :id`;
const DELETE_ORDER = `DELETE FROM ${orders.table} WHERE ID = :id`;
const INSERT_ITEM = `INSERT INTO ${items.table} (ORDER_ID, LINE, SKU, QUANTITY, PRICE) VALUES (:id, :line, :sku, 1, 0.0001)`;
const MOVE_ITEM = `UPDATE ${items.table} SET LINE = LINE + 100, PRICE = NULL WHERE ORDER_ID = :id AND LINE = :line`;
const DELETE_ITEM = `DELETE FROM ${items.table} WHERE ORDER_ID = :id AND LINE = :line`;
const CREDIT = `UPDATE ${customers.table} SET CREDIT = CREDIT - 0.01 WHERE ID = :id`;
const MOVE_CUSTOMER = `UPDATE ${customers.table} SET CITY = :city, COUNTRY = :country, JOINED = SYSTIMESTAMP WHERE ID = :id`;
const INSERT_CUSTOMER = `INSERT INTO ${customers.table} (ID, NAME, CITY, COUNTRY, BORN, JOINED, CREDIT, PIN) VALUES (:id, :name, N'São Paulo', 'BR', DATE '2000-02-29', TO_TIMESTAMP_TZ('2026-11-01 01:30:00.123456 -05:00', 'YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM'), 0, '0000')`;
const MEASURE =
  `INSERT INTO ${measurements.table} VALUES (:id, TO_NUMBER(:reading), 99999999999999999999999999999999999999 - :id, 0.5, TO_BINARY_FLOAT(:ratio), ` +
  `TO_BINARY_DOUBLE(:energy), TO_TIMESTAMP(:taken, 'YYYY-MM-DD HH24:MI:SS.FF9'), SYSTIMESTAMP, TO_YMINTERVAL(:age), TO_DSINTERVAL(:took), HEXTORAW(:checksum))`;
const CALIBRATE =
  `UPDATE ${measurements.table} SET READING = READING + 0.000000000000000000000001, RATIO = TO_BINARY_FLOAT(:ratio), TOOK = TO_DSINTERVAL(:took), ` +
  `CHECKSUM = HEXTORAW(:checksum) WHERE ID = :id`;
const RENAME_DEVICE = `UPDATE ${devices.table} SET SERIAL = :fresh, KIND = N'新' WHERE SERIAL = :serial`;
const WEIGH_DEVICE = `UPDATE ${devices.table} SET WEIGHT = NULL, INSTALLED = SYSTIMESTAMP, LABEL = HEXTORAW(:label) WHERE SERIAL = :serial`;
const DELETE_DEVICE = `DELETE FROM ${devices.table} WHERE SERIAL = :serial`;
const PRICE = `UPDATE ${prices.table} SET "名称" = :name, "Price EUR" = "Price EUR" + 0.5, "Valid From" = SYSDATE WHERE "Id" = :id`;
const AUDIT = `INSERT INTO ${audit.table} (ID, WHAT, AT, BY_WHOM) VALUES (:id, :what, SYSTIMESTAMP, 'demo')`;
const SCRATCH = `INSERT INTO ${scratch.table} (ID, LINE) VALUES (:id, 'not synchronized')`;

const NOTES = [
  'paid',
  'it\'s "urgent"',
  '订单 已发货',
  'naïve – café',
  'back\\slash; and 1=1',
  'two  blanks  ',
] as const;
const note = (act: Act, id: number): string | null => {
  const text = NOTES[act.random(NOTES.length + 1)];
  return text === undefined ? null : `${text} ${id}`;
};
/** Orders that have items: every eighth number. */
const orderWithItems = (act: Act): number => (act.pick(items.rows / 3) - 1) * 8 + 1;
const serial = (number: number): string => `SN-${String(number).padStart(6, '0')}`;
const hex = (number: number): string => number.toString(16).toUpperCase().padStart(16, '0');

async function placeOrder(act: Act): Promise<void> {
  const id = orders.rows + act.fresh();
  const amount = `${act.random(2) === 0 ? '-' : ''}${act.random(100_000)}.${String(act.random(100)).padStart(2, '0')}`;
  await act.execute(INSERT_ORDER, { id, customer: act.pick(customers.rows), note: note(act, id), amount });
  await act.execute(INSERT_ITEM, { id, line: 1, sku: 'SKU-NEW' });
  await act.execute(INSERT_ITEM, { id, line: 2, sku: "SKU-'2'" });
  await act.execute(CREDIT, { id: act.pick(customers.rows) });
}

async function changeOrders(act: Act): Promise<void> {
  for (let times = 1 + act.random(2); times > 0; times--) {
    const id = act.pick(orders.rows);
    await act.execute(CHANGE_ORDER, { id, note: note(act, id) });
  }
}

async function cancelOrder(act: Act): Promise<void> {
  const id = orderWithItems(act);
  for (const line of [1, 2, 3]) await act.execute(DELETE_ITEM, { id, line });
  await act.execute(AUDIT, { id: act.fresh(), what: `order ${id} cancelled` });
}

/** Keys change. */
async function renumber(act: Act): Promise<void> {
  await act.execute(RENUMBER_ORDER, { fresh: orders.rows + act.fresh(), id: act.pick(orders.rows) });
  await act.execute(MOVE_ITEM, { id: orderWithItems(act), line: 1 + act.random(3) });
}

async function measure(act: Act): Promise<void> {
  const id = 900_000_000_000 + measurements.rows + act.fresh();
  await act.execute(MEASURE, {
    id,
    reading: `-${act.random(1_000_000)}.${String(act.random(1_000_000_000)).padStart(9, '0')}000000000000001`,
    ratio: `${act.random(1000)}.1`,
    energy: act.random(9) === 0 ? '-Inf' : `${act.random(1_000_000)}.3E-20`,
    taken: `2026-03-08 02:30:${String(act.random(60)).padStart(2, '0')}.${String(act.random(1_000_000_000)).padStart(9, '0')}`,
    age: `-${act.random(99)}-${act.random(12)}`,
    took: `${act.random(100)} 23:59:59.${String(act.random(1_000_000)).padStart(6, '0')}`,
    checksum: hex(id),
  });
  await act.execute(CALIBRATE, {
    id: 900_000_000_000 + act.pick(measurements.rows),
    ratio: 'NaN',
    took: '-0 00:00:00.000001',
    checksum: hex(act.random(2 ** 31)),
  });
}

async function moveCustomers(act: Act): Promise<void> {
  const id = act.pick(customers.rows);
  await act.execute(MOVE_CUSTOMER, { id, city: act.random(3) === 0 ? null : '上海 😀', country: 'CN' });
  const fresh = customers.rows + act.fresh();
  await act.execute(INSERT_CUSTOMER, { id: fresh, name: `客户 "${fresh}"` });
}

async function changeDevices(act: Act): Promise<void> {
  await act.execute(WEIGH_DEVICE, { serial: serial(act.pick(devices.rows)), label: hex(act.random(2 ** 31)) });
  await act.execute(RENAME_DEVICE, {
    serial: serial(act.pick(devices.rows)),
    fresh: serial(devices.rows + act.fresh()),
  });
  if (act.random(4) === 0) await act.execute(DELETE_DEVICE, { serial: serial(act.pick(devices.rows)) });
}

async function changePrice(act: Act): Promise<void> {
  const id = act.pick(prices.rows);
  await act.execute(PRICE, { id, name: `新价格 ${act.random(1000)}` });
  await act.execute(SCRATCH, { id: act.fresh() });
}

async function deleteOrder(act: Act): Promise<void> {
  const id = act.pick(orders.rows);
  await act.execute(DELETE_ORDER, { id });
  await act.execute(AUDIT, { id: act.fresh(), what: `order ${id} deleted` });
}

export const KINDS: readonly ((act: Act) => Promise<void>)[] = [
  placeOrder,
  measure,
  changePrice,
  changeOrders,
  changeOrders,
  cancelOrder,
  renumber,
  moveCustomers,
  changeDevices,
  deleteOrder,
];

/** A part of a transaction that is taken back by a savepoint. */
export async function undoneMistake(act: Act): Promise<void> {
  await act.execute('SAVEPOINT before_mistake', {});
  await act.execute(CHANGE_ORDER, { id: act.pick(orders.rows), note: 'a mistake' });
  await act.execute(INSERT_ITEM, { id: orders.rows + act.fresh(), line: 1, sku: 'MISTAKE' });
  await act.execute('ROLLBACK TO before_mistake', {});
  await act.execute(CREDIT, { id: act.pick(customers.rows) });
}
