/**
 * Python's `random.Random(seed)`: the Mersenne Twister MT19937 and the methods that draw from it, so that a generator
 * written for Python makes the same bytes here. Sources: CPython 3.11, Modules/_randommodule.c and Lib/random.py.
 */
const SIZE = 624;
const MIDDLE = 397;

export class PythonRandom {
  readonly #state = new Uint32Array(SIZE);
  #next = SIZE;

  /** @param seed below 2^32 */
  constructor(seed: number) {
    const state = this.#state;
    state[0] = 19650218;
    for (let i = 1; i < SIZE; i++) state[i] = Math.imul(1812433253, mixed(state, i - 1)) + i;
    // init_by_array with a key of one word: the word's place in the key is always 0.
    let i = 1;
    for (let k = SIZE; k > 0; k--) {
      state[i] = (at(state, i) ^ Math.imul(mixed(state, i - 1), 1664525)) + seed;
      i = following(state, i);
    }
    for (let k = SIZE - 1; k > 0; k--) {
      state[i] = (at(state, i) ^ Math.imul(mixed(state, i - 1), 1566083941)) - i;
      i = following(state, i);
    }
    state[0] = 0x80000000;
  }

  #word(): number {
    if (this.#next >= SIZE) this.#twist();
    let y = at(this.#state, this.#next++);
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < SIZE; i++) {
      const y = (at(state, i) & 0x80000000) | (at(state, (i + 1) % SIZE) & 0x7fffffff);
      state[i] = at(state, (i + MIDDLE) % SIZE) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }

  /** In [0, 1), 53 bits. */
  random(): number {
    const high = this.#word() >>> 5;
    return (high * 67108864 + (this.#word() >>> 6)) / 9007199254740992;
  }

  /** `'%0Nx' % getrandbits(bits)`, for a multiple of 32: the first word drawn is the lowest. */
  hex(bits: number): string {
    let text = '';
    for (let drawn = 0; drawn < bits; drawn += 32) text = this.#word().toString(16).padStart(8, '0') + text;
    return text;
  }

  /** At most 53 bits. */
  #bits(count: number): number {
    if (count <= 32) return this.#word() >>> (32 - count);
    const low = this.#word();
    return (this.#word() >>> (64 - count)) * 4294967296 + low;
  }

  /** 0 … limit-1 */
  below(limit: number): number {
    const bits = Math.floor(Math.log2(limit)) + 1;
    for (;;) {
      const drawn = this.#bits(bits);
      if (drawn < limit) return drawn;
    }
  }

  /** low … high, both inclusive */
  integer(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  choice<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }

  /** `sample(items, count)` as Python does it for at most 21 items. */
  sample(items: readonly number[], count: number): readonly number[] {
    const pool = [...items];
    const taken: number[] = [];
    for (let i = 0; i < count; i++) {
      const place = this.below(pool.length - i);
      taken.push(pool[place] ?? 0);
      pool[place] = pool[pool.length - i - 1] ?? 0;
    }
    return taken;
  }
}

/** Every index is below 624: the `?? 0` is never taken. */
const at = (state: Uint32Array, index: number): number => state[index] ?? 0;

const mixed = (state: Uint32Array, index: number): number => at(state, index) ^ (at(state, index) >>> 30);

function following(state: Uint32Array, index: number): number {
  if (index + 1 < SIZE) return index + 1;
  state[0] = at(state, SIZE - 1);
  return 1;
}
