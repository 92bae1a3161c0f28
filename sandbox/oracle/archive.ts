import type { LogFile } from './redo-types.ts';

export const DESTINATION_STATUSES = ['VALID', 'ERROR', 'DEFERRED'] as const;

/** A row of V$ARCHIVE_DEST_STATUS: a local place for archived logs. */
export interface ArchiveDestination {
  readonly id: number;
  readonly status: (typeof DESTINATION_STATUSES)[number];
}

/** A row of V$ARCHIVED_LOG: what the control file knows of a copy, be it still there or not. */
export interface ArchivedCopy {
  readonly log: LogFile;
  readonly destination: number;
  /** Undefined once it was deleted. */
  name: string | undefined;
  /** Milliseconds of the host's wall clock. */
  readonly completedAt: number;
}

/** Which copies are purged. */
export interface PurgeOrder {
  readonly thread: number;
  /** From and to, both included. */
  readonly sequences: readonly [number, number];
  /** Absent: all. */
  readonly destination?: number;
  /** The file is gone and the control file does not know. */
  readonly silently: boolean;
}

/** Copies of ended logs: written at once or late, to one place or several, deleted and restored as RMAN would. */
export class Archive {
  readonly copies: ArchivedCopy[] = [];
  /** Files on disk. */
  readonly #files = new Map<string, LogFile>();
  readonly #wall: () => number;
  readonly #steady: () => number;
  #destinations: readonly ArchiveDestination[] = [{ id: 1, status: 'VALID' }];
  #waiting: { readonly log: LogFile; readonly since: number }[] = [];
  #delay = 0;
  #version = 0;

  constructor(clocks: { readonly wall: () => number; readonly steady: () => number }) {
    this.#wall = clocks.wall;
    this.#steady = clocks.steady;
  }

  get destinations(): readonly ArchiveDestination[] {
    return this.#destinations;
  }

  setDestinations(destinations: readonly ArchiveDestination[]): void {
    if (!destinations.some(({ status }) => status === 'VALID')) throw new Error('one destination must be VALID');
    this.#destinations = destinations;
  }

  /** Milliseconds between the end of a log and its copy; infinite: until told otherwise. */
  setDelay(milliseconds: number): void {
    this.#delay = milliseconds;
    this.work();
  }

  /** Changes whenever a file comes or goes. */
  get version(): number {
    return this.#version;
  }

  /** A log has ended. */
  add(log: LogFile): void {
    if (this.#delay === 0) this.#copy(log);
    else this.#waiting.push({ log, since: this.#steady() });
  }

  /** Copies what has waited long enough. */
  work(): void {
    if (this.#waiting.length === 0) return;
    const now = this.#steady();
    for (const { log, since } of this.#waiting) if (now - since >= this.#delay) this.#copy(log);
    this.#waiting = this.#waiting.filter(({ log }) => !log.archived);
  }

  /** A log that waits is copied now: its online file is about to be written over. Oracle would make the log writer wait instead. */
  hasten(log: LogFile): void {
    const waiting = this.#waiting.length;
    this.#waiting = this.#waiting.filter((item) => item.log !== log);
    if (this.#waiting.length < waiting) this.#copy(log);
  }

  #copy(log: LogFile): void {
    log.archived = true;
    for (const { id, status } of this.#destinations) if (status === 'VALID') this.#catalog(log, id, fileName(log, id));
  }

  #catalog(log: LogFile, destination: number, name: string): void {
    this.#files.set(name, log);
    this.copies.push({ log, destination, name, completedAt: this.#wall() });
    this.#version += 1;
  }

  onDisk(name: string): LogFile | undefined {
    return this.#files.get(name);
  }

  /** Bytes of the files on disk. */
  get usedBytes(): number {
    return [...this.#files.values()].reduce((sum, log) => sum + log.bytes, 0);
  }

  get fileCount(): number {
    return this.#files.size;
  }

  /** Gives the number of copies that are gone. */
  purge({ thread, sequences: [from, to], destination, silently }: PurgeOrder): number {
    const doomed = this.copies.filter(
      ({ log, destination: place, name }) =>
        name !== undefined &&
        log.thread === thread &&
        log.sequence >= from &&
        log.sequence <= to &&
        (destination === undefined || place === destination),
    );
    for (const copy of doomed) {
      if (copy.name !== undefined) this.#files.delete(copy.name);
      if (!silently) copy.name = undefined;
    }
    this.#version += 1;
    return doomed.length;
  }

  /** Copies it back to the first valid destination and catalogs it, `times` times: each with another name and the time of now. */
  restore(log: LogFile, times: number): void {
    if (!log.archived) throw new Error(`sequence ${log.sequence} of thread ${log.thread} was never archived`);
    const { id } = this.#destinations.find(({ status }) => status === 'VALID') ?? { id: 1 };
    for (let time = 0; time < times; time++) {
      const name = fileName(log, id);
      this.#catalog(log, id, time === 0 ? name : name.replace(/\.arc$/, `_${time + 1}.arc`));
    }
  }
}

function fileName({ thread, sequence, incarnation }: LogFile, destination: number): string {
  return `/u0${destination}/app/oracle/archive/${thread}_${sequence}_${incarnation.resetlogsId}.arc`;
}
