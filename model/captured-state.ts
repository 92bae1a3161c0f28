/** The state of a captured table, from its plan and its columns. Pure. */
import { largeOf } from './large-columns.ts';
import type { PlannedTable } from './planned-table.ts';
import { compareScn } from './scn.ts';
import type { AddedDefault, LogNames, StateBound, TableState } from './table-state.ts';
import type { Column, OracleType } from './table.ts';
import type { CapturedTable, ColumnSince } from './task-plan.ts';

export type CapturedPlan = PlannedTable & Pick<CapturedTable, 'emitAfter' | 'since'>;

/** The same table without the columns that `_log` never tells (docs/decisions/0022). */
export function withoutLargeColumns<Plan extends PlannedTable>(plan: Plan): Plan {
  const { description, columns } = plan;
  const large = new Set(largeColumns(plan));
  if (large.size === 0) return plan;
  return {
    ...plan,
    description: { ...description, columns: description.columns.filter(({ name }) => !large.has(name)) },
    columns: columns.filter(({ source }) => !large.has(source)),
  };
}

/** Oracle names of columns that both sides are not compared in: `_log` has no values of them, or newer ones where undo was gone. */
export const largeColumns = ({ description }: PlannedTable): readonly string[] =>
  largeOf(description).map(({ name }) => name);

/** Oracle names of columns whose values are only in `_base`. */
export const columnsNotInLog = (plan: PlannedTable): readonly string[] =>
  plan.lobInLog === 'reread' ? [] : largeColumns(plan);

export function stateOf(plan: CapturedPlan, bound?: StateBound): TableState {
  const { base, log, columns, description, partitionColumns } = plan;
  const sinkName = new Map(columns.map(({ source, sink }) => [source, sink.name]));
  return {
    base,
    log,
    names: logNames(plan),
    columns: columns.map(({ sink }) => sink),
    key: description.key.columns.flatMap((name) => sinkName.get(name) ?? []),
    partitionColumns,
    defaults: defaultsOf(plan),
    ...(bound && { bound }),
  };
}

/** Order of names.ts, `logColumns`: id, operation, time, before, after. */
function logNames({ logColumns }: PlannedTable): LogNames {
  const [recordId = '', , utcTimestamp = '', beforeFlag = '', afterFlag = ''] = logColumns.map(({ name }) => name);
  return { recordId, utcTimestamp, beforeFlag, afterFlag };
}

function defaultsOf({ columns, description, since = [], emitAfter }: CapturedPlan): readonly AddedDefault[] {
  return since.flatMap((added): readonly AddedDefault[] => {
    const sink = columns.find(({ source }) => source === added.name)?.sink;
    const column = description.columns.find(({ name }) => name === added.name);
    const constant = column && canonicalConstant(column, added);
    if (!sink || constant === undefined) return [];
    const base = compareScn(added.scn, emitAfter) > 0;
    return [{ column: sink.name, constant, recordId: added.recordId ?? 0, base }];
  });
}

const TEXTS = new Set(['VARCHAR2', 'NVARCHAR2']);
const PADDED = new Set(['CHAR', 'NCHAR']);
const NUMBERS = new Set(['NUMBER', 'FLOAT']);

/** `0`, `'it''s'`, `NULL` of a DDL → the text of model/table.ts; undefined for NULL, and where Oracle's own settings decide what it means. */
function canonicalConstant({ type }: Column, { constant = 'NULL' }: ColumnSince): string | undefined {
  if (constant === 'NULL' || constant === "''") return undefined;
  const quoted = constant.startsWith("'");
  const text = quoted ? constant.slice(1, -1).replaceAll("''", "'") : canonicalNumber(constant);
  if (text === undefined) return undefined;
  if (NUMBERS.has(type.base)) return canonicalNumber(text);
  return inColumn(type, quoted ? text : text.replace(/^(-?)0\./, '$1.')); // as TO_CHAR writes it
}

function inColumn({ base, length = 0 }: OracleType, text: string): string | undefined {
  if (PADDED.has(base)) return text.padEnd(base === 'NCHAR' ? length / 2 : length, ' ');
  return TEXTS.has(base) ? text : undefined;
}

const NUMBER = /^\s*([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?\s*$/;

/** Plain decimal, as model/table.ts has it. */
function canonicalNumber(text: string): string | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const digits = whole + fraction;
  if (digits === '') return undefined;
  const point = whole.length + Number(exponent);
  const left =
    point <= 0
      ? '0'
      : digits
          .slice(0, point)
          .padEnd(point, '0')
          .replace(/^0+(?=\d)/, '');
  const right = (point <= 0 ? '0'.repeat(-point) + digits : digits.slice(point)).replace(/0+$/, '');
  const plain = right === '' ? left : `${left}.${right}`;
  return sign === '-' && plain !== '0' ? `-${plain}` : plain;
}
