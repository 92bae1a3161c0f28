/** CRC-32C in WebAssembly, for modules whose memory begins with the tables of crc32c.ts: no check of bounds for every byte. */
import { get, I32, i32, increase, loop, memory, set } from './wasm-assembler.ts';
import type { Code, WasmFunction } from './wasm-assembler.ts';

export const TABLES = 16;
const TABLE = 1024;
export const TABLES_BYTES = TABLES * TABLE;

/** The number of {@link sumFunction} in a module: its first. */
export const SUM = 0;

/** What table `n` has for byte `index` of a word; tables have four bytes an entry. */
function looked(word: number, index: number, n: number): Code {
  const shifted = index === 0 ? i32.left(get(word), i32.value(2)) : i32.right(get(word), i32.value(8 * index - 2));
  return memory.word(i32.and(shifted, i32.value(1020)), n * TABLE);
}

const lookedWord = (word: number, following: number): Code =>
  [0, 1, 2, 3].map((index) => looked(word, index, following + 3 - index)).reduce(i32.xor);

/** sum(state, from, to): the raw state of CRC-32C after those bytes; slicing-by-16, then by 4, then by 1. */
export function sumFunction(): WasmFunction {
  const [state, from, to, ...words] = [0, 1, 2, 3, 4, 5] as const;
  const fits = (count: number): Code => i32.not(i32.less(i32.subtract(get(to), get(from)), i32.value(count)));
  const word = (offset: number): Code => memory.word(get(from), offset);
  const sixteen = [
    ...set(state, i32.xor(get(state), word(0))),
    ...words.flatMap((local, index) => set(local, word(4 * index + 4))),
    ...set(state, [state, ...words].map((local, index) => lookedWord(local, 12 - 4 * index)).reduce(i32.xor)),
    ...increase(from, i32.value(16)),
  ];
  const four = [
    ...set(state, i32.xor(get(state), word(0))),
    ...set(state, lookedWord(state, 0)),
    ...increase(from, i32.value(4)),
  ];
  const mixed = i32.and(i32.xor(get(state), memory.byte(get(from))), i32.value(255));
  const one = [
    ...set(state, i32.xor(memory.word(i32.left(mixed, i32.value(2))), i32.right(get(state), i32.value(8)))),
    ...increase(from, i32.value(1)),
  ];
  return {
    name: 'sum',
    parameters: [I32, I32, I32],
    result: I32,
    locals: [I32, I32, I32],
    body: [...loop(fits(16), sixteen), ...loop(fits(4), four), ...loop(fits(1), one), ...get(state)],
  };
}
