/**
 * V$LOGMNR_CONTENTS cuts SQL_REDO at about 4,000 bytes: a row with CSF = 1 goes on in the next one.
 * The pieces are one text without a separator; a cut may fall inside a literal, never inside a character.
 */
import { Failure } from '../model/failure.ts';
import type { RedoRow } from './redo-row.ts';

/** Far above any row of 1,000 columns without LOBs. */
const CHARACTERS_MAX = 64 * 1024 * 1024;

/** Feeds on rows in LogMiner's order; gives every statement as one row. */
export class ContinuationJoiner {
  #first: RedoRow | undefined;
  #pieces: string[] = [];
  #characters = 0;

  /** The row itself, or the whole statement once its last piece is there; undefined before that. @throws Failure when pieces do not belong together */
  add(row: RedoRow): RedoRow | undefined {
    const first = this.#first;
    if (first === undefined && !row.csf) return row;
    if (first !== undefined && !continues(first, row)) throw broken(first, 'is followed by a row of another change');
    this.#first ??= row;
    this.#pieces.push(row.sqlRedo ?? '');
    this.#characters += row.sqlRedo?.length ?? 0;
    if (this.#characters > CHARACTERS_MAX)
      throw broken(this.#first, `is longer than ${String(CHARACTERS_MAX)} characters`);
    if (row.csf) return undefined;
    return { ...this.#first, csf: false, sqlRedo: this.#take() };
  }

  /** @throws Failure when the last statement is not complete */
  finish(): void {
    if (this.#first !== undefined) throw broken(this.#first, 'has no end');
  }

  #take(): string {
    const text = this.#pieces.join('');
    this.#first = undefined;
    this.#pieces = [];
    this.#characters = 0;
    return text;
  }
}

const continues = (first: RedoRow, next: RedoRow): boolean =>
  next.scn === first.scn &&
  next.rsId === first.rsId &&
  next.ssn === first.ssn &&
  next.xid === first.xid &&
  next.operation === first.operation;

const broken = ({ scn, xid, rsId, ssn }: RedoRow, what: string): Failure =>
  new Failure(
    'source-redo-undecodable',
    `A statement in pieces (CSF) at SCN ${scn}, RS_ID ${rsId}, SSN ${String(ssn)}, transaction ${xid} ${what}. Nothing was skipped; report this.`,
  );
