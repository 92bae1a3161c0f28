/** Chance that a seed repeats (Mulberry32: 32 bits of state, every seed another sequence). */
export class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** Another sequence for another purpose, so that a change of one does not move the other. */
  static of(seed: number, purpose: string): Dice {
    let state = seed >>> 0;
    for (const character of purpose) state = (Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x9e3779b1) + 1) >>> 0;
    return new Dice(state);
  }

  /** From 0 inclusive to 1 exclusive. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0, below the given one. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  from(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(percent: number): boolean {
    return this.next() * 100 < percent;
  }

  /** Small numbers as often as large ones of the same number of digits. */
  logarithmic(least: number, most: number): number {
    return Math.floor(least * (most / least) ** this.next());
  }

  /** @throws for an empty list */
  pick<Item>(list: readonly Item[]): Item {
    const found = list[this.below(list.length)];
    if (found === undefined) throw new RangeError('nothing to pick from');
    return found;
  }

  shuffled<Item>(list: readonly Item[]): readonly Item[] {
    return list
      .map((item) => ({ item, place: this.next() }))
      .sort((one, other) => one.place - other.place)
      .map(({ item }) => item);
  }
}
