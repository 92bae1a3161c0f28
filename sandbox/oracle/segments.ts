/**
 * Where rows lie: blocks of 100 rows, extents of 8 blocks, all in data file 4. The first three blocks of a segment hold
 * no rows (bitmaps and segment header, as in a locally managed tablespace). A new table has no extent before its
 * first row (deferred segment creation), unless it is index-organized. Slots of deleted rows are not used again.
 */
export const DATA_FILE = 4;
export const BLOCK_BYTES = 8192;
export const BLOCKS_PER_EXTENT = 8;
const ROWS_PER_BLOCK = 100;
const HEADER_BLOCKS = 3;
const FIRST_FREE_BLOCK = 128;

export interface Block<Slot> {
  readonly number: number;
  readonly slots: Slot[];
}

/** Hands out extents; block numbers only rise, so a segment's blocks are in ascending order. */
export class Tablespace {
  #next = FIRST_FREE_BLOCK;

  allocateExtent(): number {
    const first = this.#next;
    this.#next += BLOCKS_PER_EXTENT;
    return first;
  }
}

export class Segment<Slot> {
  readonly blocks: Block<Slot>[] = [];
  /** First block of each extent. */
  readonly extents: number[] = [];
  /** It had its first extent before its first row. */
  readonly immediate: boolean;
  readonly #tablespace: Tablespace;

  constructor(tablespace: Tablespace, immediate = false) {
    this.#tablespace = tablespace;
    this.immediate = immediate;
    if (immediate) this.#newExtent();
  }

  add(make: (block: number, row: number) => Slot): Slot {
    let block = this.blocks.at(-1);
    if (block === undefined || block.slots.length >= ROWS_PER_BLOCK) block = this.#newBlock();
    const slot = make(block.number, block.slots.length);
    block.slots.push(slot);
    return slot;
  }

  #newBlock(): Block<Slot> {
    const last = this.blocks.at(-1);
    let extent = this.extents.at(-1);
    if (extent === undefined || last?.number === extent + BLOCKS_PER_EXTENT - 1) extent = this.#newExtent();
    const first = last === undefined ? extent + HEADER_BLOCKS : extent;
    const block: Block<Slot> = { number: Math.max(first, (last?.number ?? 0) + 1), slots: [] };
    this.blocks.push(block);
    return block;
  }

  #newExtent(): number {
    const extent = this.#tablespace.allocateExtent();
    this.extents.push(extent);
    return extent;
  }

  /** The same blocks and extents without their rows. */
  likewise(): Segment<Slot> {
    const segment = new Segment<Slot>(this.#tablespace);
    segment.extents.push(...this.extents);
    for (const { number } of this.blocks) segment.blocks.push({ number, slots: [] });
    return segment;
  }

  /** Slots of the blocks from `low` to `high`, both inclusive. */
  *slots(low: number, high: number): Generator<Slot> {
    for (let index = this.firstBlockFrom(low); index < this.blocks.length; index++) {
      const block = this.blocks[index];
      if (block === undefined || block.number > high) return;
      yield* block.slots;
    }
  }

  blockNumbered(number: number): Block<Slot> | undefined {
    const block = this.blocks[this.firstBlockFrom(number)];
    return block?.number === number ? block : undefined;
  }

  /** Index of the first block with that number or a greater one. */
  firstBlockFrom(number: number): number {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.blocks[middle]?.number ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
