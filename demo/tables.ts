/** The source of the demo: tables of every scalar type in schema HR, filled inside Oracle by one statement each. */
import type oracledb from 'oracledb';

export interface DemoTable {
  /** As it stands in a statement: `HR.ORDERS`, `HR."Price List"`. */
  readonly table: string;
  readonly columns: string;
  readonly rows: number;
  /** What SELECT gives for row number LEVEL; none for a table that is empty at first. */
  readonly fill?: string;
}

const lines = (...parts: readonly string[]): string => parts.join(', ');
const TEXTS = `CASE MOD(LEVEL, 6) WHEN 0 THEN NULL WHEN 1 THEN 'it''s "urgent" ' || LEVEL WHEN 2 THEN '订单 已发货 ' || LEVEL
  WHEN 3 THEN 'naïve – café ' || LEVEL WHEN 4 THEN 'back\\slash; and 1=1' ELSE 'two  blanks  ' END`;
/** Also hours that do not exist where clocks change. */
const FINE = `'-' || LPAD(MOD(LEVEL, 28) + 1, 2, '0') || ' 02:30:' || LPAD(MOD(LEVEL, 60), 2, '0') || '.' || LPAD(MOD(LEVEL * 7919, 1000000000), 9, '0')`;
const ZONES = `CASE MOD(LEVEL, 3) WHEN 0 THEN ' +05:30' WHEN 1 THEN ' -11:00' ELSE ' +00:00' END`;
const TIME_MASK = `'YYYY-MM-DD HH24:MI:SS.FF9'`;
const ZONED_MASK = `'YYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM'`;

/** 38 digits: the largest that a NUMBER holds exactly. */
const GREAT = '99999999999999999999999999999900000000';

