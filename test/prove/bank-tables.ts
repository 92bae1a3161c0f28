/** The tables of the workload "bank+": accounts, their ledger, lists that only grow, and one table per family of types. */
import type oracledb from 'oracledb';
import type { Dice } from './dice.ts';

export type BankTableName = 'ACCOUNT' | 'LEDGER' | 'LISTS' | 'NUMBERS' | 'TEXTS' | 'MOMENTS' | 'EVENTS' | 'DEVICES';

export interface BankTable {
  readonly name: BankTableName;
  /** Oracle's column name → its type; the checker reads them too. */
  readonly columns: Readonly<Record<string, string>>;
  readonly key: readonly string[];
  readonly check?: string;
}

export const BANK_TABLES: readonly BankTable[] = [
  {
    name: 'ACCOUNT',
    columns: { ID: 'NUMBER(9)', BALANCE: 'NUMBER(12,2)', OWNER: 'VARCHAR2(80)', VERSION: 'NUMBER(9)' },
    key: ['ID'],
    check: 'VERSION >= 0',
  },
  {
    name: 'LEDGER',
    columns: { TX_ID: 'NUMBER(12)', LINE: 'NUMBER(4)', ACCOUNT_ID: 'NUMBER(9)', DELTA: 'NUMBER(12,2)' },
    key: ['TX_ID', 'LINE'],
  },
  { name: 'LISTS', columns: { K: 'NUMBER(9)', V: 'VARCHAR2(4000)' }, key: ['K'] },
  {
    name: 'NUMBERS',
    columns: {
      ID: 'NUMBER(9)',
      SMALL: 'NUMBER(4)',
      EIGHTEEN: 'NUMBER(18)',
      FRACTION: 'NUMBER(38,10)',
      WIDE: 'NUMBER',
      FREE: 'FLOAT(126)',
      NARROW: 'BINARY_FLOAT',
      BROAD: 'BINARY_DOUBLE',
    },
    key: ['ID'],
  },
  {
    name: 'TEXTS',
    columns: {
      CODE: 'VARCHAR2(40)',
      FIXED: 'CHAR(8)',
      NATIONAL: 'NVARCHAR2(60)',
      NOTE: 'VARCHAR2(600)',
      BYTES: 'RAW(40)',
    },
    key: ['CODE'],
  },
  {
    name: 'MOMENTS',
    columns: {
      ID: 'NUMBER(9)',
      BORN: 'DATE',
      FINE_AT: 'TIMESTAMP(9)',
      ZONED_AT: 'TIMESTAMP(6) WITH TIME ZONE',
      AGE: 'INTERVAL YEAR(4) TO MONTH',
      TOOK: 'INTERVAL DAY(4) TO SECOND(6)',
    },
    key: ['ID'],
  },
  {
    name: 'EVENTS',
    columns: { ID: 'NUMBER(12)', KIND: 'VARCHAR2(20)', BODY: 'VARCHAR2(1000)', SEEN_AT: 'TIMESTAMP(6)' },
    key: ['ID'],
  },
  {
    name: 'DEVICES',
    columns: { SERIAL: 'VARCHAR2(30)', OWNER_ID: 'NUMBER(9)', STATE: 'VARCHAR2(80)', WEIGHT: 'NUMBER(8,3)' },
    key: ['SERIAL'],
  },
];

/** Connections that write, each with rows of its own: number modulo SHARES. The last one keeps its transactions open for long. */
export const SHARES = 4;

/** How many rows each share has at first. EVENTS fills more than one extent, so that its copy has several chunks. */
export const FIRST_ROWS: Readonly<Record<Exclude<BankTableName, 'LEDGER'>, number>> = {
  ACCOUNT: 40,
  LISTS: 6,
  NUMBERS: 40,
  TEXTS: 40,
  MOMENTS: 40,
  EVENTS: 450,
  DEVICES: 40,
};

export const OPENING_BALANCE = 1_000;

export type Binds = Readonly<Record<string, string | number | null>>;

export interface Statement {
  readonly sql: string;
  readonly binds: Binds;
}

