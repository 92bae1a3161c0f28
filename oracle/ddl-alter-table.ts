/** The clauses of ALTER TABLE (Oracle SQL Language Reference, "ALTER TABLE"). */
import { readColumn, seesClause, seesConstraint, seesEnd } from './ddl-column.ts';
import type { DdlColumn } from './ddl-column.ts';
import type { DdlToken, DdlTokens } from './ddl-tokens.ts';

export type PartitionVerb =
  'ADD' | 'DROP' | 'TRUNCATE' | 'EXCHANGE' | 'SPLIT' | 'MERGE' | 'MOVE' | 'COALESCE' | 'RENAME' | 'MODIFY';

export type DdlAction =
  | { readonly kind: 'add' | 'modify'; readonly column: DdlColumn }
  | { readonly kind: 'drop' | 'unused'; readonly column: string }
  | { readonly kind: 'rename-column'; readonly column: string; readonly to: string }
  | { readonly kind: 'rename-table'; readonly to: string }
  /** `filtered`: INCLUDING ROWS, so that rows which a condition does not hold for vanish. */
  | {
      readonly kind: 'partition';
      readonly verb: PartitionVerb;
      readonly partition?: string;
      readonly filtered: boolean;
    }
  | { readonly kind: 'move'; readonly filtered: boolean }
  | { readonly kind: 'supplemental-logging'; readonly verb: 'ADD' | 'DROP'; readonly what: 'DATA' | 'GROUP' }
  /** Neither a column nor a row changes; `what`: in a few words. */
  | { readonly kind: 'other'; readonly what: string };

type Actions = readonly DdlAction[];

const other = (what: string): Actions => [{ kind: 'other', what }];

const PARTITIONS = ['PARTITION', 'PARTITIONS', 'SUBPARTITION', 'SUBPARTITIONS'] as const;

const seesPartition = (tokens: DdlTokens): boolean => PARTITIONS.some((word) => tokens.sees(word));

const hasFilter = (tokens: readonly DdlToken[]): boolean =>
  tokens.some(({ kind, text }, at) => kind === 'word' && text === 'INCLUDING' && tokens[at + 1]?.text === 'ROWS');

/** To the end: clauses on partitions stand alone. */
function readPartition(tokens: DdlTokens, verb: PartitionVerb): Actions {
  tokens.acceptAny(PARTITIONS);
  const named = !tokens.sees('FOR') && !tokens.sees('VALUES') && ['word', 'name'].includes(tokens.peek().kind);
  const partition = named ? tokens.name() : undefined;
  const filtered = hasFilter(tokens.skipUntil(() => tokens.atEnd));
  return [{ kind: 'partition', verb, filtered, ...(partition !== undefined && { partition }) }];
}

/** One or, in parentheses, some. */
function readList<T>(tokens: DdlTokens, item: () => T): readonly T[] {
  if (!tokens.acceptMark('(')) return [item()];
  const items: T[] = [];
  do items.push(item());
  while (tokens.acceptMark(','));
  tokens.expectMark(')');
  return items;
}

/** To the next clause; `DROP INDEX` is an end of one. */
function skipClause(tokens: DdlTokens): void {
  tokens.skipUntil(() => seesClause(tokens) && !tokens.sees('DROP', 'INDEX'));
}

function skipConstraint(tokens: DdlTokens): void {
  tokens.skipUntil(() => seesEnd(tokens));
}

/** Where the pieces of large columns are kept: after the columns. */
const STORAGE = ['LOB', 'XMLTYPE', 'VARRAY', 'NESTED'] as const;

function readColumns(tokens: DdlTokens, kind: 'add' | 'modify'): Actions {
  const actions = readList(tokens, (): DdlAction => {
    if (!seesConstraint(tokens)) return { kind, column: readColumn(tokens) };
    skipConstraint(tokens);
    return { kind: 'other', what: `${kind.toUpperCase()} CONSTRAINT` };
  });
  if (STORAGE.some((word) => tokens.sees(word))) skipClause(tokens);
  return actions;
}

/** Types whose names are reserved, so that no partition is called so: `ADD PARTITION NUMBER` adds a column. */
const RESERVED_TYPES = [
  ...['NUMBER', 'VARCHAR2', 'VARCHAR', 'CHAR', 'DATE', 'RAW', 'LONG', 'FLOAT'],
  ...['INTEGER', 'SMALLINT', 'DECIMAL'],
];

const seesPartitionClause = (tokens: DdlTokens): boolean =>
  seesPartition(tokens) &&
  !RESERVED_TYPES.some((type) => tokens.peek(1).kind === 'word' && tokens.peek(1).text === type);

function readSupplemental(tokens: DdlTokens, verb: 'ADD' | 'DROP'): Actions {
  const what = tokens.accept('DATA') ? 'DATA' : 'GROUP';
  if (what === 'GROUP') tokens.expect('GROUP');
  skipClause(tokens);
  return [{ kind: 'supplemental-logging', verb, what }];
}

function readAdd(tokens: DdlTokens): Actions {
  if (tokens.accept('SUPPLEMENTAL', 'LOG')) return readSupplemental(tokens, 'ADD');
  if (seesPartitionClause(tokens)) return readPartition(tokens, 'ADD');
  if (!seesConstraint(tokens)) return readColumns(tokens, 'add');
  skipClause(tokens);
  return other('ADD CONSTRAINT');
}

