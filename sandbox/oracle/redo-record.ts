import type { LogFile, RedoBody, RedoKind, RedoRecord, RedoTransaction } from './redo-types.ts';
import type { Row, Slot, Table, Version } from './store.ts';

/** What undoing a change writes. */
const INVERSE = { insert: 'delete', update: 'update', delete: 'insert' } as const;

/** The redo of a change of a row, or of its undoing. */
export function rowRedo(made: {
  readonly transaction: RedoTransaction;
  readonly change: Version;
  readonly compensation: boolean;
  readonly allColumns: boolean;
}): RedoBody {
  const { change, compensation } = made;
  return {
    kind: compensation ? INVERSE[change.kind] : change.kind,
    transaction: made.transaction,
    table: change.slot.table,
    change,
    compensation,
    allColumns: made.allColumns,
    text: undefined,
  };
}

export interface RedoPlace {
  readonly scn: number;
  readonly log: LogFile;
  readonly offset: number;
  readonly ssn: number;
  readonly time: number;
}

const COMPENSATION = 1;
const ALL_COLUMNS = 2;

/**
 * A record as the log keeps it: the change that it speaks of (both images are versions of the row, which stay for good) and
 * where it stands. There is one for every changed row, so it has as few fields as that takes.
 */
export class StoredRecord implements RedoRecord {
  readonly transaction: RedoTransaction;
  readonly change: Version | undefined;
  readonly log: LogFile;
  readonly scn: number;
  readonly offset: number;
  readonly ssn: number;
  readonly #rowless: RedoBody | undefined;
  readonly #elapsed: number;
  readonly #marks: number;

  constructor(body: RedoBody, place: RedoPlace) {
    this.transaction = body.transaction;
    this.change = body.change;
    this.log = place.log;
    this.scn = place.scn;
    this.offset = place.offset;
    this.ssn = place.ssn;
    this.#rowless = body.change === undefined ? body : undefined;
    this.#elapsed = place.time - place.log.firstTime;
    this.#marks = (body.compensation ? COMPENSATION : 0) | (body.allColumns ? ALL_COLUMNS : 0);
  }

  get kind(): RedoKind {
    const { change } = this;
    if (change === undefined) return this.#rowless?.kind ?? 'ddl';
    return this.compensation ? INVERSE[change.kind] : change.kind;
  }

  get time(): number {
    return this.log.firstTime + this.#elapsed;
  }

  get compensation(): boolean {
    return (this.#marks & COMPENSATION) !== 0;
  }

  get allColumns(): boolean {
    return (this.#marks & ALL_COLUMNS) !== 0;
  }

  get table(): Table | undefined {
    return this.change === undefined ? this.#rowless?.table : this.change.slot.table;
  }

  get text(): string | undefined {
    return this.#rowless?.text;
  }

  get slot(): Slot | undefined {
    return this.change?.slot;
  }

  get columns(): readonly number[] | undefined {
    return this.change?.columns;
  }

  get before(): Row | undefined {
    return this.compensation ? this.change?.after : this.change?.before;
  }

  get after(): Row | undefined {
    return this.compensation ? this.change?.before : this.change?.after;
  }
}
