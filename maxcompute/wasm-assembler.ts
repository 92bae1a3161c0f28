/**
 * As much of an assembler for WebAssembly as one small module needs: functions over i32 and i64, one imported memory.
 * Code is the list of its bytes; an operand is the code that leaves it on the stack. Numbers of instructions: WebAssembly Core
 * Specification 2.0, section 5.4. What is assembled wrongly does not pass the engine's validation.
 */
import { Failure } from '../model/failure.ts';

export type Code = readonly number[];

export const I32 = 0x7f;
export const I64 = 0x7e;
const NOTHING = 0x40;

/** LEB128. */
function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: bigint): Code {
  const last = value >= -64n && value < 64n;
  return last ? [Number(value & 127n)] : [Number(value & 127n) | 128, ...signed(value >> 7n)];
}

const binary =
  (instruction: number) =>
  (left: Code, right: Code): Code => [...left, ...right, instruction];

/** Unsigned where it makes a difference and the name does not say otherwise. */
export const i32 = {
  value: (value: number): Code => [0x41, ...signed(BigInt(value))],
  equal: binary(0x46),
  less: binary(0x49),
  lessSigned: binary(0x48),
  add: binary(0x6a),
  subtract: binary(0x6b),
  multiply: binary(0x6c),
  divide: binary(0x6e),
  remainder: binary(0x70),
  and: binary(0x71),
  or: binary(0x72),
  xor: binary(0x73),
  left: binary(0x74),
  right: binary(0x76),
  rightSigned: binary(0x75),
  not: (value: Code): Code => [...value, 0x45],
  low: (value: Code): Code => [...value, 0xa7],
};

export const i64 = {
  value: (value: number | bigint): Code => [0x42, ...signed(BigInt(value))],
  equal: binary(0x51),
  less: binary(0x54),
  lessSigned: binary(0x53),
  add: binary(0x7c),
  subtract: binary(0x7d),
  multiply: binary(0x7e),
  divideSigned: binary(0x7f),
  remainderSigned: binary(0x81),
  and: binary(0x83),
  or: binary(0x84),
  xor: binary(0x85),
  left: binary(0x86),
  right: binary(0x88),
  rightSigned: binary(0x87),
  not: (value: Code): Code => [...value, 0x50],
  widened: (value: Code): Code => [...value, 0xad],
  /** The same number, also below zero. */
  signed: (value: Code): Code => [...value, 0xac],
};

const reading =
  (instruction: number) =>
  (address: Code, offset = 0): Code => [...address, instruction, 0, ...unsigned(offset)];

const writing =
  (instruction: number) =>
  (address: Code, value: Code, offset = 0): Code => [...address, ...value, instruction, 0, ...unsigned(offset)];

/** Little-endian, at any address. */
export const memory = {
  word: reading(0x28),
  double: reading(0x29),
  byte: reading(0x2d),
  setWord: writing(0x36),
  setDouble: writing(0x37),
  setByte: writing(0x3a),
  move: (to: Code, from: Code, count: Code): Code => [...to, ...from, ...count, 0xfc, 10, 0, 0],
};

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const increase = (local: number, by: Code): Code => set(local, i32.add(get(local), by));
export const call = (callee: number, ...values: readonly Code[]): Code => [...values.flat(), 0x10, ...unsigned(callee)];
export const when = (condition: Code, yes: Code, no: Code = []): Code => [
  ...condition,
  ...[0x04, NOTHING],
  ...yes,
  0x05,
  ...no,
  0x0b,
];
/** Once, and again as long as the condition holds afterwards. */
export const again = (body: Code, condition: Code): Code => [0x03, NOTHING, ...body, ...condition, 0x0d, 0, 0x0b];
export const loop = (condition: Code, body: Code): Code => when(condition, again(body, condition));

/** Ends the function. */
export const leave = (result: Code): Code => [...result, 0x0f];

export interface WasmFunction {
  /** Exported under it. */
  readonly name: string;
  /** {@link I32} or {@link I64} each, as the result is. */
  readonly parameters: readonly number[];
  readonly result: number;
  /** {@link I32} or {@link I64} each; numbered after the parameters. */
  readonly locals: readonly number[];
  /** Leaves the result. */
  readonly body: Code;
}

const list = (entries: readonly Code[]): Code => [...unsigned(entries.length), ...entries.flat()];
const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes];
const section = (id: number, entries: readonly Code[]): Code => [id, ...sized(list(entries))];
const text = (value: string): Code => sized([...Buffer.from(value)]);

/** A module that imports its memory as `wire.memory`. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, result }) => [0x60, ...list(parameters.map((type) => [type])), 1, result]);
  const code = functions.map(({ locals, body }) => sized([...list(locals.map((type) => [1, type])), ...body, 0x0b]));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, [[...text('wire'), ...text('memory'), 2, 0, 1]]),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(
      7,
      functions.map(({ name }, index) => [...text(name), 0, ...unsigned(index)]),
    ),
    ...section(10, code),
  ]);
}

/** What Node has of the WebAssembly JavaScript interface and this folder needs; the types of Node leave it out. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
type WasmExports = Readonly<Record<string, ((...values: number[]) => number) | undefined>>;

declare const WebAssembly: {
  readonly Memory: new (size: { initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: { wire: { memory: WasmMemory } },
  ) => { readonly exports: WasmExports };
};

/** Bytes of a page of memory. */
export const PAGE = 1 << 16;

/** The module in a memory of its own, of so many bytes at least. `run` is its function of that name, with parameters of 32 bits only. */
export function instantiate(
  functions: readonly WasmFunction[],
  name: string,
  bytes: number,
): { readonly memory: WasmMemory; readonly run: (...values: number[]) => number } {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  const run = new WebAssembly.Instance(new WebAssembly.Module(assemble(functions)), { wire: { memory } }).exports[name];
  if (!run) throw new Failure('bug', `the WebAssembly module has no function ${name}`);
  return { memory, run };
}
