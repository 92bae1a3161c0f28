import { OracleError } from './engine.ts';
import type { Incarnation, LogFile } from './redo-types.ts';

const ONLINE_GROUPS = 3;
const HEADER_BYTES = 1024;

/** Where and when a log file begins, or a flush ends. */
export interface RedoMoment {
  readonly scn: number;
  readonly ordinal: number;
  /** Milliseconds of the host's wall clock. */
  readonly time: number;
}

/** The redo of one instance: log files in order, three online groups used in turn, and how far its log writer has come. */
export class RedoThread {
  readonly number: number;
  /** Numbers of its online groups. */
  readonly groups: readonly number[];
  /** All files that it ever wrote, also those that are gone. */
  readonly logs: LogFile[] = [];
  open = true;
  enabled = true;
  enableScn: number;
  /** 0: never disabled. */
  disableScn = 0;
  /** Of a closed thread: everything up to here is in the data files. */
  closedScn: number | undefined;
  /** By order of the control port the log writer does not get on. */
  held = false;
  /** Counts the lives of the instance: sessions of an earlier one are gone. */
  life = 0;
  /** Bytes that wait for the log writer. */
  buffered = 0;
  #flushed: RedoMoment;
  readonly #online = new Map<number, LogFile>();

  constructor(number: number, enabled: { readonly scn: number; readonly at: RedoMoment }) {
    this.number = number;
    this.groups = Array.from({ length: ONLINE_GROUPS }, (_, index) => (number - 1) * ONLINE_GROUPS + index + 1);
    this.enableScn = enabled.scn;
    this.#flushed = enabled.at;
  }

  get currentLog(): LogFile {
    const log = this.logs.at(-1);
    if (log === undefined) throw new Error('a thread of redo always has a newest file');
    return log;
  }

  /** Everything up to its SCN is on disk, and nothing of this thread will be added at or below it; so are records before its ordinal. */
  get flushed(): RedoMoment {
    return this.#flushed;
  }

  /** For a session of that life of the instance. @throws OracleError 3113 when the instance has died since. */
  checkLife(life: number): void {
    if (this.life !== life) throw new OracleError(3113, 'end-of-file on communication channel');
  }

  flush(at: RedoMoment): void {
    if (this.held) return;
    this.#flushed = at;
    this.buffered = 0;
  }

  /** Begins the next file in the next group, and gives the one that was in that group. */
  begin(incarnation: Incarnation, size: number, at: RedoMoment): LogFile | undefined {
    const last = this.logs.at(-1);
    const sequence = last?.incarnation === incarnation ? last.sequence + 1 : 1;
    const group = this.groups[(sequence - 1) % ONLINE_GROUPS] ?? 0;
    const replaced = this.#online.get(group);
    const log: LogFile = {
      incarnation,
      thread: this.number,
      sequence,
      group,
      size,
      firstScn: at.scn,
      firstTime: at.time,
      firstOrdinal: at.ordinal,
      bytes: HEADER_BYTES,
      archived: false,
    };
    this.logs.push(log);
    this.#online.set(group, log);
    return replaced;
  }

  /** What its online group holds now; a group is written over by the third switch after it. */
  inGroup(group: number): LogFile | undefined {
    return this.#online.get(group);
  }

  /** OPEN RESETLOGS clears the online files. */
  clearGroups(): void {
    this.#online.clear();
  }
}
