/** Cases of kind `txn-rows`: rows without SQL, a window of commit SCNs, and which rows survive in which transaction. */
import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../../model/change.ts';
import { Failure } from '../../model/failure.ts';
import type { OpenTransaction } from '../../model/position.ts';
import { scn } from '../../model/scn.ts';
import { tableName } from '../../model/table.ts';
import type { TableDescription } from '../../model/table.ts';
import { operations } from '../../oracle/redo-row.ts';
import type { RedoRow } from '../../oracle/redo-row.ts';
import { assembleTransactions } from './redo-notation.ts';
import { redoRow } from './redo-rows.ts';

interface CaseRow {
  readonly i: number;
  readonly scn: number;
  readonly xid: string;
  readonly operation_code: number;
  readonly rollback: 0 | 1;
  readonly row_id: string | null;
  readonly table: string | null;
  readonly rs_id?: string;
  readonly ssn?: number;
  readonly src_con_id?: number;
}

interface Emitted {
  readonly xid: string;
  readonly commit_scn: number;
  readonly rows: readonly number[];
  readonly incomplete?: boolean;
}

export interface TransactionCase {
  readonly rows: readonly CaseRow[];
  readonly window: { readonly from_exclusive: number; readonly to_inclusive: number };
  readonly expected: {
    readonly emit: readonly Emitted[];
    readonly open: readonly {
      readonly xid: string;
      readonly start_scn: number;
      readonly first_dml_scn: number | null;
    }[];
  };
}

const description: TableDescription = {
  table: tableName({ owner: 'APP', name: 'T' }),
  columns: [
    { name: 'ID', type: { base: 'NUMBER' }, nullable: false },
    { name: 'V', type: { base: 'VARCHAR2', length: 4000 }, nullable: true },
  ],
  key: { kind: 'primary', columns: ['ID'] },
  objectId: '74858',
  dataObjectId: '74858',
};

/** The case's rows have no SQL: the ID in ours is the row's index, by which it is found again. Compensations have no WHERE. */
function sqlOf({ i, operation_code: operation, rollback }: CaseRow): string | null {
  const where = rollback === 1 ? '' : ` where "ID" = '${String(i)}' and "V" = 'old'`;
  if (operation === operations.insert) return `insert into "APP"."T"("ID","V") values ('${String(i)}','new');`;
  if (operation === operations.update) return `update "APP"."T" set "V" = 'new'${where};`;
  return operation === operations.delete ? `delete from "APP"."T"${where};` : null;
}

const rowOf = (row: CaseRow): RedoRow =>
  redoRow({
    scn: scn(String(row.scn)),
    xid: row.xid,
    operation: row.operation_code,
    rollback: row.rollback === 1,
    // Without an RS_ID in the case, the redo is in the order of the rows.
    rsId: row.rs_id?.trim() ?? `0x000010.${row.i.toString(16).padStart(8, '0')}.0010`,
    ssn: row.ssn ?? 0,
    dataObject: row.table === null ? '0' : '74858',
    owner: row.table === null ? null : 'APP',
    table: row.table === null ? null : 'T',
    rowId: row.row_id,
    sqlRedo: sqlOf(row),
  });

const indexOf = (change: Change): number => Number((change.kind === 'insert' ? change.after : change.before)[0]);

/** One container's rows, as the miner selects them: XIDs of two containers may be equal. */
function assemble(
  { window }: TransactionCase,
  rows: readonly CaseRow[],
): { emit: Emitted[]; open: readonly OpenTransaction[] } {
  const from = scn(String(window.from_exclusive));
  const { transactions, open, stops, late } = assembleTransactions(rows.map(rowOf), {
    readFrom: from,
    from,
    to: scn(String(window.to_inclusive)),
    open: [],
    tables: new Map([['74858', description]]),
    hostOffsetSeconds: 0,
  });
  if (stops.length > 0 || late.length > 0) throw new Failure('source-redo-undecodable', 'a stop, or rows of before');
  const emit = transactions.map(({ xid, commitScn, changes }) => ({
    xid,
    commit_scn: Number(commitScn),
    rows: changes.map(indexOf),
  }));
  return { emit, open };
}

/**
 * Where the case expects something incomplete, or rows without a START that no checkpoint of the case knows to be new,
 * only raising is right: the product publishes whole transactions or nothing.
 */
function mustRaise({ rows, expected }: TransactionCase): boolean {
  const started = new Set(rows.filter((row) => row.operation_code === operations.start).map(({ xid }) => xid));
  return expected.emit.some(({ incomplete }) => incomplete === true) || rows.some(({ xid }) => !started.has(xid));
}

/** What is wrong; undefined when the case passes. */
export function transactionCaseProblem(redoCase: TransactionCase): string | undefined {
  const containers = [...new Set(redoCase.rows.map((row) => row.src_con_id))];
  let assembled;
  try {
    assembled = containers.map((id) =>
      assemble(
        redoCase,
        redoCase.rows.filter((row) => row.src_con_id === id),
      ),
    );
  } catch (error) {
    return mustRaise(redoCase) && error instanceof Failure ? undefined : `raised ${String(error)}`;
  }
  if (mustRaise(redoCase)) return 'did not raise';
  const actual = { emit: assembled.flatMap(({ emit }) => emit), open: assembled.flatMap(({ open }) => open) };
  const expected = {
    // Transactions without surviving changes are left out.
    emit: redoCase.expected.emit
      .filter(({ rows }) => rows.length > 0)
      .map(({ xid, commit_scn, rows }) => ({ xid, commit_scn, rows: [...rows] })),
    open: redoCase.expected.open.map(({ xid, start_scn, first_dml_scn }) => ({
      xid,
      startScn: String(start_scn),
      captured: first_dml_scn !== null,
    })),
  };
  return isDeepStrictEqual(actual, expected)
    ? undefined
    : `expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`;
}
