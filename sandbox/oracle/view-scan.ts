import type { Environment, Test } from './sql-compiled.ts';
import type { Row } from './store.ts';
import type { RowCursor } from './table-scan.ts';

/** The rows of an inline view, one by one. */
export interface ViewRows extends RowCursor {
  /** The row that it stands on. */
  values(): Row;
}

/** Puts the rows of an inline view that pass into an environment of which it is the only source. */
export class ViewScan implements RowCursor {
  readonly #rows: ViewRows;
  readonly #tests: readonly Test[];
  readonly #environment: Environment;

  constructor(rows: ViewRows, tests: readonly Test[], environment: Environment) {
    this.#rows = rows;
    this.#tests = tests;
    this.#environment = environment;
  }

  advance(): boolean {
    while (this.#rows.advance()) {
      this.#environment.rows[0] = { values: this.#rows.values(), slot: undefined };
      if (this.#passes()) return true;
    }
    return false;
  }

  #passes(): boolean {
    for (const test of this.#tests) if (test(this.#environment) !== true) return false;
    return true;
  }
}

/** What a cursor finds, as a sequence. */
export function* eachOf(cursor: RowCursor, environment: Environment): Generator<Environment> {
  while (cursor.advance()) yield environment;
}
