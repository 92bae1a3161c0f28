/** The contract of `asOfTable` and `tableState`: a table as it was at a moment, and the statement that a person runs. Plain JSON. */
import type { TableState } from './table-state.ts';

export interface StateRequest {
  /** `redoflow/<task>`. */
  readonly taskWorkflowId: string;
  /** Canonical name. */
  readonly table: string;
  /** Unix seconds: changes that are stamped before it count. Absent: all. */
  readonly before?: number;
}

export interface DescribedState {
  readonly state: TableState;
  readonly destination: string;
  /** Destination names of columns that are NULL in every row that changed since the copy. */
  readonly notTold: readonly string[];
}

export interface AsOfRequest extends StateRequest {
  readonly before: number;
  readonly into: string;
}

export interface AsOfAnswer {
  readonly into: string;
  readonly rows: number;
  readonly notTold: readonly string[];
}

export interface AsOfProgress {
  readonly step: 'waiting' | 'writing';
}

export interface AsOfActivities {
  /** At once. @throws Failure bad-input when the table has no state that can be told */
  describeState(input: StateRequest): Promise<DescribedState>;
  /** Resolves once every change of before the moment is at the destination. */
  awaitMoment(input: AsOfRequest): Promise<DescribedState>;
  /** @throws Failure bad-input when `into` is another's table */
  writeAsOf(input: AsOfRequest & { readonly described: DescribedState }): Promise<AsOfAnswer>;
}

/** `employees_base` → `employees_asof_20261122_171500`, UTC. */
export function asOfName(base: string, seconds: number): string {
  const stamp = new Date(seconds * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
  return `${base.replace(/_base$/i, '')}_asof_${stamp}`;
}
