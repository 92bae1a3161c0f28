import { OracleError } from './engine.ts';
import type { Segment } from './segments.ts';
import type { ConstraintDefinition, IndexOrganizationClause } from './sql-syntax.ts';
import { rowidOf } from './store.ts';
import type { Constraint, Slot, Table } from './store.ts';

/**
 * Index-organized tables: the rows lie in the index of the primary key, the ends of long ones in an overflow table. Here all of a row is in
 * the index. Sources: Database Concepts, "Overview of Index-Organized Tables"; Administrator's Guide, "Managing Index-Organized Tables".
 */

/** An object that belongs to an index-organized table and has a segment. */
interface Part {
  readonly type: 'INDEX' | 'TABLE';
  readonly name: string;
  readonly objectId: number;
  readonly dataObjectId: number;
  readonly segment: Segment<Slot>;
}

/**
 * The constraints of a definition; the key of an index-organized table without a name is named after the table's number.
 * @throws OracleError 904, 25175, 25186
 */
export function indexOrganized(
  definition: {
    readonly columns: readonly { readonly name: string }[];
    readonly constraints: readonly ConstraintDefinition[];
    readonly organization?: IndexOrganizationClause;
  },
  objectId: number,
): readonly ConstraintDefinition[] {
  const { organization, constraints } = definition;
  if (organization === undefined) return constraints;
  if (!constraints.some(({ kind }) => kind === 'primary'))
    throw new OracleError(25_175, 'no PRIMARY KEY constraint found');
  const { including, overflow } = organization;
  if (including !== undefined && !overflow)
    throw new OracleError(25_186, 'INCLUDING clause specified for index-organized table without OVERFLOW');
  if (including !== undefined && !definition.columns.some(({ name }) => name === including))
    throw new OracleError(904, `"${including}": invalid identifier`);
  return constraints.map((constraint) =>
    constraint.kind === 'primary' && constraint.name === undefined
      ? { ...constraint, name: `SYS_IOT_TOP_${objectId}` }
      : constraint,
  );
}

/** The key whose index the table is. */
export function indexOf(table: Table): Constraint | undefined {
  return table.constraints.find(({ kind }) => kind === 'primary');
}

export function overflowNameOf({ objectId }: Table): string {
  return `SYS_IOT_OVER_${objectId}`;
}

/** None of another table, nor of one in the recycle bin. */
export function partsOf(table: Table): readonly Part[] {
  const { organization, pieces, state } = table;
  const [piece] = pieces;
  if (organization === undefined || piece === undefined || state !== 'present') return [];
  const { indexId, overflow } = organization;
  const { dataObjectId, segment } = piece;
  const index: Part = { type: 'INDEX', name: indexOf(table)?.name ?? '', objectId: indexId, dataObjectId, segment };
  return overflow === undefined ? [index] : [index, { ...overflow, type: 'TABLE', name: overflowNameOf(table) }];
}

/** The ROWID of a row that has a physical one; index-organized rows have logical ones, which neither LogMiner nor an answer shows. */
export function lastRowid(slot: Slot | undefined): { readonly lastRowid?: string } {
  return slot === undefined || slot.table.organization !== undefined ? {} : { lastRowid: rowidOf(slot) };
}
