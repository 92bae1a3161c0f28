/** The column types of Oracle for contract tests: what is written, and the canonical value that the product must give for it. */

const TIME = "'SYYYY-MM-DD HH24:MI:SS'";
const FINE_TIME = "'SYYYY-MM-DD HH24:MI:SS.FF9'";
const ZONED_TIME = "'SYYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM'";

/** What is written → what both paths give. At least two; NULL → NULL is tried for every column. */
type Values = readonly (readonly [string, string | Uint8Array | null])[];

export interface Typed {
  readonly declared: string;
  /** As the dictionary says it, where that differs. */
  readonly described?: string;
  /** SQL of the value; `?` stands for the text. */
  readonly written: string;
  readonly values: Values;
}

const plain = (declared: string, values: Values): Typed => ({ declared, written: "'?'", values });
const bare = (declared: string, values: Values, described = declared): Typed => ({
  declared,
  described,
  written: '?',
  values,
});
const timestamp = (digits: number, values: Values): Typed => ({
  declared: `TIMESTAMP(${digits})`,
  written: `TO_TIMESTAMP('?', ${FINE_TIME})`,
  values,
});
const zoned = (declared: string, values: Values): Typed => ({
  declared,
  written: `TO_TIMESTAMP_TZ('?', ${ZONED_TIME})`,
  values,
});

const NINES = '9'.repeat(38);

const numbers: readonly Typed[] = [
  bare('NUMBER', [
    ['-0.000001', '-0.000001'],
    ['1E125', `1${'0'.repeat(125)}`],
    ['0', '0'],
    ['1E-130', `0.${'0'.repeat(129)}1`],
    [`-9.${NINES.slice(1)}E125`, `-${NINES}${'0'.repeat(88)}`],
    [NINES, NINES],
  ]),
  bare(
    'NUMBER(38)',
    [
      [NINES, NINES],
      [`-${NINES}`, `-${NINES}`],
      ['1.5', '2'],
    ],
    'NUMBER(38,0)',
  ),
  bare('NUMBER(5,-2)', [
    ['12345', '12300'],
    ['-1234567', '-1234600'],
    ['49', '0'],
  ]),
  bare('NUMBER(3,-84)', [
    ['1E84', `1${'0'.repeat(84)}`],
    ['-999E84', `-999${'0'.repeat(84)}`],
    ['6E83', `1${'0'.repeat(84)}`],
  ]),
  bare('NUMBER(1,127)', [
    ['9E-127', `0.${'0'.repeat(126)}9`],
    ['-1E-127', `-0.${'0'.repeat(126)}1`],
    ['0', '0'],
  ]),
  bare('NUMBER(3,5)', [
    ['0.00999', '0.00999'],
    ['-0.000014', '-0.00001'],
    ['0.001', '0.001'],
  ]),
  bare('NUMBER(*,3)', [
    ['1234.5678', '1234.568'],
    ['-0.0004', '0'],
    ['1E30', `1${'0'.repeat(30)}`],
  ]),
  bare(
    'FLOAT',
    [
      ['12345678901234567890.123456789', '12345678901234567890.123456789'],
      ['-1E-20', '-0.00000000000000000001'],
      ['1E100', `1${'0'.repeat(100)}`],
    ],
    'FLOAT(126)',
  ),
  bare('FLOAT(5)', [
    ['123.45', '120'],
    ['-0.00123', '-0.0012'],
    ['7', '7'],
  ]),
];

