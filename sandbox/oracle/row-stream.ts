import type { SqlValue } from './engine.ts';
import type { RowWriter } from './row-writer.ts';
import type { Environment } from './sql-compiled.ts';
import type { Row } from './store.ts';
import type { RowCursor } from './table-scan.ts';
import { WireWriter } from './wire-writer.ts';

/** The result of a query whose rows need no sorting or grouping: made one by one, as values or straight as bytes. */
export class RowStream {
  readonly #cursor: RowCursor;
  readonly #environment: Environment;
  readonly #output: { readonly read: (environment: Environment) => Row; readonly write: RowWriter };
  /** Rows that LIMIT leaves. */
  #left: number;
  /** The environment stands on the next row. */
  #ready: boolean;

  constructor(
    cursor: RowCursor,
    environment: Environment,
    plan: {
      readonly read: (environment: Environment) => Row;
      readonly write: RowWriter;
      readonly limit: number | undefined;
    },
  ) {
    this.#cursor = cursor;
    this.#environment = environment;
    this.#output = plan;
    this.#left = plan.limit ?? Infinity;
    this.#ready = this.#left > 0 && cursor.advance();
    // The first row is made now, so that what fails at once fails in the execute call.
    if (this.#ready) plan.write(new WireWriter(512), environment);
  }

  #next(): void {
    this.#left -= 1;
    this.#ready = this.#left > 0 && this.#cursor.advance();
  }

  take(count: number): readonly Row[] {
    const rows: Row[] = [];
    while (rows.length < count && this.#ready) {
      rows.push(this.#output.read(this.#environment));
      this.#next();
    }
    return rows;
  }

  /** Writes at most `count` rows as row data messages, `begin` before the first. Gives their number. */
  write(writer: WireWriter, count: number, begin: () => void): number {
    let written = 0;
    while (written < count && this.#ready) {
      if (written === 0) begin();
      this.#output.write(writer, this.#environment);
      written += 1;
      this.#next();
    }
    return written;
  }
}

export function readAll(values: readonly { readonly read: (environment: Environment) => SqlValue }[]) {
  return (environment: Environment): Row => values.map((value) => value.read(environment));
}
