/** The changes of one transaction, in order; left in the middle, they can be gone on with. */
import type { Change } from '../model/change.ts';

/** Changes from this one on, counted from 0. */
type Reader = (first: number) => Iterator<Change>;

export class DecodedChanges implements Iterable<Change> {
  readonly count: number;
  readonly #read: Reader;
  #first = 0;
  /** What the last iteration left, and the change that it gives next. */
  #left: Iterator<Change> | undefined;
  #next = 0;

  constructor(count: number, read: Reader) {
    this.count = count;
    this.#read = read;
  }

  /** Every iteration begins here. */
  startAt(first: number): void {
    this.#first = first;
  }

  /** Some of them were read, and not all. */
  get isLeftInside(): boolean {
    return this.#left !== undefined && this.#next > 0 && this.#next < this.count;
  }

  [Symbol.iterator](): Iterator<Change> {
    const iterator = this.#left && this.#next === this.#first ? this.#left : this.#read(this.#first);
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
}
