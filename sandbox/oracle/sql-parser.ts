import { OracleError } from './engine.ts';
import { parseColumnList } from './sql-parser-columns.ts';
import { parseAlter, parseCreate, parseDrop } from './sql-parser-ddl.ts';
import * as definitions from './sql-parser-definitions.ts';
import { parseCondition, parseExpression, parseExpressionList } from './sql-parser-expression.ts';
import { parseQuery, parseTableItem, parseTableName } from './sql-parser-query.ts';
import { TokenReader } from './sql-parser-tokens.ts';
import type { Assignment, ParsedStatement, ProcedureCall, Statement } from './sql-syntax.ts';

/**
 * Parses one statement of the subset in README.md.
 * @throws OracleError 900 for a statement of another kind, or the error of the clause that is wrong.
 */
export function parseStatement(text: string): ParsedStatement {
  const reader = new TokenReader(text);
  const statement = parseByFirstWord(reader);
  reader.expectEnd();
  return { statement, bindCount: reader.bindCount, text };
}

function parseByFirstWord(reader: TokenReader): Statement {
  switch (reader.current.kind === 'name' ? reader.current.text : '') {
    case 'SELECT':
      return { kind: 'select', query: parseQuery(reader) };
    case 'INSERT':
      return parseInsert(reader);
    case 'UPDATE':
      return parseUpdate(reader);
    case 'DELETE':
      return parseDelete(reader);
    case 'CREATE':
      return parseCreate(reader);
    case 'DROP':
      return parseDrop(reader);
    case 'ALTER':
      return parseAlter(reader);
    case 'TRUNCATE':
      return definitions.parseTruncate(reader);
    case 'RENAME':
      return definitions.parseRename(reader);
    case 'COMMENT':
      return definitions.parseComment(reader);
    case 'GRANT':
      return definitions.parseGrant(reader, 'grant');
    case 'REVOKE':
      return definitions.parseGrant(reader, 'revoke');
    case 'FLASHBACK':
      return definitions.parseFlashback(reader);
    case 'PURGE':
      return definitions.parsePurge(reader);
    case 'SAVEPOINT':
      reader.take();
      return { kind: 'savepoint', name: reader.identifier() };
    case 'COMMIT':
      reader.take();
      reader.acceptWord('WORK');
      return { kind: 'commit' };
    case 'ROLLBACK':
      return parseRollback(reader);
    case 'BEGIN':
      return parseBlock(reader);
    default:
      throw new OracleError(900, 'invalid SQL statement', reader.current.position);
  }
}

function parseInsert(reader: TokenReader): Statement {
  reader.take();
  reader.expectWord('INTO', reader.error(925, 'missing INTO keyword'));
  const position = reader.current.position;
  const table = parseTableName(reader);
  const columns = reader.isSymbol('(') ? { columns: parseColumnList(reader) } : {};
  if (reader.isWord('SELECT')) {
    return { kind: 'insert', table, position, ...columns, source: { kind: 'query', query: parseQuery(reader) } };
  }
  reader.expectWord('VALUES', reader.error(926, 'missing VALUES keyword'));
  reader.expectSymbol('(');
  const values = parseExpressionList(reader);
  reader.expectSymbol(')');
  return { kind: 'insert', table, position, ...columns, source: { kind: 'values', values } };
}

function parseUpdate(reader: TokenReader): Statement {
  reader.take();
  const target = parseTableItem(reader);
  reader.expectWord('SET', reader.error(971, 'missing SET keyword'));
  const assignments: Assignment[] = [];
  do {
    const position = reader.current.position;
    let column = reader.identifier();
    if (reader.acceptSymbol('.')) column = reader.identifier();
    if (!reader.acceptSymbol('=')) throw reader.error(927, 'missing equal sign');
    assignments.push({ column, position, value: parseExpression(reader) });
  } while (reader.acceptSymbol(','));
  return { kind: 'update', target, assignments, ...parseWhere(reader) };
}

function parseDelete(reader: TokenReader): Statement {
  reader.take();
  reader.acceptWord('FROM');
  const target = parseTableItem(reader);
  return { kind: 'delete', target, ...parseWhere(reader) };
}

function parseWhere(reader: TokenReader): { readonly where?: ReturnType<typeof parseCondition> } {
  return reader.acceptWord('WHERE') ? { where: parseCondition(reader) } : {};
}

function parseRollback(reader: TokenReader): Statement {
  reader.take();
  reader.acceptWord('WORK');
  if (!reader.acceptWord('TO')) return { kind: 'rollback' };
  reader.acceptWord('SAVEPOINT');
  return { kind: 'rollback', savepoint: reader.identifier() };
}

/** BEGIN package.procedure(name => value, …); … END; */
function parseBlock(reader: TokenReader): Statement {
  reader.take();
  const calls: ProcedureCall[] = [];
  while (!reader.isWord('END')) {
    calls.push(parseCall(reader));
    if (!reader.acceptSymbol(';')) throw plsqlError(reader, 103, 'Encountered an unexpected symbol, a ; was expected');
  }
  reader.take();
  if (!reader.acceptSymbol(';')) throw plsqlError(reader, 103, 'Encountered the end of the block without ;');
  if (calls.length === 0) throw plsqlError(reader, 103, 'Encountered the symbol "END"');
  return { kind: 'block', calls };
}

function parseCall(reader: TokenReader): ProcedureCall {
  if (!reader.isIdentifier()) throw plsqlError(reader, 103, 'Encountered an unexpected symbol');
  const path = [reader.identifier()];
  while (reader.acceptSymbol('.')) path.push(reader.identifier());
  const list: { parameter?: string; value: ReturnType<typeof parseExpression> }[] = [];
  if (reader.acceptSymbol('(') && !reader.acceptSymbol(')')) {
    do {
      const named = reader.ahead(1).text === '=>';
      const parameter = named ? { parameter: reader.identifier() } : {};
      if (named) reader.take();
      list.push({ ...parameter, value: parseExpression(reader) });
    } while (reader.acceptSymbol(','));
    reader.expectSymbol(')');
  }
  return { name: path.join('.'), arguments: list };
}

function plsqlError(reader: TokenReader, code: number, text: string): OracleError {
  const position = reader.current.position;
  return new OracleError(
    6550,
    `line 1, column ${position + 1}:\nPLS-${String(code).padStart(5, '0')}: ${text}`,
    position,
  );
}
