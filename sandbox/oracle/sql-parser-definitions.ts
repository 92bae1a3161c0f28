import { acceptOptions } from './sql-parser-alter.ts';
import { parseColumnList } from './sql-parser-columns.ts';
import { parseTableName } from './sql-parser-query.ts';
import type { TokenReader } from './sql-parser-tokens.ts';
import type { Statement } from './sql-syntax.ts';

/** TRUNCATE TABLE name [DROP | REUSE STORAGE]. */
export function parseTruncate(reader: TokenReader): Statement {
  reader.expectWord('TRUNCATE');
  reader.expectWord('TABLE', reader.error(3290, 'Invalid truncate command - missing CLUSTER or TABLE keyword'));
  const table = parseTableName(reader);
  acceptOptions(reader, [['DROP', 'STORAGE'], ['REUSE', 'STORAGE'], ['CASCADE']]);
  return { kind: 'truncate table', table };
}

/** RENAME old TO new, of a table in the user's own schema. */
export function parseRename(reader: TokenReader): Statement {
  reader.expectWord('RENAME');
  const name = reader.identifier();
  reader.expectWord('TO');
  return { kind: 'rename table', table: { name }, to: reader.identifier() };
}

/** What follows CREATE: [UNIQUE] INDEX name ON table (columns). */
export function parseCreateIndex(reader: TokenReader): Statement {
  const unique = reader.acceptWord('UNIQUE');
  reader.expectWord('INDEX');
  const index = parseTableName(reader);
  reader.expectWord('ON');
  const table = parseTableName(reader);
  return { kind: 'create index', table, index, unique, columns: parseColumnList(reader) };
}

/** COMMENT ON TABLE | COLUMN path IS 'text'. */
export function parseComment(reader: TokenReader): Statement {
  reader.expectWord('COMMENT');
  reader.expectWord('ON');
  const ofColumn = reader.acceptWord('COLUMN');
  if (!ofColumn) reader.expectWord('TABLE');
  const path = [reader.identifier()];
  while (reader.acceptSymbol('.')) path.push(reader.identifier());
  const column = ofColumn ? path.pop() : undefined;
  const [name = '', schema] = path.reverse();
  reader.expectWord('IS');
  reader.text();
  return {
    kind: 'comment',
    table: { name, ...(schema === undefined ? {} : { schema }) },
    ...(column === undefined ? {} : { column }),
  };
}

/** FLASHBACK TABLE name TO BEFORE DROP [RENAME TO name]. */
export function parseFlashback(reader: TokenReader): Statement {
  reader.expectWord('FLASHBACK');
  reader.expectWord('TABLE');
  const table = parseTableName(reader);
  if (!reader.acceptWords('TO', 'BEFORE', 'DROP')) throw reader.error(905, 'missing keyword');
  const to = reader.acceptWords('RENAME', 'TO') ? { to: reader.identifier() } : {};
  return { kind: 'flashback drop', table, ...to };
}

/** PURGE TABLE name | RECYCLEBIN. */
export function parsePurge(reader: TokenReader): Statement {
  reader.expectWord('PURGE');
  if (reader.acceptWord('RECYCLEBIN')) return { kind: 'purge' };
  reader.expectWord('TABLE', reader.error(38_302, 'invalid PURGE option'));
  return { kind: 'purge', table: parseTableName(reader) };
}

/** GRANT | REVOKE privileges [ON object] TO | FROM users [WITH GRANT OPTION]. */
export function parseGrant(reader: TokenReader, kind: 'grant' | 'revoke'): Statement {
  reader.take();
  const direction = kind === 'grant' ? 'TO' : 'FROM';
  const privileges: string[] = [];
  do privileges.push(parsePrivilege(reader, direction));
  while (reader.acceptSymbol(','));
  const object = reader.acceptWord('ON') ? { object: parseTableName(reader) } : {};
  reader.expectWord(direction);
  const users = [reader.identifier()];
  while (reader.acceptSymbol(',')) users.push(reader.identifier());
  if (kind === 'grant')
    acceptOptions(reader, [
      ['WITH', 'GRANT', 'OPTION'],
      ['WITH', 'ADMIN', 'OPTION'],
    ]);
  return { kind, privileges, ...object, users };
}

/** SELECT ANY TABLE: some words. */
function parsePrivilege(reader: TokenReader, direction: string): string {
  const words: string[] = [];
  while (reader.current.kind === 'name' && !reader.isWord('ON') && !reader.isWord(direction)) {
    words.push(reader.take().text);
  }
  if (words.length === 0) throw reader.error(990, 'missing or invalid privilege');
  return words.join(' ');
}