/** Makes values; every text that it makes holds `marker`, which must never be seen outside the two databases. */
export class Values {
  readonly dice: Dice;
  readonly marker: string;

  constructor(dice: Dice, marker: string) {
    this.dice = dice;
    this.marker = marker;
  }

  text(): string | null {
    const { dice, marker } = this;
    const words = [
      "it's",
      '"quoted"',
      '订单 已发货',
      'naïve – café 😀',
      'back\\slash',
      ' two  blanks  ',
      '--;',
      '%_',
      '\t',
    ];
    return dice.chance(8) ? null : `${marker} ${dice.pick(words)} ${dice.below(1_000_000)}`;
  }

  amount(): string {
    return `${this.dice.from(1, 90)}.${String(this.dice.below(100)).padStart(2, '0')}`;
  }

  small(): number {
    return this.dice.from(-9999, 9999);
  }

  eighteen(): string {
    return this.dice.pick(['0', '-1', '999999999999999999', '-999999999999999999', '9007199254740993', '1000000000']);
  }

  fraction(): string {
    const { dice } = this;
    const edge = ['0.0000000001', '-9999999999999999999999999999.9999999999', '1234567890123456789.0123456789', '0.5'];
    return dice.chance(40) ? dice.pick(edge) : `${dice.from(-99, 99)}.${dice.below(1_000_000_000)}`;
  }

  wide(): string {
    const edge = [
      '99999999999999999999999999999999999999',
      '-0.00000000000000000001',
      '1E30',
      '-1',
      '0',
      '100',
      '12.30',
    ];
    return this.dice.chance(60) ? this.dice.pick(edge) : `${this.dice.below(1_000_000)}.${this.dice.from(1, 99_999)}`;
  }

  /** For TO_BINARY_FLOAT and TO_BINARY_DOUBLE. */
  binary(): string {
    return this.dice.pick(['0', '0.1', '-2.5', '1E10', '3.4E38', '-1.5E-30', 'NaN', 'Inf', '-Inf', '16777217']);
  }

  hex(): string | null {
    if (this.dice.chance(10)) return null;
    return Array.from({ length: this.dice.from(1, 20) }, () => this.dice.below(256).toString(16).padStart(2, '0')).join(
      '',
    );
  }

  /** Also hours that do not exist where clocks change. */
  moment(digits: 0 | 6 | 9): string {
    const days = [
      '2024-02-29',
      '2024-03-10',
      '1986-05-04',
      '1969-12-31',
      '1700-01-01',
      '2261-12-31',
      '2026-11-01',
      '2000-02-29',
    ];
    const two = (limit: number): string => String(this.dice.below(limit)).padStart(2, '0');
    const fraction = digits === 0 ? '' : `.${String(this.dice.below(10 ** digits)).padStart(digits, '0')}`;
    return `${this.dice.pick(days)} ${this.dice.pick(['00', '01', '02', '23'])}:${two(60)}:${two(60)}${fraction}`;
  }

  months(): string {
    return `${this.dice.pick(['', '-'])}${this.dice.below(9999)}-${this.dice.below(12)}`;
  }

  span(): string {
    const two = (limit: number): string => String(this.dice.below(limit)).padStart(2, '0');
    const fraction = String(this.dice.below(1_000_000)).padStart(6, '0');
    return `${this.dice.pick(['', '-'])}${this.dice.below(9999)} ${two(24)}:${two(60)}:${two(60)}.${fraction}`;
  }
}

