/** The table that the benches of the whole path read: its columns, and how a row follows from its number. */
import type { SourceConnection } from '../oracle/connection.ts';
import type { SandboxAddresses } from '../sandbox/start.ts';

/** A column, and how its value follows from the row's number (:1 + LEVEL). */
export type BenchColumn = readonly [name: string, type: string, value: string];

export const COLUMNS: readonly BenchColumn[] = [
  ['ID', 'NUMBER(12) NOT NULL', ':1 + LEVEL'],
  ['ORDER_NO', 'VARCHAR2(20)', "'SO-' || LPAD(:1 + LEVEL, 8, '0')"],
  ['CUSTOMER', 'VARCHAR2(60)', "'Customer ' || MOD(:1 + LEVEL, 9973) || ' GmbH'"],
  ['QUANTITY', 'NUMBER(6)', 'MOD((:1 + LEVEL) * 31, 1000)'],
  ['AMOUNT', 'NUMBER(14,2)', 'MOD((:1 + LEVEL) * 1717, 10000000) / 100'],
  ['RATE', 'NUMBER(9,6)', 'MOD((:1 + LEVEL) * 37, 99991) / 1000000'],
  ['STATUS', 'VARCHAR2(8)', "CASE WHEN MOD(:1 + LEVEL, 3) = 0 THEN 'PAID' ELSE 'NEW' END"],
  ['CREATED_AT', 'DATE', "DATE '2020-01-01' + (:1 + LEVEL) / 100"],
  ['UPDATED_AT', 'DATE', "DATE '2021-01-01' + (:1 + LEVEL) / 50"],
  ['NOTE', 'VARCHAR2(200)', "RPAD('note ' || (:1 + LEVEL) || ' ', 100, 'the order was shipped late, ')"],
];

export const definitionsOf = (columns: readonly BenchColumn[]): string =>
  columns.map(([name, type]) => `${name} ${type}`).join(', ');

/** Inserts the rows with the numbers `after` + 1 … `after` + `count`. */
export function insertStatement(table: string, columns: readonly BenchColumn[], after: number, count: number): string {
  const values = columns.map(([, , value]) => value.replaceAll(':1', String(after))).join(', ');
  return `INSERT INTO ${table} SELECT ${values} FROM DUAL CONNECT BY LEVEL <= ${count}`;
}

export const sourceOf = ({ connectString, user, password }: SandboxAddresses['oracle']): SourceConnection => {
  const [, host = '', port = '', service = ''] = /^(.+):(\d+)\/(.+)$/.exec(connectString) ?? [];
  return { host, port: Number(port), service, user, password };
};
