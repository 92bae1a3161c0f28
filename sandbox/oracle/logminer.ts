import { minedContainers, type Container } from './containers.ts';
import { OracleError } from './engine.ts';
import type { MiningRules } from './instance.ts';
import { MinedRows } from './mined-rows.ts';
import { mayHavePieces } from './out-of-row.ts';
import type { RedoLog } from './redo-log.ts';
import type { LogFile, RedoRecord } from './redo-types.ts';
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
  readonly files: readonly AddedFile[];
}

export class LogMiner {
  readonly #redo: RedoLog;
  readonly #rules: Readonly<MiningRules>;
  readonly #container: Container;
  #files: AddedFile[] = [];
  #range: MiningRange | undefined;

  constructor(redo: RedoLog, rules: Readonly<MiningRules>, container: Container) {
    this.#redo = redo;
    this.#rules = rules;
    this.#container = container;
  }

  /** @throws OracleError 65040 inside a pluggable database, 1284 for a file that is not there, 1289 for one that is already there, 3001 for another option. */
  addLogFile(name: string, option: number): void {
    if (this.#container === 'pluggable')
      throw new OracleError(65040, 'operation not allowed from within a pluggable database');
    if (option !== 1 && option !== 3)
      throw new OracleError(3001, `unimplemented feature: ADD_LOGFILE option ${option}`);
    const log = this.#redo.onDisk(name);
    if (log === undefined) throw new OracleError(1284, `file ${name} cannot be opened\n${cannotOpen(name).message}`);
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
    if (this.#container === 'pluggable') this.#files = this.#redo.filesOnDisk();
    if (this.#files.length === 0) {
      throw new OracleError(1292, 'no log file has been specified for the current LogMiner session');
    }
    for (const file of this.#files) this.#check(file);
    const logs = this.#files.map(({ log }) => log).sort((left, right) => left.firstScn - right.firstScn);
    const start = bounds.start === 0 ? (logs[0]?.firstScn ?? 0) : bounds.start;
    const end = bounds.end === 0 ? lastScnOf(logs.at(-1)) : bounds.end;
    if (start > end) throw new OracleError(1281, 'SCN range specified is invalid');
    const covering = coveringLogs(this.#redo, logs, { start, end });
    if (covering.reduce((sum, { bytes }) => sum + bytes, 0) > this.#rules.memoryBytes) {
      throw new OracleError(4036, 'PGA memory used by the instance or PDB exceeds PGA_AGGREGATE_LIMIT');
    }
    this.#range = { start, end, options, files: this.#files.filter(({ log }) => covering.includes(log)) };
  }

  /** @throws OracleError 310 when the database has written over an online file since it was added, 308 when a copy is gone. */
  #check({ name, log }: AddedFile): void {
    const now = this.#redo.onDisk(name);
    if (now === log) return;
    if (now === undefined) throw cannotOpen(name);
    const found = `archived log contains sequence ${now.sequence}; sequence ${log.sequence} required`;
    throw new OracleError(310, `${found}\nORA-00334: archived log: '${name}'`);
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
    for (const file of range.files) this.#check(file);
    const print: PrintOptions = {
      settings: { ...settings },
      dictionary: (range.options & OPTIONS.dictionary) !== 0,
      rowids: (range.options & OPTIONS.noRowid) === 0,
      delimiter: (range.options & OPTIONS.noDelimiter) === 0,
    };
    return this.#rows(range, print);
  }

  /** The threads' records by SCN. What is not on disk when the query begins, does not appear; each file is opened when its turn comes. */
  *#rows(range: MiningRange, print: PrintOptions): Generator<LazyRow> {
    const { records } = this.#redo;
    const limits = new Map(range.files.map(({ log }) => [log, this.#redo.thread(log.thread).flushed.ordinal]));
    const oldest = Math.min(...range.files.map(({ log }) => log.firstOrdinal));
    const first = Math.max(this.#redo.ordinalFrom(range.start), oldest);
    const end = Math.min(this.#redo.ordinalFrom(range.end + 1), Math.max(0, ...limits.values()));
    const containers = minedContainers(this.#container);
    const mined = new MinedRows({ firstOrdinal: first, print, lateStart: this.#rules.lateStart, containers });
    const reopen = this.#openedFiles(range.files);
    for (let ordinal = first; ordinal < end; ordinal++) {
      const record = records[ordinal];
      if (record === undefined) return;
      if (ordinal >= (limits.get(record.log) ?? 0)) continue;
      reopen(record);
      if (longestStatement(record) > ROW_BYTES || mayHavePieces(record)) yield* mined.cutRows(record);
      else for (const container of containers) yield mined.row(record, container);
    }
  }

  /** To be called before a record is read. */
  #openedFiles(files: readonly AddedFile[]): (record: RedoRecord) => void {
    let version = this.#redo.filesVersion;
    return ({ scn }) => {
      if (version === this.#redo.filesVersion) return;
      version = this.#redo.filesVersion;
      // Those that are read to their end may go.
      for (const file of files.filter(({ log }) => lastScnOf(log) >= scn)) this.#check(file);
    };
  }
}

function cannotOpen(name: string): OracleError {
  return new OracleError(308, `cannot open archived log '${name}'\nORA-27037: unable to obtain file status`);
}

function lastScnOf(log: LogFile | undefined): number {
  return log?.nextScn === undefined ? Number.MAX_SAFE_INTEGER : log.nextScn - 1;
}

/**
 * The given files that hold the range. Threads of which no file is given are not missed: LogMiner does not know of them.
 * @throws OracleError 1291 when a given thread's files leave a gap in the range.
 */
function coveringLogs(
  redo: RedoLog,
  given: readonly LogFile[],
  { start, end }: { readonly start: number; readonly end: number },
): readonly LogFile[] {
  const covering: LogFile[] = [];
  const incarnations = new Set(given.map(({ incarnation }) => incarnation));
  for (const number of new Set(given.map(({ thread }) => thread))) {
    const { logs, enableScn } = redo.thread(number);
    const needed = logs.filter(
      (log) => incarnations.has(log.incarnation) && log.firstScn <= end && lastScnOf(log) >= start,
    );
    const [first] = needed;
    const beginsLate = first !== undefined && first === logs[0] && enableScn < first.firstScn && start < first.firstScn;
    if (beginsLate || needed.some((log) => !given.includes(log))) throw new OracleError(1291, 'missing log file');
    covering.push(...needed);
  }
  return covering;
}
