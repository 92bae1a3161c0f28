/** The source's own word on a table: its columns and key from the dictionary, its rows as Oracle writes them. */
import type oracledb from 'oracledb';
import { fromOracle, fromWarehouse, kindOf, oracleText, type Canonical } from './canonical.ts';
import type { TextRow } from './warehouse.ts';

/** What task.yaml asks of a table's columns. */
export interface ColumnRules {
  readonly exclude?: readonly string[] | undefined;
  readonly rename?: Readonly<Record<string, string>> | undefined;
}

export interface JudgedColumn {
  /** As it is stored. */
  readonly name: string;
  /** Its name at the destination. */
  readonly sink: string;
  /** Oracle's text of it. */
  readonly expression: string;
  readonly fromOracle: Canonical;
  readonly fromWarehouse: Canonical;
}

export interface JudgedTable {
  /** As it stands in a statement. */
  readonly table: string;
  /** `OWNER.TABLE` without quotes, as the journal calls it. */
  readonly plainName: string;
  readonly columns: readonly JudgedColumn[];
  /** Indexes of the key's columns. */
  readonly key: readonly number[];
  /** Name at the destination of the key's first column if it is a number: results are read in pages of it. */
  readonly pageBy?: string;
}

const COLUMNS =
  "SELECT COLUMN_NAME, DATA_TYPE FROM DBA_TAB_COLS WHERE OWNER = :o AND TABLE_NAME = :t AND HIDDEN_COLUMN = 'NO' ORDER BY COLUMN_ID";
/** The primary key before any unique one. */
const KEYS =
  'SELECT K.CONSTRAINT_NAME, C.COLUMN_NAME FROM DBA_CONSTRAINTS K JOIN DBA_CONS_COLUMNS C ON C.OWNER = K.OWNER AND C.CONSTRAINT_NAME = K.CONSTRAINT_NAME ' +
  "WHERE K.OWNER = :o AND K.TABLE_NAME = :t AND K.CONSTRAINT_TYPE IN ('P', 'U') ORDER BY K.CONSTRAINT_TYPE, K.CONSTRAINT_NAME, C.POSITION";

/** @param table `HR.ORDERS` or `HR."Price List"` */
export async function judgedTable(
  reader: oracledb.Connection,
  table: string,
  rules: ColumnRules = {},
): Promise<JudgedTable> {
  const { owner, name } = partsOf(table);
  const binds = { o: owner, t: name };
  const { rows: described = [] } = await reader.execute<[string, string]>(COLUMNS, binds);
  const { rows: constraints = [] } = await reader.execute<[string, string]>(KEYS, binds);
  const kept = described.filter(([column]) => rules.exclude?.includes(column) !== true);
  const columns = kept.map(([column, dataType]): JudgedColumn => {
    const kind = kindOf(dataType);
    return {
      name: column,
      sink: rules.rename?.[column] ?? column.toLowerCase(),
      expression: oracleText(column, dataType),
      fromOracle: fromOracle(kind),
      fromWarehouse: fromWarehouse(kind),
    };
  });
  const keyNames = constraints.filter(([constraint]) => constraint === constraints[0]?.[0]).map(([, column]) => column);
  const key = keyNames.map((column) => columns.findIndex((one) => one.name === column));
  if (key.length === 0 || key.includes(-1)) throw new Error(`${table} has no key to compare it by`);
  const numbers = new Set(kept.filter(([, dataType]) => dataType === 'NUMBER').map(([column]) => column));
  const pageBy = columns.find(({ name: column }) => column === keyNames[0] && numbers.has(column));
  return { table, plainName: `${owner}.${name}`, columns, key, ...(pageBy && { pageBy: pageBy.sink }) };
}

function partsOf(table: string): { readonly owner: string; readonly name: string } {
  const parts = [...table.matchAll(/"([^"]+)"|([^."]+)/g)].map(([, quoted, plain]) => quoted ?? plain);
  return { owner: parts[0] ?? '', name: parts[1] ?? '' };
}

/** Its rows in canonical texts, now or as of an SCN. */
export async function readSource(
  reader: oracledb.Connection,
  { table, columns }: JudgedTable,
  asOf?: string,
): Promise<readonly TextRow[]> {
  const flashback = asOf === undefined ? '' : ` AS OF SCN ${asOf}`;
  const list = columns.map(({ expression }) => expression).join(', ');
  const { rows = [] } = await reader.execute<TextRow>(`SELECT ${list} FROM ${table}${flashback}`, [], {
    prefetchRows: 1_000,
    fetchArraySize: 1_000,
  });
  return rows.map((row) => columns.map((column, index) => canonical(row[index], column.fromOracle)));
}

export const canonical = (text: string | null | undefined, form: Canonical): string | null =>
  text === null || text === undefined ? null : form(text);
