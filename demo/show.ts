/** What the demo prints: a line per event, and on a terminal one line that moves. */
import { styleText } from 'node:util';

const startedAt = Date.now();
const interactive = process.stdout.isTTY;
let moving = false;

const seconds = (): string => `${((Date.now() - startedAt) / 1000).toFixed(1).padStart(5)} s`;

function clear(): void {
  if (moving) process.stdout.write('\r\u001b[2K');
  moving = false;
}

export function say(text: string): void {
  clear();
  console.log(`${styleText('dim', seconds())}  ${text}`);
}

export function scene(title: string): void {
  clear();
  console.log(`\n${styleText('bold', `── ${title} `)}${styleText('dim', '─'.repeat(Math.max(0, 88 - title.length)))}`);
}

/** Replaces itself on a terminal; elsewhere it is left out. */
export function progress(text: string): void {
  if (!interactive) return;
  clear();
  process.stdout.write(`${styleText('dim', seconds())}  ${text.slice(0, Math.max(20, process.stdout.columns - 12))}`);
  moving = true;
}

export const good = (text: string): string => styleText('green', text);
export const bad = (text: string): string => styleText('red', text);
export const strong = (text: string): string => styleText('bold', text);
