/** The changes of one transaction, in order; left in the middle, they can be gone on with. */
import type { Change } from '../model/change.ts';

/** All changes from the first one on. */
export interface Reading extends Iterator<Change> {
  /** Leaves out so many, without decoding them. */
  pass(count: number): void;
}

/** So many are passed between two chances for others. */
const PASSED_AT_A_TIME = 10_000;

export class DecodedChanges implements Iterable<Change> {
  readonly count: number;
  readonly #read: () => Reading;
  #first = 0;
  /** What the last iteration left, and the change that it gives next. */
  #left: Iterator<Change> | undefined;
  #next = 0;

  constructor(count: number, read: () => Reading) {
    this.count = count;
    this.#read = read;
  }

  /** Every iteration begins here. */
  startAt(first: number): void {
    this.#first = first;
  }

  /** As {@link startAt}, and goes there, with pauses. */
  *reach(first: number): Generator<undefined, void> {
    const reading = this.#read();
    for (let at = 0; at < first; at += PASSED_AT_A_TIME) {
      reading.pass(Math.min(PASSED_AT_A_TIME, first - at));
      yield;
    }
    this.#left = reading;
    this.#next = first;
    this.startAt(first);
  }

  /** Some of them were read, and not all. */
  get isLeftInside(): boolean {
    return this.#left !== undefined && this.#next > 0 && this.#next < this.count;
  }

  [Symbol.iterator](): Iterator<Change> {
    const iterator = this.#left && this.#next === this.#first ? this.#left : this.#from(this.#first);
    this.#left = iterator;
    this.#next = this.#first;
    // Without return(): who stops in the middle leaves the iterator where it is.
    return {
      next: () => {
        const step = iterator.next();
        if (step.done !== true) this.#next += 1;
        return step;
      },
    };
  }
  #from(first: number): Reading {
    const reading = this.#read();
    reading.pass(first);
    return reading;
  }
}
