/** The changes of a transaction whose rows are on disk, read once more: a change waits for the pieces that may follow it. */
import type { Change } from '../model/change.ts';
import type { Reading } from './decoded-changes.ts';
import type { CapturedRow } from './held-rows.ts';
import type { Images } from './images.ts';
import { ToldChanges } from './pieces.ts';
import { isPiece } from './redo-row.ts';

export class ToldReading implements Reading {
  readonly #rows: Iterator<CapturedRow, void>;
  readonly #images: Images;
  readonly #told: ToldChanges;
  /** Taken, and not told yet. */
  #row: CapturedRow | undefined;
  /** Told by pieces that did not belong to the change before. */
  #change: Change | undefined;

  constructor(rows: Iterator<CapturedRow, void>, images: Images) {
    this.#rows = rows;
    this.#images = images;
    this.#told = new ToldChanges(images);
  }

  /** Changes of tables without pieces are not decoded. */
  pass(count: number): void {
    for (let left = count; left > 0; left--) {
      if (!this.#passPlain() && this.next().done === true) return;
    }
  }

  next(): IteratorResult<Change, undefined> {
    if (this.#change) {
      const change = this.#change;
      this.#change = undefined;
      return { value: this.#withPieces(change) };
    }
    const captured = this.#take();
    if (!captured) return { done: true, value: undefined };
    if (captured.table.lobInLog === undefined) {
      this.#told.forget();
      return { value: this.#images.change(captured.row, captured.table) };
    }
    const change = this.#told.next(captured);
    return change ? { value: this.#withPieces(change) } : this.next();
  }

  #withPieces(change: Change): Change {
    let whole = change;
    for (let captured = this.#take(); captured; captured = this.#take()) {
      if (!isPiece(captured.row)) {
        this.#row = captured;
        return whole;
      }
      const other = this.#told.next(captured);
      if (other) {
        this.#change = other;
        return whole;
      }
      whole = this.#told.last ?? whole;
    }
    return whole;
  }

  #passPlain(): boolean {
    if (this.#change) return false;
    const captured = this.#take();
    if (captured?.table.lobInLog === undefined) {
      this.#told.forget();
      return captured !== undefined;
    }
    this.#row = captured;
    return false;
  }

  #take(): CapturedRow | undefined {
    const taken = this.#row;
    if (taken) {
      this.#row = undefined;
      return taken;
    }
    const step = this.#rows.next();
    return step.done === true ? undefined : step.value;
  }
}
