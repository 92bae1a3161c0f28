/** A chunk is a ROWID range of one table, read AS OF one SCN: the unit of full copy. */
export interface Chunk {
  /** 1-based, dense. */
  readonly number: number;
  /** Both bounds inclusive, extended ROWID text. */
  readonly firstRowid: string;
  readonly lastRowid: string;
}
