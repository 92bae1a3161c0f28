import { compileDateWriter } from './date-mask-writer.ts';
import type { DateWriter } from './date-mask-writer.ts';
import type { SqlType } from './engine.ts';
import { rowFormatOf, valueEnd } from './row-format.ts';
import type { Compiled, Environment } from './sql-compiled.ts';
import type { Table } from './store.ts';
import { Version } from './store.ts';
import { valueWriter, writeNull } from './values.ts';
import type { WireWriter } from './wire-writer.ts';

const ROW_DATA = 7;

/** One item of a select list. */
export interface OutputValue {
  readonly value: Compiled;
  readonly type: SqlType;
  /** Set for TO_CHAR of a column with a fixed mask. */
  readonly dateText: { readonly column: number; readonly mask: string; readonly fractionDigits: number } | undefined;
}

/** Writes one value of the row that stands at `offsets` in `bytes`: an offset per column, and one behind the last. */
interface StoredStep {
  readonly last: number;
  readonly write: (writer: WireWriter, bytes: Buffer, offsets: Int32Array) => void;
}

type ComputedStep = (writer: WireWriter, environment: Environment) => void;

/** A StoredStep, or a ComputedStep for what must be computed. */
type Step =
  | { readonly stored: StoredStep; readonly computed: undefined }
  | { readonly stored: undefined; readonly computed: ComputedStep };

/** Writes the select list over an environment as a row data message. */
export type RowWriter = (writer: WireWriter, environment: Environment) => void;

/** `table`: the only source, if that is a table; the bytes of its columns are sent as they are stored. */
export function compileRowWriter(items: readonly OutputValue[], table: Table | undefined): RowWriter {
  const computed = items.map(computedStep);
  const plain: RowWriter = (writer, environment) => {
    writer.uint8(ROW_DATA);
    for (const step of computed) step(writer, environment);
  };
  return table === undefined ? plain : overStoredRows(items, table, plain);
}

function computedStep({ value, type }: OutputValue): ComputedStep {
  const write = valueWriter(type);
  return (writer, environment) => {
    const found = value.read(environment);
    if (found === null) writeNull(writer, type);
    else write(writer, found);
  };
}

function overStoredRows(items: readonly OutputValue[], table: Table, plain: RowWriter): RowWriter {
  const format = rowFormatOf(table.columns);
  const steps = joinedSteps(items, (column) => format.isAsSent(column));
  const columns = 1 + Math.max(-1, ...steps.map(({ stored }) => stored?.last ?? -1));
  const offsets = new Int32Array(columns + 1);
  return (writer, environment) => {
    const row = environment.rows[0];
    if (!(row instanceof Version) || row.deleted || row.page.format.columnCount < columns) {
      plain(writer, environment);
      return;
    }
    const { bytes } = row.page;
    let at = row.offset;
    for (let column = 0; column < columns; column++) {
      offsets[column] = at;
      at = valueEnd(bytes, at);
    }
    offsets[columns] = at;
    writer.uint8(ROW_DATA);
    for (const { stored, computed } of steps) {
      if (stored === undefined) computed(writer, environment);
      else stored.write(writer, bytes, offsets);
    }
  };
}

/** One step per item, but only one for columns that follow each other in the table as in the list. */
function joinedSteps(items: readonly OutputValue[], isAsSent: (column: number) => boolean): readonly Step[] {
  const steps: Step[] = [];
  for (let index = 0; index < items.length;) {
    const item = items[index];
    if (item === undefined) break;
    const first = storedColumn(item, isAsSent);
    const dateWriter = first === undefined ? dateWriterOf(item) : undefined;
    let next = index + 1;
    if (first !== undefined) {
      while (next < items.length && storedColumn(items[next], isAsSent) === first + next - index) next += 1;
      steps.push({ stored: copyColumns(first, first + next - index - 1), computed: undefined });
    } else if (item.dateText !== undefined && dateWriter !== undefined) {
      steps.push({ stored: writeDateText(item.dateText.column, dateWriter), computed: undefined });
    } else steps.push({ stored: undefined, computed: computedStep(item) });
    index = next;
  }
  return steps;
}

function storedColumn(item: OutputValue | undefined, isAsSent: (column: number) => boolean): number | undefined {
  const column = item?.value.column;
  return column !== undefined && isAsSent(column.index) ? column.index : undefined;
}

function dateWriterOf({ dateText }: OutputValue): DateWriter | undefined {
  return dateText === undefined ? undefined : compileDateWriter(dateText.mask, dateText.fractionDigits);
}

function copyColumns(first: number, last: number): StoredStep {
  return {
    last,
    write: (writer, bytes, offsets) => {
      writer.copy(bytes, offsets[first] ?? 0, offsets[last + 1] ?? 0);
    },
  };
}

function writeDateText(column: number, { length, write }: DateWriter): StoredStep {
  return {
    last: column,
    write: (writer, bytes, offsets) => {
      const at = offsets[column] ?? 0;
      const size = bytes[at] ?? 0;
      if (size === 0) {
        writer.uint8(0);
        return;
      }
      writer.uint8(length);
      const target = writer.claim(length);
      write({ bytes, at: at + 1, size }, writer.buffer, target);
    },
  };
}
