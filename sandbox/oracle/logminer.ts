import { OracleError } from './engine.ts';
import { MinedRows } from './mined-rows.ts';
import { onlineName } from './redo-log.ts';
import type { RedoLog } from './redo-log.ts';
import type { LogFile } from './redo-types.ts';
import type { SessionSettings } from './sql-compiled.ts';
import { longestStatement, ROW_BYTES } from './sql-redo.ts';
import type { PrintOptions } from './sql-redo.ts';
import type { LazyRow } from './store.ts';

/**
 * DBMS_LOGMNR of one database session. Sources: PL/SQL Packages and Types Reference, "DBMS_LOGMNR"; Database Reference,
 * "V$LOGMNR_CONTENTS"; what both say little about (RS_ID, SSN, compensations, the unknown sequence FFFFFFFF) as Debezium
 * and other readers have seen it.
 */
const OPTIONS = { dictionary: 16, noDelimiter: 64, noRowid: 2048 } as const;
const CONTINUOUS_MINE = 1024;

interface AddedFile {
  readonly name: string;
  readonly log: LogFile;
}

interface MiningRange {
  readonly start: number;
  readonly end: number;
  readonly options: number;
  readonly logs: readonly LogFile[];
}

export class LogMiner {
  readonly #redo: RedoLog;
  readonly #zoneMinutes: number;
  #files: AddedFile[] = [];
  #range: MiningRange | undefined;

  constructor(redo: RedoLog, zoneMinutes: number) {
    this.#redo = redo;
    this.#zoneMinutes = zoneMinutes;
  }

  /** @throws OracleError 1284 for an unknown file, 1289 for one that is already there, 3001 for another option. */
  addLogFile(name: string, option: number): void {
    if (option !== 1 && option !== 3)
      throw new OracleError(3001, `unimplemented feature: ADD_LOGFILE option ${option}`);
    const log = this.#redo.fileNamed(name);
    if (option === 1) {
      this.#files = [];
      this.#range = undefined;
    } else if (this.#files.some((file) => file.name === name || file.log === log)) {
      throw new OracleError(1289, `cannot add duplicate logfile ${name}`);
    }
    this.#files.push({ name, log });
  }

  /** Both bounds belong to the range; absent or 0 means as far as the files go. */
  start(bounds: { readonly start: number; readonly end: number }, options: number): void {
    if ((options & CONTINUOUS_MINE) !== 0) {
      throw new OracleError(44609, 'CONTINUOUS_MINE is desupported for use with DBMS_LOGMNR.START_LOGMNR');
    }
    const unknown = options & ~(OPTIONS.dictionary | OPTIONS.noDelimiter | OPTIONS.noRowid);
    if (unknown !== 0) throw new OracleError(3001, `unimplemented feature: START_LOGMNR options ${unknown}`);
    if (this.#files.length === 0) {
      throw new OracleError(1292, 'no log file has been specified for the current LogMiner session');
    }
    this.#checkFiles();
    const logs = this.#files.map(({ log }) => log).sort((left, right) => left.sequence - right.sequence);
    const start = bounds.start === 0 ? (logs[0]?.firstScn ?? 0) : bounds.start;
    const end = bounds.end === 0 ? lastScnOf(logs.at(-1)) : bounds.end;
    if (start > end) throw new OracleError(1281, 'SCN range specified is invalid');
    this.#range = { start, end, options, logs: coveringLogs(logs, start, end) };
  }

  /** @throws OracleError 310 when the database has written over an online file since it was added. */
  #checkFiles(): void {
    for (const { name, log } of this.#files) {
      if (onlineName(log.group) !== name || this.#redo.onlineLogs().includes(log)) continue;
      const now = this.#redo.onlineLogs().find(({ group }) => group === log.group);
      const found = `archived log contains sequence ${now?.sequence ?? 0}; sequence ${log.sequence} required`;
      throw new OracleError(310, `${found}\nORA-00334: archived log: '${name}'`);
    }
  }

  end(): void {
    if (this.#range === undefined && this.#files.length === 0) {
      throw new OracleError(1307, 'no LogMiner session is currently active');
    }
    this.#range = undefined;
    this.#files = [];
  }

  /** The rows of V$LOGMNR_CONTENTS: of the given files, within the range, as far as redo is on disk. */
  contents(settings: Readonly<SessionSettings>): Iterable<LazyRow> {
    const range = this.#range;
    if (range === undefined) {
      throw new OracleError(1306, 'dbms_logmnr.start_logmnr() must be invoked before selecting from v$logmnr_contents');
    }
    this.#checkFiles();
    const print: PrintOptions = {
      settings: { ...settings },
      dictionary: (range.options & OPTIONS.dictionary) !== 0,
      rowids: (range.options & OPTIONS.noRowid) === 0,
      delimiter: (range.options & OPTIONS.noDelimiter) === 0,
    };
    return this.#rows(range, print);
  }

  *#rows(range: MiningRange, print: PrintOptions): Generator<LazyRow> {
    const records = this.#redo.records;
    const first = Math.max(this.#redo.ordinalFrom(range.start), range.logs[0]?.firstOrdinal ?? 0);
    const last = range.logs.at(-1);
    const end = Math.min(
      this.#redo.flushedOrdinal,
      this.#redo.ordinalFrom(range.end + 1),
      last?.endOrdinal ?? Infinity,
    );
    const mined = new MinedRows({ firstOrdinal: first, print, zoneMinutes: this.#zoneMinutes });
    for (let ordinal = first; ordinal < end; ordinal++) {
      const record = records[ordinal];
      if (record === undefined) return;
      if (longestStatement(record) <= ROW_BYTES) yield mined.row(record);
      else yield* mined.cutRows(record);
    }
  }
}

function lastScnOf(log: LogFile | undefined): number {
  return log?.nextScn === undefined ? Number.MAX_SAFE_INTEGER : log.nextScn - 1;
}

/**
 * The files that hold the range, in order.
 * @throws OracleError 1291 when they leave a gap in it.
 */
function coveringLogs(logs: readonly LogFile[], start: number, end: number): readonly LogFile[] {
  const covering = logs.filter((log) => log.firstScn <= end && lastScnOf(log) >= start);
  const [first] = covering;
  const unbroken = covering.every((log, index) => log.sequence === (first?.sequence ?? 0) + index);
  if (first === undefined || !unbroken || first.firstScn > start || lastScnOf(covering.at(-1)) < end) {
    throw new OracleError(1291, 'missing log file');
  }
  return covering;
}
