/** Redo rows for tests: what LogMiner would give, with only the interesting fields said. */
import { operations } from '../../oracle/redo-row.ts';
import type { RedoRow } from '../../oracle/redo-row.ts';
import { scn } from '../../model/scn.ts';
import type { OracleType } from '../../model/table.ts';

/** An insert into APP.T (object 74858), unless said otherwise; usn, slot and sqn follow from the XID (little-endian). */
export function redoRow(fields: Partial<RedoRow>): RedoRow {
  const xid = fields.xid ?? '0A000B00C8000000';
  const bytes = Buffer.from(xid, 'hex');
  return {
    scn: scn('102'),
    xid,
    usn: bytes.readUInt16LE(0),
    slot: bytes.readUInt16LE(2),
    sqn: bytes.readUInt32LE(4),
    operation: operations.insert,
    rollback: false,
    csf: false,
    status: 0,
    info: null,
    rsId: '0x000010.00000020.0010',
    ssn: 0,
    thread: 1,
    dataObject: '74858',
    owner: 'APP',
    table: 'T',
    rowId: 'AAAR3sAAEAAAACXAAA',
    timestamp: '2026-11-01 12:00:00',
    sqlRedo: null,
    ...fields,
  };
}

const TYPE = /^([A-Z0-9_]+)(?: (?:YEAR|DAY))?(?:\((\d+)\))?(?: TO SECOND\((\d+)\))?/;

/** `TIMESTAMP(9) WITH TIME ZONE` → base and scale, `NUMBER(9)` → base and precision; for types with a length the number is not looked at. */
export function oracleType(text: string): OracleType {
  const [, head, first, second] = TYPE.exec(text) ?? [];
  const base = text.replaceAll(/\(\d+\)/g, '');
  const scale = head === 'TIMESTAMP' ? first : second;
  const precision = head === 'TIMESTAMP' ? undefined : first;
  return {
    base,
    ...(precision !== undefined && { precision: Number(precision) }),
    ...(scale !== undefined && { scale: Number(scale) }),
  };
}
