/** How things look in a terminal: tables, durations, counts, bars, colours. */
import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { TaskSummary } from '../model/progress.ts';

type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'dim' | 'bold';

/** Colours only where the terminal has them and NO_COLOR does not forbid them. */
export const paint = (colour: Colour, text: string): string =>
  process.stdout.isTTY && process.stdout.hasColors() ? styleText(colour, text) : text;

/** Columns without borders; two blanks between them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
  };
  const chars = {
    ...none,
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  };
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 0 };
  const drawn = new Table({ head: head.map((title) => paint('dim', title)), chars, style });
  drawn.push(...rows.map((row) => [...row]));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `5 h 4 min`, `2 d 3 h`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const parts = [
    { unit: 'd', count: Math.floor(whole / 86_400) },
    { unit: 'h', count: Math.floor(whole / 3600) % 24 },
    { unit: 'min', count: Math.floor(whole / 60) % 60 },
    { unit: 's', count: whole % 60 },
  ];
  const first = parts.findIndex(({ count }) => count > 0);
  const shown = parts.slice(first, first + 2).filter(({ count }) => count > 0);
  return shown.map(({ unit, count }) => `${count} ${unit}`).join(' ');
}

/** `1,234,567`. */
export const count = (number: number): string => Math.round(number).toLocaleString('en-US');

/** `█████░░░░░`; empty when the total is not known yet. */
export function bar(done: number, total: number, width: number): string {
  const filled = total <= 0 ? 0 : Math.min(width, Math.floor((done / total) * width));
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}

const colours: Readonly<Record<string, Colour>> = {
  Synchronizing: 'green',
  Finished: 'green',
  Completed: 'green',
  Initializing: 'cyan',
  Prechecking: 'cyan',
  Retrying: 'yellow',
  Pausing: 'yellow',
  Paused: 'yellow',
  PrecheckFailed: 'red',
  Failed: 'red',
  Terminated: 'red',
};

/** A state in its colour. */
export const stateText = (state: string): string => {
  const colour = colours[state];
  return colour === undefined ? state : paint(colour, state);
};

export function summaryText({ ended, baseRows, logRows, position }: TaskSummary): string {
  const place = position ? `, at SCN ${position.scn}` : '';
  return `${ended}: ${count(baseRows)} rows copied, ${count(logRows)} log rows${place}`;
}

/** How a person calls this program: in a clone through npm, installed by its own name. */
export const command = (words: string): string =>
  process.argv[1]?.endsWith('.ts') === true ? `npm run -s redoflow -- ${words}` : `redoflow ${words}`;

/** How a person goes on with a task that has ended. */
export const goOnText = (): string =>
  `To go on from its saved position: \`${command('start FILE --position saved')}\`, FILE being its task file.`;

/** How a person starts a worker; only a clone has the npm script. */
export const workerCommand = (): string =>
  process.argv[1]?.endsWith('.ts') === true ? 'npm run -s worker' : 'node dist/worker/main.js';
