import { checkSystem, mayExecute } from './access-rights.ts';
import type { Account } from './accounts.ts';
import { converted, textOf } from './conversions.ts';
import { OracleError } from './engine.ts';
import type { LogMiner } from './logminer.ts';
import { computed, newEnvironment } from './sql-compiled.ts';
import type { StatementContext } from './sql-compiled.ts';
import { compileExpression } from './sql-evaluate.ts';
import type { Scope } from './sql-evaluate.ts';
import { scopeOf } from './sql-sources.ts';
import type { ProcedureCall } from './sql-syntax.ts';
import type { Row } from './store.ts';

/** The package constants that a caller may write instead of numbers. Source: PL/SQL Packages and Types Reference, DBMS_LOGMNR. */
const CONSTANTS = new Map([
  ['NEW', '1'],
  ['ADDFILE', '3'],
  ['DICT_FROM_ONLINE_CATALOG', '16'],
  ['NO_SQL_DELIMITER', '64'],
  ['NO_ROWID_IN_STMT', '2048'],
]);

interface Parameter {
  readonly name: string;
  readonly type: 'NUMBER' | 'VARCHAR2';
  readonly fallback: string | undefined;
}

interface Procedure {
  readonly parameters: readonly Parameter[];
  readonly run: (miner: LogMiner, values: readonly string[]) => void;
}

const PROCEDURES = new Map<string, Procedure>([
  [
    'DBMS_LOGMNR.ADD_LOGFILE',
    {
      parameters: [
        { name: 'LOGFILENAME', type: 'VARCHAR2', fallback: undefined },
        { name: 'OPTIONS', type: 'NUMBER', fallback: '3' },
      ],
      run: (miner, [name = '', options = '3']) => {
        miner.addLogFile(name, Number(options));
      },
    },
  ],
  [
    'DBMS_LOGMNR.START_LOGMNR',
    {
      parameters: [
        { name: 'STARTSCN', type: 'NUMBER', fallback: '0' },
        { name: 'ENDSCN', type: 'NUMBER', fallback: '0' },
        { name: 'OPTIONS', type: 'NUMBER', fallback: '0' },
      ],
      run: (miner, [start = '0', end = '0', options = '0']) => {
        miner.start({ start: Number(start), end: Number(end) }, Number(options));
      },
    },
  ],
  [
    'DBMS_LOGMNR.END_LOGMNR',
    {
      parameters: [],
      run: (miner) => {
        miner.end();
      },
    },
  ],
]);

/** Needs the system privilege LOGMINING, besides EXECUTE on the package. */
const STARTS_MINING = 'DBMS_LOGMNR.START_LOGMNR';

/** The session in which a block runs. */
export interface BlockPlace {
  readonly miner: LogMiner;
  readonly account: Account;
  readonly context: StatementContext;
  readonly binds: Row;
}

/** Runs the calls of a block one after the other. */
export function runBlock(calls: readonly ProcedureCall[], place: BlockPlace): void {
  for (const call of calls) runCall(call, place);
}

function runCall(call: ProcedureCall, { miner, account, context, binds }: BlockPlace): void {
  const name = call.name.replace(/^SYS\./, '');
  const packageName = name.replace(/\..*$/, '');
  if (!mayExecute(account, packageName)) throw blockError(`PLS-00201: identifier '${packageName}' must be declared`);
  const procedure = PROCEDURES.get(name);
  if (procedure === undefined) throw blockError(`PLS-00201: identifier '${call.name}' must be declared`);
  const scope = constantsScope(context);
  const environment = newEnvironment(0, binds);
  const values = procedure.parameters.map((parameter, index) => {
    const given = argumentOf(call, parameter, index);
    if (given === undefined) {
      if (parameter.fallback === undefined) throw wrongArguments(name);
      return parameter.fallback;
    }
    const value = converted(compileExpression(given, scope), parameter.type, context).read(environment);
    return value === null ? (parameter.fallback ?? '') : textOf(value);
  });
  const known = procedure.parameters.map((parameter) => parameter.name);
  const stray = call.arguments.some(({ parameter }) => parameter !== undefined && !known.includes(parameter));
  if (stray || call.arguments.length > known.length) throw wrongArguments(name);
  try {
    if (name === STARTS_MINING) checkSystem(account, 'LOGMINING');
    procedure.run(miner, values);
  } catch (error: unknown) {
    if (!(error instanceof OracleError)) throw error;
    const text = error.message.replace(/^ORA-\d+: /, '');
    throw new OracleError(error.number, `${text}\nORA-06512: at "SYS.DBMS_LOGMNR", line 72\nORA-06512: at line 1`);
  }
}

function argumentOf(
  call: ProcedureCall,
  parameter: Parameter,
  index: number,
): ProcedureCall['arguments'][number]['value'] | undefined {
  const named = call.arguments.find((argument) => argument.parameter === parameter.name);
  const positional = call.arguments[index];
  return (named ?? (positional?.parameter === undefined ? positional : undefined))?.value;
}

function constantsScope(context: StatementContext): Scope {
  return {
    ...scopeOf([], context, false),
    column: (path) => {
      const [first, second] = path[0] === 'SYS' ? path.slice(1) : path;
      const value = first === 'DBMS_LOGMNR' && second !== undefined ? CONSTANTS.get(second) : undefined;
      return value === undefined ? undefined : computed('NUMBER', () => value);
    },
  };
}

function wrongArguments(name: string): OracleError {
  return blockError(`PLS-00306: wrong number or types of arguments in call to '${name.replace(/^.*\./, '')}'`);
}

function blockError(text: string): OracleError {
  return new OracleError(6550, `line 1, column 7:\n${text}\nORA-06550: line 1, column 7:\nPL/SQL: Statement ignored`);
}
