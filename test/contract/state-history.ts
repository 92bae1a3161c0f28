/** A table whose changes are made here, one after the other: what stands in it after each of them is known without any merging. */
import { createHash } from 'node:crypto';
import { logColumns, partitionColumns, partitionOf } from '../../model/names.ts';
import type { RowGroups, RowText } from '../../model/row-text.ts';
import type { SinkColumn } from '../../model/sink-table.ts';
import type { BucketDigest, TableState } from '../../model/table-state.ts';
import type { Column, OracleType, Row, Value } from '../../model/table.ts';
import { mapType } from '../../model/type-mapping.ts';

export interface TestColumn {
  readonly column: Column;
  readonly sink: SinkColumn;
  readonly values: readonly Value[];
}

export function testColumn(name: string, type: OracleType, values: readonly Value[]): TestColumn {
  const mapped = mapType(type);
  if (!('type' in mapped)) throw new Error(mapped.refused);
  return { column: { name, type, nullable: true }, sink: { name: name.toLowerCase(), type: mapped.type }, values };
}

/** The same every time (Park and Miller's generator). */
export class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  below(count: number): number {
    this.state = (this.state * 48_271) % 2_147_483_647;
    return this.state % count;
  }

  one<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }
}

export interface Image {
  readonly recordId: number;
  readonly operation: 'I' | 'U' | 'D';
  readonly seconds: number;
  readonly isAfter: boolean;
  readonly row: Row;
}

const hexOf = (value: Value): string | null =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex').toUpperCase() : value;
/** Equal rows have equal texts. */
export const shown = (row: Row): string => JSON.stringify(row.map(hexOf));
export const sortedTexts = (rows: readonly Row[]): readonly string[] => rows.map(shown).toSorted();

export class History {
  readonly base: readonly Row[];
  readonly images: Image[] = [];
  readonly columns: readonly TestColumn[];
  /** Indexes of columns. */
  readonly key: readonly number[];
  private readonly after: { readonly recordId: number; readonly seconds: number; readonly rows: readonly Row[] }[] = [];
  private rows: Row[];
  private readonly dice: Dice;
  private seconds: number;

  constructor(columns: readonly TestColumn[], key: readonly number[], given: { seed: number; seconds: number }) {
    this.columns = columns;
    this.key = key;
    this.dice = new Dice(given.seed);
    this.seconds = given.seconds;
    this.rows = [];
    for (let row = 0; row < 40; row++) this.rows.push(this.freshRow());
    this.base = [...this.rows];
  }

  private keyOf(row: Row): string {
    return shown(this.key.map((index) => row[index] ?? null));
  }

  /** With a key that no row has. */
  private freshRow(): Row {
    for (;;) {
      const row = this.columns.map(({ values }) => this.dice.one(values));
      if (this.key.length === 0 || !this.rows.some((other) => this.keyOf(other) === this.keyOf(row))) return row;
    }
  }

  private image(operation: 'I' | 'U' | 'D', isAfter: boolean, row: Row): void {
    this.images.push({ recordId: this.after.length + 1, operation, seconds: this.seconds, isAfter, row });
  }

  private change(): void {
    const place = this.dice.below(this.rows.length);
    const old = this.rows[place];
    const what = this.dice.below(4);
    if (what === 0 || !old) {
      const row = this.freshRow();
      this.image('I', true, row);
      this.rows.push(row);
    } else if (what === 1) {
      this.image('D', false, old);
      this.rows.splice(place, 1);
    } else {
      const fresh = this.freshRow();
      const row =
        what === 2 ? fresh : fresh.map((value, index) => (this.key.includes(index) ? (old[index] ?? null) : value));
      this.image('U', false, old);
      this.image('U', true, row);
      this.rows[place] = row;
    }
  }

