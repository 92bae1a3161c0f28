/**
 * The statements of test/golden/gen_sql_redo_corpus.py, byte for byte: 50 % insert, 35 % update, 15 % delete on a table of
 * ten columns of mixed types, all columns logged. In TypeScript, so that the bench needs no Python; the digest proves it the same.
 */
import { createHash } from 'node:crypto';
import { PythonRandom } from './python-random.ts';

const STATEMENTS = 400_000;
const SEED = 20240607;

/** `python3 test/golden/gen_sql_redo_corpus.py 400000 OUT && sha256sum OUT` (CPython 3.11.7). */
const DIGEST = 'f801045515ee59b77a541c46186d2ad02cbd99f2cd09a8e62f0a27d538cd773a';

const WORDS = (
  "the order was shipped late and the customer asked for a refund, see ticket; O''Brien & sons " +
  "said ''never again'' (twice) or maybe where and set values null || x = y"
).split(' ') as [string, ...string[]];
const FIRST = ['Anna', 'Li', 'Mohamed', 'Ivan', 'Zoe', "D''Arcy", 'Jose', 'Kim'] as const;
const LAST = ['Smith', 'Garcia', 'Zhang', "O''Neil", 'Mueller', 'Petrov', 'Tanaka'] as const;

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** Arguments are drawn in the order of the Python expressions; a change of order is another corpus. */
class Values {
  readonly random: PythonRandom;

  constructor(random: PythonRandom) {
    this.random = random;
  }

  /** With probability `share`. */
  private chance(share: number): boolean {
    return this.random.random() < share;
  }

  private time(fraction: boolean): string {
    const { random } = this;
    const day = `${padded(random.integer(2015, 2025), 4)}-${padded(random.integer(1, 12), 2)}-${padded(random.integer(1, 28), 2)}`;
    const time = `${padded(random.integer(0, 23), 2)}:${padded(random.integer(0, 59), 2)}:${padded(random.integer(0, 59), 2)}`;
    return fraction ? `${day} ${time}.${padded(random.integer(0, 999999), 6)}` : `${day} ${time}`;
  }

  private national(): string {
    const { random } = this;
    const escapes = Array.from({ length: random.integer(3, 9) }, () => {
      const unit = random.choice([random.integer(0x4e00, 0x9fa5), random.integer(0x410, 0x44f)]);
      return `\\${unit.toString(16).toUpperCase().padStart(4, '0')}`;
    });
    return `UNISTR('${escapes.join('')}')`;
  }

  private expires(): string {
    const { random } = this;
    const time = this.time(true);
    return `TO_TIMESTAMP_TZ('${time} ${random.choice(['+', '-'])}${padded(random.integer(0, 11), 2)}:00')`;
  }

  private note(): string {
    const words = Array.from({ length: this.random.integer(3, 30) }, () => this.random.choice(WORDS));
    return `'${words.join(' ')}'`;
  }

  private amount(): string {
    const { random } = this;
    return `'${random.choice(['', '', '-'])}${random.integer(0, 999999)}.${padded(random.integer(0, 99), 2)}'`;
  }

  readonly columns: readonly (readonly [name: string, value: () => string])[] = [
    ['ID', () => `'${this.random.integer(1, 10 ** 12)}'`],
    [
      'ORDER_NO',
      () => `'SO-${padded(this.random.integer(0, 99999999), 8)}-${this.random.choice(['A', 'B', 'C', 'D', 'E', 'F'])}'`,
    ],
    [
      'CUSTOMER',
      () => (this.chance(0.25) ? this.national() : `'${this.random.choice(FIRST)} ${this.random.choice(LAST)}'`),
    ],
    ['AMOUNT', () => (this.chance(0.05) ? 'NULL' : this.amount())],
    ['STATUS', () => `'${this.random.choice(['NEW', 'PAID', 'SHIP', 'DONE', 'X']).padEnd(4)}'`],
    ['CREATED_AT', () => `TO_DATE('${this.time(false)}', 'YYYY-MM-DD HH24:MI:SS')`],
    ['UPDATED_AT', () => (this.chance(0.2) ? 'NULL' : `TO_TIMESTAMP('${this.time(true)}')`)],
    ['EXPIRES_AT', () => (this.chance(0.5) ? 'NULL' : this.expires())],
    ['TOKEN', () => `HEXTORAW('${this.random.hex(128)}')`],
    ['NOTE', () => (this.chance(0.3) ? 'NULL' : this.note())],
  ];
}

const CHANGEABLE = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** What a statement was made of: literals as they are written, by column. */
interface Truth {
  /** Of the row that an INSERT makes, or that stands in WHERE. */
  readonly row: ReadonlyMap<string, string>;
  readonly set: ReadonlyMap<string, string>;
}

interface Made extends Truth {
  readonly sql: string;
}

function statement(values: Values): Made {
  const { random, columns } = values;
  const row = columns.map(([name, value]) => [name, value()] as const);
  const kind = random.random();
  if (kind < 0.5) {
    const names = row.map(([name]) => `"${name}"`).join(',');
    const sql = `insert into "SHOP"."ORDERS"(${names}) values (${row.map(([, text]) => text).join(',')});`;
    return { sql, row: new Map(row), set: new Map() };
  }
  const changed =
    kind < 0.85 ? [...random.sample(CHANGEABLE, random.integer(1, 4))].sort((left, right) => left - right) : [];
  const set = changed.map((index): readonly [string, string] => {
    const [name = '', value] = columns[index] ?? [];
    return [name, value?.() ?? ''];
  });
  const assignments = set.map(([name, text]) => `"${name}" = ${text}`).join(', ');
  const where = row.map(([name, text]) => (text === 'NULL' ? `"${name}" IS NULL` : `"${name}" = ${text}`));
  const head = kind < 0.85 ? `update "SHOP"."ORDERS" set ${assignments}` : 'delete from "SHOP"."ORDERS"';
  return { sql: `${head} where ${where.join(' and ')};`, row: new Map(row), set: new Map(set) };
}

export interface RedoCorpus {
  readonly statements: readonly string[];
  readonly bytes: number;
  /** Of some statements, by their place. */
  readonly truths: ReadonlyMap<number, Truth>;
}

/** Prime, so that the sample does not step with anything. */
const SAMPLED = 997;

/** @throws Error when the bytes are not those of the Python program. */
export function redoCorpus(): RedoCorpus {
  const values = new Values(new PythonRandom(SEED));
  const digest = createHash('sha256');
  const statements: string[] = [];
  const truths = new Map<number, Truth>();
  let bytes = 0;
  for (let made = 0; made < STATEMENTS; made++) {
    const { sql, row, set } = statement(values);
    const line = Buffer.from(`${sql}\n`, 'latin1');
    digest.update(line);
    bytes += line.length - 1;
    if (made % SAMPLED === 0) truths.set(made, { row, set });
    // In one piece, as a driver delivers it.
    statements.push(line.toString('latin1', 0, line.length - 1));
  }
  if (digest.digest('hex') !== DIGEST) throw new Error('the corpus is not the one of gen_sql_redo_corpus.py');
  return { statements, bytes, truths };
}
