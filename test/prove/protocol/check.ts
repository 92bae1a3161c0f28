/** Compares what is at the destination with what really happened. Knows nothing of the product but the form of its tables. */
import type { Row } from '../../../model/table.ts';
import type { FaultySink } from './sink.ts';
import { isForeign } from './sink.ts';
import { inColumns, isKeyed, type World } from './world.ts';

export interface Verdict {
  lost: number;
  duplicated: number;
  /** Rows that never were. */
  ghosts: number;
  /** Rows in a wrong order or with other values, and tables that come to other rows than the source has. */
  changed: number;
  /** The first few, for people. */
  readonly found: string[];
}

const FOUND_MAX = 8;
const COLUMNS = ['ID', 'V', 'N'].map((name) => ({ name, type: { base: 'VARCHAR2' }, nullable: true }));
const [RECORD_ID, FLAG, TIME, BEFORE, AFTER] = [0, 1, 2, 3, 4] as const;
/** Additional columns of a log. */
const OWN = 5;

const textOf = (values: Row): string => [0, 1, 2].map((at) => String(values[at] ?? null)).join(' ');

type Kind = 'lost' | 'duplicated' | 'ghosts' | 'changed';

export class Checker {
  readonly verdict: Verdict = { lost: 0, duplicated: 0, ghosts: 0, changed: 0, found: [] };
  private readonly world: World;
  private readonly sink: FaultySink;
  private readonly idsSeen = new Map<string, string>();

  constructor(world: World, sink: FaultySink) {
    this.world = world;
    this.sink = sink;
  }

  private add(kind: Kind, text: string): void {
    this.verdict[kind] += 1;
    if (this.verdict.found.length < FOUND_MAX) this.verdict.found.push(`${kind}: ${text}`);
  }

  /** Each expected once, and nothing else. */
  private compare(what: string, expected: readonly string[], found: readonly string[]): void {
    const left = new Map<string, number>();
    for (const one of expected) left.set(one, (left.get(one) ?? 0) + 1);
    const known = new Set(expected);
    for (const one of found) {
      const count = left.get(one) ?? 0;
      if (count > 0) left.set(one, count - 1);
      else this.add(known.has(one) ? 'duplicated' : 'ghosts', `${what}: ${one}`);
    }
    for (const [one, count] of left) if (count > 0) this.add('lost', `${what}: ${one}`);
  }

  private expectedLog(name: string, above: number): readonly string[] {
    return this.world.changesOf(name, above).flatMap(({ before, after }) => {
      const flag = before && after ? 'U' : before ? 'D' : 'I';
      const rows: string[] = [];
      if (before) rows.push(`${flag} Y N ${textOf(before)}`);
      if (after) rows.push(`${flag} N Y ${textOf(after)}`);
      return rows;
    });
  }

  private ownRows = (table: string): readonly Row[] => this.sink.rowsOf(table).filter((row) => !isForeign(row));

  private loggedRows = (rows: readonly Row[]): readonly string[] =>
    rows.map((row) => [String(row[FLAG]), String(row[BEFORE]), String(row[AFTER]), textOf(row.slice(OWN))].join(' '));

  /** A log that is written to the end. */
  log(name: string, log: string, above: number): void {
    const rows = this.ownRows(log);
    const expected = this.expectedLog(name, above);
    const found = this.loggedRows(rows);
    this.compare(log, expected, found);
    if (expected.length === found.length && expected.some((one, i) => one !== found[i]))
      this.add('changed', `${log}: not in the order of the source`);
    this.ids(log, rows);
  }

  /** A log that was set aside: what was written until then. */
  partOfLog(name: string, log: string, above: number): void {
    const rows = this.ownRows(log);
    const found = this.loggedRows(rows);
    this.compare(log, this.expectedLog(name, above).slice(0, found.length), found);
    this.ids(log, rows);
  }

  /** They rise, both rows of an update have one, and no two changes of a task have the same. */
  private ids(log: string, rows: readonly Row[]): void {
    for (const [i, row] of rows.entries()) {
      const last = rows[i - 1];
      if (last) this.order(log, last, row);
    }
    for (const id of new Set(rows.map((row) => String(row[RECORD_ID])))) {
      const other = this.idsSeen.get(id);
      if (other !== undefined) this.add('changed', `record_id ${id} is in ${other} and ${log}`);
      this.idsSeen.set(id, log);
    }
  }

  private order(log: string, last: Row, row: Row): void {
    const id = String(row[RECORD_ID]);
    const isPair = row[FLAG] === 'U' && last[FLAG] === 'U' && last[BEFORE] === 'Y' && row[AFTER] === 'Y';
    if (String(last[RECORD_ID]) === id && !isPair) this.add('changed', `${log}: record_id ${id} twice`);
    if (Number(id) < Number(last[RECORD_ID])) this.add('changed', `${log}: record_id ${id} falls`);
    if (Number(row[TIME]) < Number(last[TIME])) this.add('changed', `${log}: utc_timestamp falls at record_id ${id}`);
  }

  private rowsAt = (name: string, at: number): readonly string[] =>
    this.world.rowsAt(name, at).map(({ values }) => textOf(inColumns(values, COLUMNS)));

  /** A copy as of its snapshot. */
  base(name: string, base: string, snapshot: number): void {
    this.compare(base, this.rowsAt(name, snapshot), this.ownRows(base).map(textOf));
  }

  /** A key twice in a copy of which a part was read later. */
  keys(base: string): void {
    const seen = new Set<string>();
    for (const row of this.ownRows(base)) {
      const key = String(row[0]);
      if (seen.has(key)) this.add('duplicated', `${base}: key ${key}`);
      seen.add(key);
    }
  }

  /** `_base` and `_log` together come to the rows that the source has. */
  merged(name: string, tables: { readonly base: string; readonly log: string }, at: number): void {
    const [base, log] = [this.ownRows(tables.base), this.ownRows(tables.log)];
    const found = isKeyed(name) ? byKey(base, log) : bySum(base, log);
    const expected = this.rowsAt(name, at);
    const [sorted, wanted] = [found.toSorted(), expected.toSorted()];
    const wrong = wanted.filter((one, i) => one !== sorted[i]).length + Math.abs(wanted.length - sorted.length);
    if (wrong > 0) this.add('changed', `${name}: ${wrong} rows of _base and _log together are not those of the source`);
  }
}

/** Of each key the row with the highest record_id, if it is an after-image. */
function byKey(base: readonly Row[], log: readonly Row[]): readonly string[] {
  const last = new Map<string, string | undefined>();
  for (const row of base) last.set(String(row[0]), textOf(row));
  const ordered = log.toSorted(
    (a, b) => Number(a[RECORD_ID]) - Number(b[RECORD_ID]) || (a[AFTER] === 'Y' ? 1 : 0) - (b[AFTER] === 'Y' ? 1 : 0),
  );
  for (const row of ordered) {
    const values = row.slice(OWN);
    last.set(String(values[0]), row[AFTER] === 'Y' ? textOf(values) : undefined);
  }
  return [...last.values()].filter((text) => text !== undefined);
}

/** After-images come to the rows, before-images leave them. */
function bySum(base: readonly Row[], log: readonly Row[]): readonly string[] {
  const counts = new Map<string, number>();
  const count = (text: string, more: number): void => void counts.set(text, (counts.get(text) ?? 0) + more);
  for (const row of base) count(textOf(row), 1);
  for (const row of log) count(textOf(row.slice(OWN)), row[AFTER] === 'Y' ? 1 : -1);
  return [...counts].flatMap(([text, times]) => Array.from({ length: Math.max(0, times) }, () => text));
}
