/** What happens in the source while redoflow works: a table, its rows, and transactions of every kind. */
import oracledb from 'oracledb';

const TABLE = 'HR.ORDERS';
export const ROWS = 10_000;
export const TRANSACTIONS = 300;

export type Login = Readonly<Record<'connectString' | 'user' | 'password', string>>;
type Writer = oracledb.Connection;

export const connect = ({ connectString, user, password }: Login): Promise<Writer> =>
  oracledb.getConnection({ connectString, user, password });

const COLUMNS = 'ID NUMBER(9) PRIMARY KEY, NOTE VARCHAR2(60), AMOUNT NUMBER(10,2), CREATED DATE';
const NOTES = [
  'paid',
  'it\'s "urgent"',
  '订单 已发货',
  'naïve – café',
  'back\\slash; and 1=1',
  'two  blanks ',
] as const;
const BATCH = 1_000;

const note = (id: number): string | null => (id % 11 === 0 ? null : `${NOTES[id % NOTES.length] ?? ''} ${id}`);
/** Exact decimal text: cents never pass through a floating number. */
const amount = (id: number): string =>
  `${id % 7 === 0 ? '-' : ''}${(id * 37) % 100_000}.${String(id % 100).padStart(2, '0')}`;
const INSERT = `INSERT INTO ${TABLE} (ID, NOTE, AMOUNT, CREATED) VALUES (:id, :note, TO_NUMBER(:amount), TO_DATE(:created, 'YYYY-MM-DD HH24:MI:SS'))`;
const two = (value: number): string => String(value).padStart(2, '0');
/** Also hours that do not exist where clocks change. */
const created = (id: number): string =>
  `${1900 + (id % 200)}-03-${two(1 + (id % 28))} 02:${two(id % 60)}:${two((id * 7) % 60)}`;
const row = (id: number): { id: number; note: string | null; amount: string; created: string } => ({
  id,
  note: note(id),
  amount: amount(id),
  created: created(id),
});

/** Array DML needs the widths of its texts told, because a batch may begin with NULLs. */
const BINDS = {
  id: { type: oracledb.NUMBER },
  note: { type: oracledb.STRING, maxSize: 200 },
  amount: { type: oracledb.STRING, maxSize: 40 },
  created: { type: oracledb.STRING, maxSize: 40 },
};

export async function createAndFill(writer: Writer): Promise<void> {
  await writer.execute(`CREATE TABLE ${TABLE} (${COLUMNS})`);
  await writer.execute(`ALTER TABLE ${TABLE} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
  for (let from = 1; from <= ROWS; from += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, ROWS - from + 1) }, (_, i) => row(from + i));
    await writer.executeMany(INSERT, rows, { bindDefs: BINDS });
    await writer.commit();
  }
}

/** A small deterministic generator: the demo tells the same story every time. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

export interface Story {
  committed: number;
  rolledBack: number;
  statements: number;
}

/** What the scenes ask of the workload. */
export interface Direction {
  /** Awaited after every transaction, with its number. */
  readonly pace: (transaction: number) => Promise<void>;
  /** Goes on beyond `TRANSACTIONS` as long as this says so. */
  readonly more: () => boolean;
}

/** Runs at least `TRANSACTIONS` transactions. */
export async function runTransactions(writer: Writer, story: Story, { pace, more }: Direction): Promise<void> {
  const random = generator(20_261_122);
  let next = ROWS + 1;
  for (let transaction = 1; transaction <= TRANSACTIONS || more(); transaction++) {
    const statements = 1 + random(5);
    for (let i = 0; i < statements; i++) {
      next += await change(writer, random, next);
      story.statements += 1;
    }
    if (transaction % 20 === 0) await partlyUndone(writer, random(ROWS) + 1);
    if (transaction % 8 === 0) {
      await writer.rollback();
      story.rolledBack += 1;
    } else {
      await writer.commit();
      story.committed += 1;
    }
    await pace(transaction);
  }
}

/** One statement; answers how many new ids it used. */
async function change(writer: Writer, random: (below: number) => number, next: number): Promise<number> {
  const id = random(ROWS) + 1;
  switch (random(6)) {
    case 0:
    case 1:
      await writer.execute(INSERT, row(next));
      return 1;
    case 2:
      await writer.execute(`DELETE FROM ${TABLE} WHERE ID = :id`, [id]);
      return 0;
    case 3: // the key itself changes
      await writer.execute(`UPDATE ${TABLE} SET ID = :fresh, NOTE = :note WHERE ID = :id`, {
        fresh: next,
        note: 'moved',
        id,
      });
      return 1;
    case 4: // several rows at once
      await writer.execute(`UPDATE ${TABLE} SET AMOUNT = AMOUNT + 1 WHERE ID BETWEEN :low AND :high`, {
        low: id,
        high: id + 3,
      });
      return 0;
    default:
      await writer.execute(`UPDATE ${TABLE} SET NOTE = :note, CREATED = SYSDATE WHERE ID = :id`, {
        note: note(next + id),
        id,
      });
      return 0;
  }
}

/** A part of a transaction that is taken back by a savepoint. */
async function partlyUndone(writer: Writer, id: number): Promise<void> {
  await writer.execute('SAVEPOINT before_mistake');
  await writer.execute(`UPDATE ${TABLE} SET NOTE = 'a mistake' WHERE ID = :id`, [id]);
  await writer.execute('ROLLBACK TO before_mistake');
}
