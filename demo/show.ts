/** What the demo prints: a line per event, and below them, on a terminal, lines that are drawn again in place. */
import { styleText } from 'node:util';

const startedAt = Date.now();
const interactive = process.stdout.isTTY;
const SPARSE_MS = 5_000;

let drawn = 0;
let lively: readonly string[] = [];
let sparse = { at: 0, text: '' };

export const elapsedSeconds = (): number => (Date.now() - startedAt) / 1000;
const clock = (): string => `${elapsedSeconds().toFixed(1).padStart(5)} s`;

function clear(): void {
  if (drawn > 0) process.stdout.write(`\u001b[${drawn}A\u001b[0J`);
  drawn = 0;
}

function draw(): void {
  const width = Math.max(20, process.stdout.columns - 1);
  for (const line of lively) process.stdout.write(`${line.slice(0, width)}\n`);
  drawn = lively.length;
}

function print(text: string): void {
  clear();
  console.log(text);
  if (interactive) draw();
}

export function say(text: string): void {
  print(`${styleText('dim', clock())}  ${text}`);
}

export function scene(title: string): void {
  print(`\n${styleText('bold', `── ${title} `)}${styleText('dim', '─'.repeat(Math.max(0, 92 - title.length)))}`);
}

/** Replaces itself on a terminal; elsewhere `brief` is printed now and then, when it has changed. */
export function live(lines: readonly string[], brief: string): void {
  if (interactive) {
    clear();
    lively = lines;
    draw();
    return;
  }
  if (brief === '' || brief === sparse.text || Date.now() - sparse.at < SPARSE_MS) return;
  sparse = { at: Date.now(), text: brief };
  say(brief);
}

export const quiet = (): void => {
  clear();
  lively = [];
};

const CELLS = 24;

/** `██████░░░░░░` */
export function bar(done: number, all: number): string {
  const cells = all === 0 ? 0 : Math.floor(Math.min(1, done / all) * CELLS);
  return '█'.repeat(cells) + '░'.repeat(CELLS - cells);
}

/** `1,234,567` */
export const count = (number: number): string => number.toLocaleString('en-US');
export const good = (text: string): string => styleText('green', text);
export const bad = (text: string): string => styleText('red', text);
export const strong = (text: string): string => styleText('bold', text);
