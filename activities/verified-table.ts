/** A table at a comparable point, with everything that is needed to look at both of its sides. */
import { stateOf, withoutLargeColumns, type CapturedPlan } from '../model/captured-state.ts';
import { comparedColumn, type ComparedColumn } from '../model/destination-text.ts';
import { rowText, type RowText } from '../model/row-text.ts';
import type { ComparedRow, ComparedTable } from '../model/row-differences.ts';
import type { TableState } from '../model/table-state.ts';
import type { Row } from '../model/table.ts';
import { contentHash } from '../model/task-plan.ts';
import type { VerifiedTable } from '../model/verification.ts';
import { describePlanned } from './planned-tables.ts';
import type { Dependencies, Sink, Source } from './ports.ts';

export interface BothSides {
  readonly source: Source;
  readonly sink: Sink;
  /** Only the columns that are compared. */
  readonly plan: CapturedPlan;
  readonly state: TableState;
  /** Absent: the databases cannot make the texts of these columns. */
  readonly text: RowText | undefined;
  readonly columns: readonly ComparedColumn[];
  readonly table: ComparedTable;
}

export async function openBothSides(deps: Dependencies, subject: VerifiedTable): Promise<BothSides> {
  const source = deps.source(subject.source);
  const planned = await describePlanned(source, subject.plan, subject.rules);
  const plan = withoutLargeColumns({ ...subject.plan, ...planned });
  const { description, columns } = plan;
  const names = columns.map(({ source: name }) => name);
  return {
    source,
    sink: deps.sink(subject.destination),
    plan,
    state: stateOf(plan, { recordId: subject.point.recordId }),
    text: rowText(description.columns, columns, description.key.columns),
    columns: columns.map(({ sink }) => comparedColumn(sink)),
    table: { columns: names, key: description.key.columns.map((name) => names.indexOf(name)) },
  };
}

/** As it would stand at the destination. */
export const fromSource = (row: Row, columns: readonly ComparedColumn[]): ComparedRow =>
  columns.map((column, index) => column.fromSource(row[index] ?? null));

/** A row of `keepState`, without the number of its copies. */
export const fromDestination = (row: Row, columns: readonly ComparedColumn[]): ComparedRow =>
  columns.map((column, index) => column.fromDestination(row[index] ?? null));

/** The last column of `keepState`. */
export const copiesOf = (row: Row): number => Number(row.at(-1));

/** Equal for equal content, so that a repeated attempt finds what an earlier one has kept. */
export const keptTable = (verification: string, { plan, point }: VerifiedTable, content: unknown): string =>
  `redoflow_verify_${verification}_${contentHash(JSON.stringify([plan.table, plan.generation ?? 0, point, content]))}`;

/** The whole table, where the worker computes the digests. */
export const keptWhole = (verification: string, subject: VerifiedTable): string =>
  keptTable(verification, subject, 'all');
