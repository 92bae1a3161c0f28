/** What happens to one table of the source while a test runs: the demo's columns, and transactions of every kind. */
import { setTimeout as wait } from 'node:timers/promises';
import oracledb from 'oracledb';

type Login = Readonly<Record<'connectString' | 'user' | 'password', string>>;
type Writer = oracledb.Connection;

const COLUMNS = 'ID NUMBER(9) PRIMARY KEY, NOTE VARCHAR2(400), AMOUNT NUMBER(10,2), CREATED DATE';
const BINDS = {
  id: { type: oracledb.NUMBER },
  note: { type: oracledb.STRING, maxSize: 800 },
  amount: { type: oracledb.STRING, maxSize: 40 },
  created: { type: oracledb.STRING, maxSize: 40 },
};
/** Wide, so that few rows fill the extents of several chunks. */
const WIDE = 'é'.repeat(40) + '-'.repeat(160);

const two = (value: number): string => String(value).padStart(2, '0');
const row = (id: number): Readonly<Record<string, string | number | null>> => ({
  id,
  note: id % 11 === 0 ? null : `it's "order" ${id}; 订单 ${WIDE}`,
  amount: `${id % 7 === 0 ? '-' : ''}${(id * 37) % 100_000}.${two(id % 100)}`,
  created: `${1900 + (id % 200)}-03-${two(1 + (id % 28))} 02:${two(id % 60)}:${two((id * 7) % 60)}`,
});

/** The same numbers in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

export class Orders {
  /** `OWNER.TABLE` */
  readonly table: string;
  private readonly login: Login;
  private readonly rows: number;
  private readonly random = generator(20_261_122);
  private next: number;

  private constructor(login: Login, table: string, rows: number) {
    this.login = login;
    this.table = table;
    this.rows = rows;
    this.next = rows + 1;
  }

  /** A new table in the user's schema, all columns logged, with rows that are committed. */
  static async create(login: Login, name: string, rows: number): Promise<Orders> {
    const orders = new Orders(login, `${login.user}.${name}`, rows);
    await using writer = await oracledb.getConnection(login);
    await writer.execute(`CREATE TABLE ${orders.table} (${COLUMNS})`);
    await writer.execute(`ALTER TABLE ${orders.table} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
    const first = Array.from({ length: rows }, (_, index) => row(index + 1));
    await writer.executeMany(orders.insert, first, { bindDefs: BINDS });
    await writer.commit();
    return orders;
  }

  private get insert(): string {
    return `INSERT INTO ${this.table} (ID, NOTE, AMOUNT, CREATED) VALUES (:id, :note, TO_NUMBER(:amount), TO_DATE(:created, 'YYYY-MM-DD HH24:MI:SS'))`;
  }

  /** That many transactions over one connection, every fifth rolled back, some with a savepoint that is taken back. */
  async change(transactions: number, paceMs = 0): Promise<void> {
    await using writer = await oracledb.getConnection(this.login);
    for (let number = 1; number <= transactions; number++) {
      for (let statement = 0; statement < 4; statement++) await this.statement(writer, statement);
      if (number % 3 === 0) await this.undone(writer);
      if (number % 5 === 0) await writer.rollback();
      else await writer.commit();
      if (paceMs > 0) await wait(paceMs);
    }
  }

  private async statement(writer: Writer, kind: number): Promise<void> {
    const id = this.random(this.rows) + 1;
    const fresh = this.next++;
    if (kind === 0) await writer.execute(this.insert, row(fresh));
    else if (kind === 1) await writer.execute(`DELETE FROM ${this.table} WHERE ID = :id`, [id]);
    else if (kind === 2) await writer.execute(`UPDATE ${this.table} SET ID = :fresh WHERE ID = :id`, { fresh, id });
    else
      await writer.execute(
        `UPDATE ${this.table} SET AMOUNT = AMOUNT + 1, CREATED = SYSDATE WHERE ID BETWEEN :id AND :high`,
        { id, high: id + 3 },
      );
  }

  private async undone(writer: Writer): Promise<void> {
    await writer.execute('SAVEPOINT before_mistake');
    await writer.execute(`UPDATE ${this.table} SET NOTE = 'a mistake' WHERE ID <= 20`);
    await writer.execute('ROLLBACK TO before_mistake');
  }
}