  /** @param secondsMax that pass before a change */
  play(changes: number, secondsMax: number): this {
    for (let change = 0; change < changes; change++) {
      this.seconds += this.dice.below(secondsMax + 1);
      this.change();
      this.after.push({ recordId: this.after.length + 1, seconds: this.seconds, rows: [...this.rows] });
    }
    return this;
  }

  /** When each change was made. */
  get times(): readonly number[] {
    return this.after.map(({ seconds }) => seconds);
  }

  /** What stood in the table when all changes below the bound were made. */
  at(bound: TableState['bound']): readonly Row[] {
    const inside = this.after.filter(
      ({ recordId, seconds }) =>
        bound === undefined || ('recordId' in bound ? recordId < bound.recordId : seconds < bound.seconds),
    );
    return inside.at(-1)?.rows ?? this.base;
  }
}

export interface Naming {
  readonly additionalColumns: 'plain' | 'prefixed';
  readonly levels: readonly ('year' | 'month' | 'day' | 'hour' | 'minute')[];
}

export const logTable = (columns: readonly TestColumn[], { additionalColumns, levels }: Naming) => ({
  columns: [...logColumns({ additionalColumns }), ...columns.map(({ sink }) => sink)],
  partitionColumns: partitionColumns(levels, { additionalColumns }),
});

export function stateOf(
  history: Pick<History, 'columns' | 'key'>,
  naming: Naming,
  tables: { base: string; log: string },
): TableState {
  const { columns, partitionColumns: partitions } = logTable(history.columns, naming);
  const [recordId = '', , utcTimestamp = '', beforeFlag = '', afterFlag = ''] = columns.map(({ name }) => name);
  return {
    ...tables,
    names: { recordId, utcTimestamp, beforeFlag, afterFlag },
    columns: history.columns.map(({ sink }) => sink),
    key: history.key.map((index) => history.columns[index]?.sink.name ?? ''),
    partitionColumns: partitions,
    defaults: [],
  };
}

/** Rows of `_log`, by partition. */
export function logRows(
  images: readonly Image[],
  partitions: readonly SinkColumn[],
): ReadonlyMap<string, readonly Row[]> {
  const byPartition = new Map<string, Row[]>();
  for (const { recordId, operation, seconds, isAfter, row } of images) {
    const partition = partitionOf(seconds, partitions) ?? '';
    const rows = byPartition.get(partition) ?? [];
    byPartition.set(partition, rows);
    rows.push([String(recordId), operation, String(seconds), isAfter ? 'N' : 'Y', isAfter ? 'Y' : 'N', ...row]);
  }
  return byPartition;
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const valueText = (value: string | null): string => (value === null ? '-' : `${Array.from(value).length}:${value}`);

function textOf(row: Row, groups: RowGroups): string {
  const texts = groups.map((group) => group.map((index) => valueText(hexOf(row[index] ?? null))).join(''));
  return texts.length === 1 ? (texts[0] ?? '') : texts.map(md5).join('');
}

export const bucketOf = (row: Row, { key }: RowText, count: number): number =>
  Number.parseInt(md5(textOf(row, key)).slice(0, 8), 16) % count;

/** By bucket, computed from canonical values alone. */
export function digestsOf(rows: readonly Row[], text: RowText, count: number): readonly BucketDigest[] {
  const sums = new Map<number, { rows: number; low: bigint; high: bigint }>();
  for (const row of rows) {
    const bucket = bucketOf(row, text, count);
    const digest = md5(textOf(row, text.row));
    const sum = sums.get(bucket) ?? { rows: 0, low: 0n, high: 0n };
    sums.set(bucket, {
      rows: sum.rows + 1,
      low: sum.low + BigInt(`0x${digest.slice(0, 12)}`),
      high: sum.high + BigInt(`0x${digest.slice(12, 24)}`),
    });
  }
  return [...sums]
    .map(([bucket, { rows: counted, low, high }]) => ({ bucket, rows: counted, low: String(low), high: String(high) }))
    .toSorted((one, other) => one.bucket - other.bucket);
}