// Without -0: Oracle makes 0 of it (SQL Language Reference, "IEEE754 Conformance").
const floats: readonly Typed[] = [
  bare('BINARY_DOUBLE', [
    ['0.1d', '0.1'],
    ['-2.5d', '-2.5'],
    ['BINARY_DOUBLE_NAN', 'NaN'],
    ['BINARY_DOUBLE_INFINITY', 'Infinity'],
    ['-BINARY_DOUBLE_INFINITY', '-Infinity'],
    ["TO_BINARY_DOUBLE('1.7976931348623157E+308')", '1.7976931348623157e+308'],
    ["TO_BINARY_DOUBLE('-2.2250738585072014E-308')", '-2.2250738585072014e-308'],
    ["TO_BINARY_DOUBLE('0.30000000000000004')", '0.30000000000000004'],
    ['0d', '0'],
  ]),
  bare('BINARY_FLOAT', [
    ['0.1f', '0.1'],
    ['-1.5f', '-1.5'],
    ['BINARY_FLOAT_NAN', 'NaN'],
    ['BINARY_FLOAT_INFINITY', 'Infinity'],
    ['-BINARY_FLOAT_INFINITY', '-Infinity'],
    ["TO_BINARY_FLOAT('3.40282347E+38')", '3.4028235e+38'],
    ["TO_BINARY_FLOAT('-1.17549435E-38')", '-1.1754944e-38'],
    ['16777216f', '16777216'],
    ['0f', '0'],
  ]),
];

const texts: readonly Typed[] = [
  plain('VARCHAR2(40)', [
    [' both sides  ', ' both sides  '],
    ["it''s 订单 \\ 😀", "it's 订单 \\ 😀"],
    ['', null],
  ]),
  plain('VARCHAR2(4000)', [
    ['x'.repeat(4000), 'x'.repeat(4000)],
    ["''".repeat(3000), "'".repeat(3000)],
    ['订'.repeat(1333), '订'.repeat(1333)],
  ]),
  plain('CHAR(5)', [
    ['ab', 'ab   '],
    ['   ', '     '],
    ['', null],
  ]),
  {
    declared: 'NVARCHAR2(20)',
    written: '?',
    values: [
      ["N'订单 it''s \\ '", "订单 it's \\ "],
      ["UNISTR('\\8BA2\\D83D\\DE00\\\\')", '订😀\\'],
      ["N''", null],
      ["N'plain'", 'plain'],
    ],
  },
  {
    declared: 'NCHAR(5)',
    written: "N'?'",
    values: [
      ['订单', '订单   '],
      ['   ', '     '],
      ['', null],
    ],
  },
  {
    declared: 'RAW(16)',
    written: "HEXTORAW('?')",
    values: [
      ['00', Uint8Array.of(0)],
      ['3D0AFF27222C', Uint8Array.of(0x3d, 0x0a, 0xff, 0x27, 0x22, 0x2c)],
      ['', null],
    ],
  },
  {
    declared: 'RAW(2000)',
    written: "HEXTORAW('?')",
    values: [
      ['0E'.repeat(2000), new Uint8Array(2000).fill(14)],
      ['FF', Uint8Array.of(255)],
    ],
  },
];

const moments: readonly Typed[] = [
  {
    declared: 'DATE',
    written: `TO_DATE('?', ${TIME})`,
    values: [
      ['0001-01-01 00:00:00', '0001-01-01 00:00:00'],
      ['9999-12-31 23:59:59', '9999-12-31 23:59:59'],
      ['-0044-03-15 12:00:00', '-0044-03-15 12:00:00'],
      ['-4712-01-01 00:00:00', '-4712-01-01 00:00:00'],
    ],
  },
  timestamp(9, [
    ['0001-01-01 00:00:00.000000001', '0001-01-01 00:00:00.000000001'],
    ['9999-12-31 23:59:59.999999999', '9999-12-31 23:59:59.999999999'],
    ['-0044-03-15 12:00:00.120000000', '-0044-03-15 12:00:00.120000000'],
    ['-4712-01-01 00:00:00', '-4712-01-01 00:00:00'],
  ]),
  timestamp(6, [
    ['2026-03-08 02:30:00.123456', '2026-03-08 02:30:00.123456000'],
    ['1969-12-31 23:59:59.999999', '1969-12-31 23:59:59.999999000'],
    ['2026-11-01 01:30:00', '2026-11-01 01:30:00'],
  ]),
  timestamp(3, [
    ['2024-02-29 23:59:59.500', '2024-02-29 23:59:59.500000000'],
    ['2024-02-29 23:59:59.9996', '2024-03-01 00:00:00'],
    ['2024-02-29 00:00:00.001', '2024-02-29 00:00:00.001000000'],
  ]),
  timestamp(0, [
    ['0001-01-01 00:00:00', '0001-01-01 00:00:00'],
    ['2024-12-31 23:59:59', '2024-12-31 23:59:59'],
    ['9999-12-31 23:59:59', '9999-12-31 23:59:59'],
  ]),
];

