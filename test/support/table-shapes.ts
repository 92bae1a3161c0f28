/** Tables of every ordinary shape, and what happens to them. */
export const ID_V = { ID: 'id', V: 'v' };
const WIDE = Array.from({ length: 1000 }, (_, i) => `C${i}`);
const RANGE =
  'PARTITION BY RANGE (ID) (PARTITION P1 VALUES LESS THAN (10), PARTITION P2 VALUES LESS THAN (20)) ENABLE ROW MOVEMENT';
const SUBPARTITIONED =
  'PARTITION BY RANGE (ID) SUBPARTITION BY HASH (V) SUBPARTITIONS 2 ' +
  '(PARTITION P1 VALUES LESS THAN (10), PARTITION P2 VALUES LESS THAN (20)) ENABLE ROW MOVEMENT';
export const PLAIN = '(ID NUMBER(9) PRIMARY KEY, V VARCHAR2(20))';
const KEYLESS = '(ID NUMBER(9), V VARCHAR2(20))';

/** `#` in a change stands for the name. */
export interface TableShape {
  readonly name: string;
  readonly definition: string;
  /** Before the copy. */
  readonly rows: readonly string[];
  /** In the tail, each committed by itself. */
  readonly changes: readonly string[];
  /** In Oracle and at the destination. */
  readonly columns: Readonly<Record<string, string>>;
  /** More of its entry in task.yaml. */
  readonly entry?: Readonly<Record<string, unknown>>;
}

export const shapes: readonly TableShape[] = [
  {
    name: 'S_COMPOSITE',
    definition: '(B NUMBER(3), A NUMBER(3), V VARCHAR2(20), PRIMARY KEY (A, B))',
    rows: ["1, 1, 'a'", "2, 1, 'b'", "1, 2, 'c'"],
    changes: ["UPDATE # SET V = 'changed' WHERE A = 1", 'UPDATE # SET A = 3 WHERE A = 2', 'DELETE FROM # WHERE B = 2'],
    columns: { B: 'b', A: 'a', V: 'v' },
  },
  {
    name: 'S_UNIQUE',
    definition: '(ID NUMBER(9) NOT NULL UNIQUE, V VARCHAR2(20))',
    rows: ["1, 'a'", "2, 'b'"],
    changes: ["INSERT INTO # VALUES (3, 'c')", 'UPDATE # SET ID = ID + 10'],
    columns: ID_V,
  },
  {
    name: 'S_KEYLESS',
    definition: KEYLESS,
    rows: ["1, 'same'", "1, 'same'", "2, 'other'"],
    changes: ["INSERT INTO # VALUES (1, 'same')", "UPDATE # SET V = 'new' WHERE ID = 1", 'DELETE FROM # WHERE ID = 1'],
    columns: ID_V,
  },
  {
    name: '"S Mixed"',
    definition: '("Order Id" NUMBER(9) PRIMARY KEY, "from" VARCHAR2(20), "camelCase" VARCHAR2(20))',
    rows: ["1, 'a', 'b'"],
    changes: [`INSERT INTO # VALUES (2, 'it''s "quoted"', NULL)`, 'UPDATE # SET "camelCase" = \'c\''],
    columns: { 'Order Id': 'order_id', from: 'from', camelCase: 'camelcase' },
    entry: { as: 's_mixed', columns: { rename: { 'Order Id': 'order_id' } } },
  },
  {
    name: '"S_订单"',
    definition: '(订单号 NUMBER(9) PRIMARY KEY, 名称 VARCHAR2(40))',
    rows: ["1, '一'"],
    changes: ["INSERT INTO # VALUES (2, '二')", "UPDATE # SET 名称 = '三' WHERE 订单号 = 1"],
    columns: { 订单号: '订单号', 名称: '名称' },
    entry: { as: 's_dingdan' },
  },
  {
    name: 'S_WIDE',
    definition: `(${WIDE.map((name) => `${name} VARCHAR2(20)`).join(', ')}, PRIMARY KEY (C0))`,
    rows: [WIDE.map((name) => `'copied ${name}'`).join(', ')],
    changes: [
      `INSERT INTO # VALUES (${WIDE.map((name) => `'mined ${name}'`).join(', ')})`,
      "UPDATE # SET C999 = NULL, C500 = 'changed'",
    ],
    columns: Object.fromEntries(WIDE.map((name) => [name, name.toLowerCase()])),
  },
  {
    name: 'S_RANGE',
    definition: `${PLAIN} ${RANGE}`,
    rows: ["1, 'one'", "11, 'two'"],
    changes: [
      "INSERT INTO # VALUES (12, 'also two')",
      'UPDATE # SET ID = 13 WHERE ID = 1',
      'ALTER TABLE # ADD PARTITION P3 VALUES LESS THAN (30)',
      "INSERT INTO # VALUES (25, 'three')",
      "UPDATE # SET ID = ID + 10, V = 'moved' WHERE ID IN (11, 13)",
      'DELETE FROM # WHERE ID = 25',
      "UPDATE # SET V = 'last' WHERE ID > 20",
    ],
    columns: ID_V,
  },
  {
    name: 'S_LIST',
    definition: `${KEYLESS} PARTITION BY LIST (V) (PARTITION P1 VALUES ('a'), PARTITION P2 VALUES ('b')) ENABLE ROW MOVEMENT`,
    rows: ["1, 'a'", "2, 'b'"],
    changes: [
      "ALTER TABLE # ADD PARTITION P3 VALUES ('c', 'd')",
      "UPDATE # SET V = 'c' WHERE ID = 1",
      "INSERT INTO # VALUES (3, 'd')",
    ],
    columns: ID_V,
  },
  {
    name: 'S_HASH',
    definition: `${PLAIN} PARTITION BY HASH (ID) PARTITIONS 4`,
    rows: Array.from({ length: 40 }, (_, i) => `${i}, 'row ${i}'`),
    changes: ["UPDATE # SET V = 'changed' WHERE ID > 20", 'DELETE FROM # WHERE ID < 5'],
    columns: ID_V,
  },
  {
    name: 'S_SUBPARTITIONED',
    definition: `${PLAIN} ${SUBPARTITIONED}`,
    rows: Array.from({ length: 18 }, (_, i) => `${i + 1}, 'row ${i}'`),
    changes: [
      'ALTER TABLE # ADD PARTITION P3 VALUES LESS THAN (1000)',
      "UPDATE # SET ID = ID + 100, V = 'moved' WHERE ID < 5",
      'DELETE FROM # WHERE ID BETWEEN 9 AND 11',
    ],
    columns: ID_V,
  },
  {
    name: 'S_EMPTY',
    definition: PLAIN,
    rows: [],
    changes: ["INSERT INTO # VALUES (1, 'first')", "INSERT INTO # VALUES (2, 'second')", 'DELETE FROM # WHERE ID = 1'],
    columns: ID_V,
  },
];