export const TABLES = {
  orders: {
    table: 'HR.ORDERS',
    columns:
      'ID NUMBER(9) PRIMARY KEY, CUSTOMER_ID NUMBER(9) NOT NULL, NOTE VARCHAR2(80), AMOUNT NUMBER(10,2), CREATED DATE',
    rows: 120_000,
    fill: lines(
      'LEVEL',
      'MOD(LEVEL * 7, 15000) + 1',
      TEXTS,
      'MOD(LEVEL * 37, 1000000) / 100 - 2500',
      `DATE '1950-03-01' + LEVEL / 6`,
    ),
  },
  items: {
    table: 'HR.ORDER_ITEMS',
    columns:
      'ORDER_ID NUMBER(9), LINE NUMBER(3), SKU VARCHAR2(20) NOT NULL, QUANTITY NUMBER(5), PRICE NUMBER(14,4), PRIMARY KEY (ORDER_ID, LINE)',
    rows: 45_000,
    fill: lines(
      'TRUNC((LEVEL - 1) / 3) * 8 + 1',
      'MOD(LEVEL - 1, 3) + 1',
      `'SKU-' || MOD(LEVEL, 977)`,
      'MOD(LEVEL, 12)',
      'MOD(LEVEL * 31, 99991) / 10000',
    ),
  },
  customers: {
    table: 'HR.CUSTOMERS',
    columns:
      'ID NUMBER(9) PRIMARY KEY, NAME VARCHAR2(60 CHAR), CITY NVARCHAR2(30), COUNTRY CHAR(4), BORN DATE, JOINED TIMESTAMP(6) WITH TIME ZONE, CREDIT NUMBER(12,2), PIN VARCHAR2(8)',
    rows: 15_000,
    fill: lines(
      'LEVEL',
      `'Zoë O''Neil ' || LEVEL`,
      `CASE MOD(LEVEL, 4) WHEN 0 THEN N'杭州' WHEN 1 THEN N'München' WHEN 2 THEN NULL ELSE N'Kraków 😀' END`,
      `CASE MOD(LEVEL, 2) WHEN 0 THEN 'CN' ELSE 'DE' END`,
      `DATE '1930-01-01' + MOD(LEVEL * 13, 30000)`,
      `TO_TIMESTAMP_TZ('2024-02' || ${FINE} || ${ZONES}, ${ZONED_MASK})`,
      'MOD(LEVEL * 101, 900000) / 100',
      `'9' || MOD(LEVEL * 31, 9999)`,
    ),
  },
  measurements: {
    table: 'HR.MEASUREMENTS',
    columns:
      'ID NUMBER(12) PRIMARY KEY, READING NUMBER, EXACT NUMBER(38), FACTOR FLOAT, RATIO BINARY_FLOAT, ENERGY BINARY_DOUBLE, TAKEN TIMESTAMP(9), ' +
      'SEEN TIMESTAMP(3) WITH LOCAL TIME ZONE, AGE INTERVAL YEAR(4) TO MONTH, TOOK INTERVAL DAY(3) TO SECOND(6), CHECKSUM RAW(16)',
    rows: 10_000,
    fill: lines(
      '900000000000 + LEVEL',
      'ROUND(LEVEL / 7, 20) - 700',
      `${GREAT} + LEVEL`,
      'LEVEL / 8',
      'TO_BINARY_FLOAT(LEVEL / 7)',
      `CASE MOD(LEVEL, 500) WHEN 0 THEN TO_BINARY_DOUBLE('Inf') WHEN 1 THEN TO_BINARY_DOUBLE('NaN') ELSE TO_BINARY_DOUBLE(LEVEL / 3) END`,
      `TO_TIMESTAMP('2026-01' || ${FINE}, ${TIME_MASK})`,
      `TO_TIMESTAMP_TZ('2026-03' || ${FINE} || ${ZONES}, ${ZONED_MASK})`,
      `TO_YMINTERVAL(MOD(LEVEL, 300) || '-' || MOD(LEVEL, 12))`,
      `TO_DSINTERVAL(CASE MOD(LEVEL, 2) WHEN 0 THEN '-' ELSE '' END || MOD(LEVEL, 400) || ' ' || LPAD(MOD(LEVEL, 24), 2, '0') || ':59:' || LPAD(MOD(LEVEL, 60), 2, '0') || '.' || LPAD(MOD(LEVEL * 97, 1000000), 6, '0'))`,
      `HEXTORAW(LPAD(LEVEL * 2654435761, 16, '0'))`,
    ),
  },
  /** Its rows are told apart by a unique key. */
  devices: {
    table: 'HR.DEVICES',
    columns:
      'SERIAL VARCHAR2(12) NOT NULL UNIQUE, KIND NCHAR(6), INSTALLED TIMESTAMP(0), WEIGHT NUMBER(*,3), LABEL RAW(8)',
    rows: 6_000,
    fill: lines(
      `'SN-' || LPAD(LEVEL, 6, '0')`,
      `CASE MOD(LEVEL, 2) WHEN 0 THEN N'泵' ELSE N'fan' END`,
      `TO_TIMESTAMP('2023-05' || ${FINE}, ${TIME_MASK})`,
      'LEVEL * 3 / 1000',
      `HEXTORAW(LPAD(LEVEL, 8, '0'))`,
    ),
  },
  prices: {
    table: 'HR."Price List"',
    columns: '"Id" NUMBER(6) PRIMARY KEY, "名称" NVARCHAR2(40), "Price EUR" NUMBER(8,2), "Valid From" DATE',
    rows: 4_000,
    fill: lines('LEVEL', `N'价格 ' || LEVEL`, 'MOD(LEVEL * 17, 99900) / 100', `DATE '2020-02-28' + MOD(LEVEL, 700)`),
  },
  /** Its first rows come with the changes. */
  audit: {
    table: 'HR.AUDIT_TRAIL',
    columns: 'ID NUMBER(12) PRIMARY KEY, WHAT VARCHAR2(60) NOT NULL, AT TIMESTAMP(6), BY_WHOM CHAR(10)',
    rows: 0,
  },
  /** `except: [HR.TMP_*]` of task.yaml means this one: its changes are in the redo, and must not arrive. */
  scratch: { table: 'HR.TMP_IMPORT', columns: 'ID NUMBER(9) PRIMARY KEY, LINE VARCHAR2(60)', rows: 0 },
} as const satisfies Readonly<Record<string, DemoTable>>;

/** All rows of all tables. */
export const ROWS = Object.values(TABLES).reduce((sum, { rows }) => sum + rows, 0);

export interface Filled {
  /** Committed transactions that made rows. */
  readonly commits: number;
}

/** @param told called as each table is there, with its name and rows */
export async function createAndFill(
  writer: oracledb.Connection,
  told: (table: string, rows: number) => void,
): Promise<Filled> {
  let commits = 0;
  for (const one of Object.values<DemoTable>(TABLES)) {
    await writer.execute(`CREATE TABLE ${one.table} (${one.columns})`);
    await writer.execute(`ALTER TABLE ${one.table} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`);
    if (one.fill === undefined) continue;
    await writer.execute(`INSERT INTO ${one.table} SELECT ${one.fill} FROM DUAL CONNECT BY LEVEL <= ${one.rows}`, [], {
      autoCommit: true,
    });
    commits += 1;
    told(one.table, one.rows);
  }
  return { commits };
}
