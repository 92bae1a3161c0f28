/**
 * Rows of captured tables that wait for their COMMIT: in memory up to a few megabytes, beyond that in one scratch file per range.
 *
 * All reading and writing is synchronous, in pieces that fit in the system's cache: the assembler stays a plain function of its rows.
 * The file has no name from the moment it is open, so that nothing is left of it however the process ends.
 */
import { closeSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../model/failure.ts';
import { outOfResources } from '../model/worker-resources.ts';
import type { RedoRow } from './redo-row.ts';

export interface ScratchOptions {
  /** On a local disk; default: the system's directory for temporary files. */
  readonly directory?: string;
  /** Of all ranges that are read at one time. */
  readonly megabytesMax?: number;
  /** Kept in memory per range before the disk is used. */
  readonly memoryMegabytes?: number;
}

const MEGABYTES_MAX = 20_480;
const MEMORY_MEGABYTES = 16;
const MEGABYTE = 1_048_576;
const READ_BYTES = 262_144;
const NEW_LINE = 0x0a;

/** Where rows may be put aside, and how much of it is in use: one per source. */
export class Scratch {
  readonly directory: string;
  readonly bytesMax: number;
  readonly memoryBytes: number;
  #used = 0;

  constructor({
    directory = tmpdir(),
    megabytesMax = MEGABYTES_MAX,
    memoryMegabytes = MEMORY_MEGABYTES,
  }: ScratchOptions = {}) {
    this.directory = directory;
    this.bytesMax = megabytesMax * MEGABYTE;
    this.memoryBytes = memoryMegabytes * MEGABYTE;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** @throws Failure worker-out-of-resources when the quota is used up */
  take(bytes: number): void {
    if (this.#used + bytes > this.bytesMax) {
      throw new Failure(
        'worker-out-of-resources',
        `Changes that wait for their COMMIT need more than ${String(this.bytesMax / MEGABYTE)} megabytes in ${this.directory}. ` +
          'Raise REDOFLOW_SCRATCH_MEGABYTES, or commit in smaller pieces.',
      );
    }
    this.#used += bytes;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }
}

export interface Segment {
  readonly offset: number;
  readonly bytes: number;
}

/** Lines of text, appended in segments. */
export class ScratchFile {
  readonly #scratch: Scratch;
  #descriptor: number | undefined;
  #bytes = 0;

  constructor(scratch: Scratch) {
    this.#scratch = scratch;
  }

  /** @throws Failure worker-out-of-resources when the disk is full or the quota used up */
  append(lines: readonly string[]): Segment {
    const buffer = Buffer.from(`${lines.join('\n')}\n`, 'utf8');
    this.#scratch.take(buffer.length);
    const offset = this.#bytes;
    this.#bytes += buffer.length;
    this.#onDisk(() => {
      const descriptor = (this.#descriptor ??= this.#open());
      for (let written = 0; written < buffer.length;) {
        written += writeSync(descriptor, buffer, written, buffer.length - written, offset + written);
      }
    });
    return { offset, bytes: buffer.length };
  }

  *lines({ offset, bytes }: Segment): Generator<string, void> {
    let rest = Buffer.alloc(0);
    for (let read = 0; read < bytes;) {
      const piece = Buffer.allocUnsafe(Math.min(READ_BYTES, bytes - read));
      const count = this.#onDisk(() => readSync(this.#descriptor ?? -1, piece, 0, piece.length, offset + read));
      if (count === 0) throw new Failure('bug', 'A scratch file is shorter than what was written to it.');
      read += count;
      const held = rest.length === 0 ? piece.subarray(0, count) : Buffer.concat([rest, piece.subarray(0, count)]);
      let start = 0;
      for (let end = held.indexOf(NEW_LINE); end !== -1; end = held.indexOf(NEW_LINE, start)) {
        yield held.toString('utf8', start, end);
        start = end + 1;
      }
      rest = held.subarray(start);
    }
  }

  /** Nothing in it is needed any more. */
  empty(): void {
    if (this.#bytes === 0) return;
    this.#onDisk(() => {
      if (this.#descriptor !== undefined) ftruncateSync(this.#descriptor, 0);
    });
    this.#scratch.giveBack(this.#bytes);
    this.#bytes = 0;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    this.#scratch.giveBack(this.#bytes);
    this.#bytes = 0;
  }

  #open(): number {
    const path = join(this.#scratch.directory, `redoflow-${String(process.pid)}-${randomUUID()}.rows`);
    const descriptor = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    return descriptor;
  }

  #onDisk<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof Failure) throw error;
      const doing =
        `Changes that wait for their COMMIT cannot be put aside in ${this.#scratch.directory} (REDOFLOW_SCRATCH, at most ` +
        `${String(this.#scratch.bytesMax / MEGABYTE)} megabytes)`;
      const reason = error instanceof Error ? error.message : String(error);
      throw (
        outOfResources(error, doing) ?? new Failure('worker-out-of-resources', `${doing}: ${reason}.`, { cause: error })
      );
    }
  }
}

/** A row as one line: its fields in this order; JSON, because it keeps every string exactly, also half of a surrogate pair. */
export const rowLine = (table: number, row: RedoRow): string =>
  JSON.stringify([
    table,
    row.scn,
    row.xid,
    row.usn,
    row.slot,
    row.sqn,
    row.operation,
    row.rollback,
    row.status,
    row.info,
    row.rsId,
    row.ssn,
    row.thread,
    row.dataObject,
    row.owner,
    row.table,
    row.rowId,
    row.timestamp,
    row.sqlRedo,
  ]);

/** What {@link rowLine} wrote: the parsing edge of a file that nobody else can write. */
export function rowOfLine(line: string): { readonly table: number; readonly row: RedoRow } {
  const [table, scn, xid, usn, slot, sqn, operation, rollback, status, info, rsId, ssn, thread, ...rest] = JSON.parse(
    line,
  ) as [
    number,
    RedoRow['scn'],
    string,
    number,
    number,
    number,
    number,
    boolean,
    number,
    string | null,
    string,
    number,
    number,
    ...(string | null)[],
  ];
  const [dataObject, owner = null, name = null, rowId = null, timestamp, sqlRedo = null] = rest;
  const row: RedoRow = {
    scn,
    xid,
    usn,
    slot,
    sqn,
    operation,
    rollback,
    csf: false,
    status,
    info,
    rsId,
    ssn,
    thread,
    dataObject: dataObject ?? '0',
    owner,
    table: name,
    rowId,
    timestamp: timestamp ?? '',
    sqlRedo,
  };
  return { table, row };
}