const INSERTS = {
  ACCOUNT: 'INSERT INTO HR.ACCOUNT (ID, BALANCE, OWNER, VERSION) VALUES (:id, :balance, :owner, 1)',
  LISTS: 'INSERT INTO HR.LISTS (K, V) VALUES (:id, :v)',
  NUMBERS:
    'INSERT INTO HR.NUMBERS (ID, SMALL, EIGHTEEN, FRACTION, WIDE, FREE, NARROW, BROAD) VALUES ' +
    '(:id, :small, TO_NUMBER(:eighteen), TO_NUMBER(:fraction), TO_NUMBER(:wide), TO_NUMBER(:free), TO_BINARY_FLOAT(:narrow), TO_BINARY_DOUBLE(:broad))',
  TEXTS:
    'INSERT INTO HR.TEXTS (CODE, FIXED, NATIONAL, NOTE, BYTES) VALUES (:code, :fixed, :national, :note, HEXTORAW(:bytes))',
  MOMENTS:
    "INSERT INTO HR.MOMENTS (ID, BORN, FINE_AT, ZONED_AT, AGE, TOOK) VALUES (:id, TO_DATE(:born, 'YYYY-MM-DD HH24:MI:SS'), " +
    "TO_TIMESTAMP(:fine, 'YYYY-MM-DD HH24:MI:SS.FF9'), TO_TIMESTAMP_TZ(:zoned, 'YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM'), " +
    'TO_YMINTERVAL(:age), TO_DSINTERVAL(:took))',
  EVENTS: 'INSERT INTO HR.EVENTS (ID, KIND, BODY, SEEN_AT) VALUES (:id, :kind, :body, SYSTIMESTAMP)',
  DEVICES:
    'INSERT INTO HR.DEVICES (SERIAL, OWNER_ID, STATE, WEIGHT) VALUES (:serial, :owner, :state, TO_NUMBER(:weight))',
} as const;

export const textKey = (number: number): string => `K-${number % SHARES}-${number}`;

/** Inserts row `number` of a table with random values. */
export function insertOf(table: keyof typeof INSERTS, number: number, values: Values): Statement {
  const sql = INSERTS[table];
  switch (table) {
    case 'ACCOUNT':
      return { sql, binds: { id: number, balance: 0, owner: values.text() } };
    case 'LISTS':
      return { sql, binds: { id: number, v: values.marker } };
    case 'NUMBERS':
      return { sql, binds: { id: number, ...numbersOf(values) } };
    case 'TEXTS':
      return { sql, binds: { code: textKey(number), ...textsOf(values) } };
    case 'MOMENTS':
      return { sql, binds: { id: number, ...momentsOf(values) } };
    case 'EVENTS':
      return {
        sql,
        binds: { id: number, kind: `kind ${number % 7}`, body: `${values.text() ?? ''}${'é-'.repeat(90)}` },
      };
    case 'DEVICES':
      return { sql, binds: { serial: textKey(number), owner: number, state: values.text(), weight: '12.5' } };
  }
}

export const numbersOf = (values: Values): Binds => ({
  small: values.small(),
  eighteen: values.eighteen(),
  fraction: values.fraction(),
  wide: values.wide(),
  free: values.wide(),
  narrow: values.binary(),
  broad: values.binary(),
});

export const textsOf = (values: Values): Binds => ({
  fixed: values.dice.pick(['a', 'bb  ', 'é', null, '12345678']),
  national: values.dice.chance(10) ? null : `中文 ${values.dice.below(1000)}`,
  note: values.text(),
  bytes: values.hex(),
});

export const momentsOf = (values: Values): Binds => ({
  born: values.moment(0),
  fine: values.moment(9),
  zoned: `${values.moment(6)} ${values.dice.pick(['+05:30', '-11:00', '+00:00'])}`,
  age: values.months(),
  took: values.span(),
});

/** Creates all tables with their first rows; each table's rows commit at once. */
export async function createBank(writer: oracledb.Connection, values: Values): Promise<void> {
  for (const { name, columns, key, check } of BANK_TABLES) {
    const list = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
    const parts = [...list, `PRIMARY KEY (${key.join(', ')})`, ...(check === undefined ? [] : [`CHECK (${check})`])];
    await writer.execute(`CREATE TABLE HR.${name} (${parts.join(', ')})`);
    await writer.execute(`ALTER TABLE HR.${name} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
    if (name === 'LEDGER') continue;
    for (let number = 1; number <= FIRST_ROWS[name] * SHARES; number++) {
      const { sql, binds } = insertOf(name, number, values);
      await writer.execute(sql, name === 'ACCOUNT' ? { ...binds, balance: OPENING_BALANCE } : binds);
    }
    await writer.commit();
  }
}
