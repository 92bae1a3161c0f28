/** Golden cases of kind `ddl` through the product's parser, in the file's notation (test/golden/README.md). */
import type { DdlAction, PartitionVerb } from '../../oracle/ddl-alter-table.ts';
import type { DdlColumn } from '../../oracle/ddl-column.ts';
import { parseDdl } from '../../oracle/ddl-statement.ts';

type Notation = Readonly<Record<string, unknown>>;

const columnNotation = ({ name, type, nullable, default: given }: DdlColumn): Notation => ({
  name,
  ...(type !== undefined && { type }),
  ...(nullable !== undefined && { nullable }),
  ...(given !== undefined && { default: given.text }),
});

/** Partition clauses by which rows change without rows of redo. */
const REPLACING: ReadonlySet<PartitionVerb> = new Set(['DROP', 'TRUNCATE', 'EXCHANGE']);

/** What the file counts as a change: of a visible column. */
function changeNotation(action: DdlAction): readonly Notation[] {
  switch (action.kind) {
    case 'add':
    case 'modify':
      return [{ [action.kind]: columnNotation(action.column) }];
    case 'drop':
    case 'unused':
      return [{ drop: action.column }];
    case 'rename-column':
      return [{ rename: { from: action.column, to: action.to } }];
    default:
      return [];
  }
}

function alterNotation(actions: readonly DdlAction[]): Notation {
  const [first] = actions;
  if (first?.kind === 'rename-table') return { op: 'DDL', action: 'rename_table', to: first.to };
  if (first?.kind === 'partition' && REPLACING.has(first.verb)) {
    return { op: 'DDL', action: `${first.verb.toLowerCase()}_partition`, partition: first.partition };
  }
  const dropsLogging = actions.some(
    (action) => action.kind === 'supplemental-logging' && action.verb === 'DROP' && action.what === 'DATA',
  );
  return {
    op: 'DDL',
    action: 'alter_table',
    changes: actions.flatMap(changeNotation),
    ...(dropsLogging && { warn: 'supplemental-logging-dropped' }),
  };
}

/** @throws DdlSyntaxError */
export function ddlNotation(sql: string): Notation {
  const statement = parseDdl(sql);
  switch (statement.kind) {
    case 'alter-table':
      return alterNotation(statement.actions);
    case 'create-table':
      return { op: 'DDL', action: 'create_table', columns: statement.columns.map(columnNotation) };
    case 'rename-table':
      return { op: 'DDL', action: 'rename_table', to: statement.to };
    case 'drop-table':
      return { op: 'DDL', action: 'drop_table' };
    default:
      return { op: 'DDL', action: 'other' };
  }
}
