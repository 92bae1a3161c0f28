/** Tables of the destination, as the product defines and finds them. */

/** `int`, `bigint`, `decimal(10,2)`, `string`, `timestamp_ntz` …: MaxCompute's own lower-case spelling without blanks. */
export type SinkType = string;

export interface SinkColumn {
  readonly name: string;
  readonly type: SinkType;
  readonly comment?: string;
  /** A value that the column cannot hold is written as NULL and counted. Without it such a value ends the work with an error. */
  readonly overflow?: 'null';
}

export interface SinkTable {
  readonly name: string;
  readonly comment: string;
  readonly columns: readonly SinkColumn[];
  readonly partitionColumns: readonly SinkColumn[];
}
