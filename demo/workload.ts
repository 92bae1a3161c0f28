/** What happens in the source while redoflow works: several connections, transactions of every kind. */
import { setTimeout as wait } from 'node:timers/promises';
import oracledb from 'oracledb';
import { KINDS, undoneMistake, type Act } from './transactions.ts';

export const TRANSACTIONS = 5_000;

export type Login = Readonly<Record<'connectString' | 'user' | 'password', string>>;
type Writer = oracledb.Connection;

export const connect = ({ connectString, user, password }: Login): Promise<Writer> =>
  oracledb.getConnection({ connectString, user, password });

/** Connections that write; each touches rows of its own, so that none waits for another's locks. */
const WRITERS = 3;
const SHARES = WRITERS + 1;
const PER_SECOND = 110;
const BURST_MS = 500;
const LAST_WORDS_MS = 60;
/** The clerk's statements are so far apart: longer than a window of redo. */
const CLERK_PAUSE_MS = 1_500;

export interface Story {
  begun: number;
  committed: number;
  rolledBack: number;
  /** Parts taken back by a savepoint. */
  undone: number;
  statements: number;
  /** Transactions that stayed open for several seconds. */
  long: number;
}

export const newStory = (): Story => ({ begun: 0, committed: 0, rolledBack: 0, undone: 0, statements: 0, long: 0 });

/** What the scenes ask of the workload. */
export interface Direction {
  /** No transaction with a number above this one begins yet. */
  readonly upTo: () => number;
  /** Goes on beyond `TRANSACTIONS` as long as this says so. */
  readonly more: () => boolean;
}

/** A small deterministic generator: the demo tells the same story every time. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Runs at least `TRANSACTIONS` transactions. */
export async function runTransactions(login: Login, story: Story, direction: Direction): Promise<void> {
  let fresh = 0;
  const nextFresh = (): number => (fresh += 1);
  let nextAt = Date.now();
  const pace = async (): Promise<void> => {
    while (story.begun >= direction.upTo() && direction.more()) await wait(LAST_WORDS_MS);
    const gap = story.begun < TRANSACTIONS ? 1_000 / PER_SECOND : LAST_WORDS_MS;
    nextAt = Math.max(nextAt, Date.now() - BURST_MS) + gap;
    await wait(Math.max(0, nextAt - Date.now()));
  };
  const shares = Array.from({ length: WRITERS }, (_, share) => share);
  const writers = shares.map(async (share) => {
    await using writer = await connect(login);
    const act = actor(writer, { share, story, nextFresh });
    while (story.begun < TRANSACTIONS || direction.more()) {
      story.begun += 1;
      await oneTransaction(writer, act, story);
      await pace();
    }
  });
  await Promise.all([...writers, clerk(login, { share: WRITERS, story, nextFresh }, direction)]);
}

interface Part {
  readonly share: number;
  readonly story: Story;
  readonly nextFresh: () => number;
}

function actor(writer: Writer, { share, story, nextFresh }: Part): Act {
  const random = generator(20_261_122 + share);
  return {
    random,
    fresh: nextFresh,
    pick: (rows) => random(Math.floor(rows / SHARES)) * SHARES + share + 1,
    execute: async (sql, binds) => {
      story.statements += 1;
      await writer.execute(sql, binds);
    },
  };
}

async function oneTransaction(writer: Writer, act: Act, story: Story): Promise<void> {
  const number = story.begun;
  const kind = KINDS[act.random(KINDS.length)];
  if (kind) await kind(act);
  if (number % 10 === 0) {
    await undoneMistake(act);
    story.undone += 1;
  }
  if (number % 8 === 0) {
    await writer.rollback();
    story.rolledBack += 1;
  } else {
    await writer.commit();
    story.committed += 1;
  }
}

/** Transactions that stay open across several windows of redo; every third is rolled back. */
async function clerk(login: Login, part: Part, { more }: Direction): Promise<void> {
  await using writer = await connect(login);
  const { story } = part;
  const act = actor(writer, part);
  for (let number = 1; more(); number++) {
    for (const kind of KINDS.slice(0, 3)) {
      await kind(act);
      await wait(more() ? CLERK_PAUSE_MS : 0);
    }
    story.begun += 1;
    story.long += 1;
    if (number % 3 === 0) {
      await writer.rollback();
      story.rolledBack += 1;
    } else {
      await writer.commit();
      story.committed += 1;
    }
  }
}
