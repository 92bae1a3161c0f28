import type { LogFile, RedoAside, RedoBlemish, RedoBody, RedoKind, RedoRecord, RedoTransaction } from './redo-types.ts';
import type { Row, Shape, Slot, Table, Version } from './store.ts';

/** What undoing a change writes. */
const INVERSE = { insert: 'delete', update: 'update', delete: 'insert' } as const;

/** The redo of a change of a row, or of its undoing. */
export function rowRedo(made: {
  readonly transaction: RedoTransaction;
  readonly change: Version;
  readonly compensation: boolean;
  readonly allColumns: boolean;
  /** Instead of the change. */
  readonly aside?: RedoAside;
  readonly blemish?: RedoBlemish | undefined;
}): RedoBody {
  const { change, compensation } = made;
  return {
    kind: made.aside ?? (compensation ? INVERSE[change.kind] : change.kind),
    transaction: made.transaction,
    table: change.slot.table,
    change,
    compensation,
    allColumns: made.allColumns,
    text: undefined,
    shape: change.slot.table.shape,
    blemish: made.blemish,
  };
}

export interface RedoPlace {
  readonly scn: number;
  readonly log: LogFile;
  readonly offset: number;
  readonly ssn: number;
  /** Milliseconds of the host's wall clock. */
  readonly time: number;
}

const COMPENSATION = 1;
const ALL_COLUMNS = 2;
const UNSUPPORTED = 4;
const UNESCAPED = 8;
const INTERNAL = 16;
const SELECT_FOR_UPDATE = 32;

function marksOf({ kind, compensation, allColumns, blemish }: RedoBody): number {
  let marks = (compensation ? COMPENSATION : 0) | (allColumns ? ALL_COLUMNS : 0);
  if (blemish !== undefined) marks |= blemish === 'unsupported' ? UNSUPPORTED : UNESCAPED;
  if (kind === 'internal') marks |= INTERNAL;
  if (kind === 'select for update') marks |= SELECT_FOR_UPDATE;
  return marks;
}

/**
 * A record as the log keeps it: the change that it speaks of (both images are versions of the row, which stay for good) and
 * where it stands. There is one for every changed row, so it has as few fields as that takes.
 */
export class StoredRecord implements RedoRecord {
  readonly transaction: RedoTransaction;
  readonly change: Version | undefined;
  readonly shape: Shape | undefined;
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
    this.shape = body.shape;
    this.log = place.log;
    this.scn = place.scn;
    this.offset = place.offset;
    this.ssn = place.ssn;
    this.#rowless = body.change === undefined ? body : undefined;
    this.#elapsed = place.time - place.log.firstTime;
    this.#marks = marksOf(body);
  }

  get kind(): RedoKind {
    const { change } = this;
    if (change === undefined) return this.#rowless?.kind ?? 'ddl';
    if ((this.#marks & INTERNAL) !== 0) return 'internal';
    if ((this.#marks & SELECT_FOR_UPDATE) !== 0) return 'select for update';
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

  get ddlName(): string | undefined {
    return this.#rowless?.ddlName;
  }

  get blemish(): RedoBlemish | undefined {
    if ((this.#marks & UNSUPPORTED) !== 0) return 'unsupported';
    return (this.#marks & UNESCAPED) === 0 ? undefined : 'unescaped';
  }

  get slot(): Slot | undefined {
    return this.change?.slot;
  }

  get columns(): readonly number[] | undefined {
    return this.change?.columns;
  }

  get before(): Row | undefined {
    return this.#image(!this.compensation);
  }

  get after(): Row | undefined {
    return this.#image(this.compensation);
  }

  #image(before: boolean): Row | undefined {
    const { change, shape } = this;
    if (change === undefined || shape === undefined) return undefined;
    return before ? change.before(shape.columns) : change.after(shape.columns);
  }
}