function readModify(tokens: DdlTokens): Actions {
  if (tokens.accept('DEFAULT', 'ATTRIBUTES')) return skipAll(tokens, 'MODIFY DEFAULT ATTRIBUTES');
  // MODIFY PARTITION BY makes a table of another kind; MODIFY PARTITION p touches no row.
  if (seesPartitionClause(tokens) && tokens.peek(1).text !== 'BY') return readPartition(tokens, 'MODIFY');
  if (tokens.seesMark('(') || !seesConstraint(tokens)) return readColumns(tokens, 'modify');
  skipClause(tokens);
  return other('MODIFY CONSTRAINT');
}

function readDrop(tokens: DdlTokens): Actions {
  if (tokens.accept('SUPPLEMENTAL', 'LOG')) return readSupplemental(tokens, 'DROP');
  if (tokens.accept('UNUSED', 'COLUMNS') || tokens.accept('COLUMNS', 'CONTINUE')) {
    return skipAll(tokens, 'DROP UNUSED COLUMNS');
  }
  if (seesPartition(tokens)) return readPartition(tokens, 'DROP');
  if (seesConstraint(tokens)) {
    skipClause(tokens);
    return other('DROP CONSTRAINT');
  }
  if (!tokens.accept('COLUMN') && !tokens.seesMark('(')) tokens.fail('COLUMN');
  return readNames(tokens, 'drop');
}

function readNames(tokens: DdlTokens, kind: 'drop' | 'unused'): Actions {
  const columns = readList(tokens, () => tokens.name());
  skipClause(tokens);
  return columns.map((column) => ({ kind, column }));
}

const HARMLESS_SETTINGS = ['INTERVAL', 'STORE', 'SUBPARTITION', 'PARTITIONING'] as const;

function readSet(tokens: DdlTokens): Actions {
  const setting = tokens.acceptAny(HARMLESS_SETTINGS);
  if (setting !== undefined) return skipAll(tokens, `SET ${setting}`);
  tokens.expect('UNUSED');
  if (!tokens.accept('COLUMN') && !tokens.seesMark('(')) tokens.fail('COLUMN');
  return readNames(tokens, 'unused');
}

function readRename(tokens: DdlTokens): Actions {
  if (tokens.accept('TO')) return [{ kind: 'rename-table', to: tokens.name() }];
  if (tokens.accept('CONSTRAINT')) return skipAll(tokens, 'RENAME CONSTRAINT');
  if (seesPartition(tokens)) return readPartition(tokens, 'RENAME');
  tokens.expect('COLUMN');
  const column = tokens.name();
  tokens.expect('TO');
  return [{ kind: 'rename-column', column, to: tokens.name() }];
}

function readMove(tokens: DdlTokens): Actions {
  if (seesPartition(tokens)) return readPartition(tokens, 'MOVE');
  return [{ kind: 'move', filtered: hasFilter(tokens.skipUntil(() => tokens.atEnd)) }];
}

const partitionOnly =
  (verb: PartitionVerb) =>
  (tokens: DdlTokens): Actions =>
    seesPartition(tokens) ? readPartition(tokens, verb) : tokens.fail('PARTITION');

const READERS: ReadonlyMap<string, (tokens: DdlTokens) => Actions> = new Map([
  ['ADD', readAdd],
  ['MODIFY', readModify],
  ['DROP', readDrop],
  ['SET', readSet],
  ['RENAME', readRename],
  ['MOVE', readMove],
  ['TRUNCATE', partitionOnly('TRUNCATE')],
  ['EXCHANGE', partitionOnly('EXCHANGE')],
  ['SPLIT', partitionOnly('SPLIT')],
  ['MERGE', partitionOnly('MERGE')],
  ['COALESCE', partitionOnly('COALESCE')],
]);

/** First words of clauses on storage and access, which change neither a column nor a row. */
const HARMLESS = [
  ...['ENABLE', 'DISABLE', 'READ', 'PARALLEL', 'NOPARALLEL', 'CACHE', 'NOCACHE', 'LOGGING', 'NOLOGGING'],
  ...['PCTFREE', 'PCTUSED', 'INITRANS', 'MAXTRANS', 'STORAGE', 'SHRINK', 'ALLOCATE', 'DEALLOCATE'],
  ...['COMPRESS', 'NOCOMPRESS', 'ROW', 'COLUMN', 'INMEMORY', 'NO', 'MONITORING', 'NOMONITORING', 'RESULT_CACHE'],
  ...['FLASHBACK', 'MINIMIZE', 'NOMINIMIZE', 'INDEXING', 'FORCE', 'FILESYSTEM_LIKE_LOGGING', 'ANNOTATIONS'],
];

/** ROW ARCHIVAL makes a hidden column by which rows are seen or not: it is not read as harmless. */
function readHarmless(tokens: DdlTokens): Actions {
  if (tokens.sees('ROW', 'ARCHIVAL') || tokens.sees('NO', 'ROW', 'ARCHIVAL')) tokens.fail('another clause');
  const word = tokens.acceptAny(HARMLESS) ?? tokens.fail('a clause of ALTER TABLE');
  skipClause(tokens);
  return other(word);
}

function skipAll(tokens: DdlTokens, what: string): Actions {
  tokens.skipUntil(() => tokens.atEnd);
  return other(what);
}

/** After the table's name, to the end. @throws DdlSyntaxError for a clause that is not known */
export function readAlterations(tokens: DdlTokens): Actions {
  const actions: DdlAction[] = [];
  do {
    const verb = tokens.acceptAny([...READERS.keys()]) ?? '';
    const read = READERS.get(verb) ?? readHarmless;
    actions.push(...read(tokens));
  } while (!tokens.atEnd);
  return actions;
}