const instants: readonly Typed[] = [
  zoned('TIMESTAMP(9) WITH TIME ZONE', [
    ['2024-01-01 13:59:59.999999999 +14:00', '2023-12-31 23:59:59.999999999'],
    ['2023-12-31 12:00:00.000000001 -12:00', '2024-01-01 00:00:00.000000001'],
    ['9999-12-31 23:59:59.999999999 +00:00', '9999-12-31 23:59:59.999999999'],
    ['0001-01-01 00:00:00.500000000 -11:59', '0001-01-01 11:59:00.500000000'],
    ['1900-03-01 00:30:00.000000000 +05:30', '1900-02-28 19:00:00'],
  ]),
  zoned('TIMESTAMP(0) WITH TIME ZONE', [
    ['2024-02-29 23:59:59.0 -00:30', '2024-03-01 00:29:59'],
    ['2024-02-29 23:59:59.5 +00:00', '2024-03-01 00:00:00'],
  ]),
  zoned('TIMESTAMP(6) WITH LOCAL TIME ZONE', [
    ['2024-03-31 02:30:00.123456 +02:00', '2024-03-31 00:30:00.123456000'],
    ['2024-01-01 07:59:59.999999 +08:00', '2023-12-31 23:59:59.999999000'],
    ['2026-11-01 01:30:00.0 -05:00', '2026-11-01 06:30:00'],
  ]),
];

const intervals: readonly Typed[] = [
  {
    declared: 'INTERVAL YEAR(9) TO MONTH',
    written: "TO_YMINTERVAL('?')",
    values: [
      ['2-6', 'P2Y6M'],
      ['-999999999-11', '-P999999999Y11M'],
      ['0-0', 'P0M'],
      ['-0-1', '-P1M'],
    ],
  },
  {
    declared: 'INTERVAL YEAR TO MONTH',
    described: 'INTERVAL YEAR(2) TO MONTH',
    written: '?',
    values: [
      ["INTERVAL '99-11' YEAR TO MONTH", 'P99Y11M'],
      ["INTERVAL '-3' YEAR", '-P3Y'],
    ],
  },
  {
    declared: 'INTERVAL DAY(9) TO SECOND(9)',
    written: "TO_DSINTERVAL('?')",
    values: [
      ['5 04:03:02.123456', 'P5DT4H3M2.123456S'],
      ['-999999999 23:59:59.999999999', '-P999999999DT23H59M59.999999999S'],
      ['0 00:00:00', 'PT0S'],
      ['-0 00:00:00.000000001', '-PT0.000000001S'],
    ],
  },
  {
    declared: 'INTERVAL DAY TO SECOND',
    described: 'INTERVAL DAY(2) TO SECOND(6)',
    written: '?',
    values: [
      ["INTERVAL '5 4:3:2.1' DAY TO SECOND", 'P5DT4H3M2.1S'],
      ["INTERVAL '-1' DAY", '-P1D'],
    ],
  },
];

/** By family, so that what one does not do does not hide the others. */
export const families: readonly (readonly [string, readonly Typed[]])[] = [
  ['NUMBER', numbers],
  ['IEEE 754', floats],
  ['characters and bytes', texts],
  ['dates and times', moments],
  ['instants', instants],
  ['intervals', intervals],
];
