import { dictionaryName } from './accounts.ts';
import type { Account, ObjectPrivilege, SystemPrivilege } from './accounts.ts';
import { OracleError } from './engine.ts';

/** What a user may do, and the errors that Oracle gives where it may not. Source: Oracle Database Security Guide and error messages. */
const ANY: Readonly<Partial<Record<ObjectPrivilege, SystemPrivilege>>> = {
  SELECT: 'SELECT ANY TABLE',
  READ: 'READ ANY TABLE',
  INSERT: 'INSERT ANY TABLE',
  UPDATE: 'UPDATE ANY TABLE',
  DELETE: 'DELETE ANY TABLE',
  ALTER: 'ALTER ANY TABLE',
  FLASHBACK: 'FLASHBACK ANY TABLE',
};

interface Named {
  readonly owner: string;
  readonly name: string;
}

/** Views that everybody may read. */
const PUBLIC_VIEW = /^(DUAL|DATABASE_PROPERTIES|SESSION_|USER_|ALL_)/;

export function insufficient(): OracleError {
  return new OracleError(1031, 'insufficient privileges');
}

/** @throws OracleError 1045, 28000, 28001. */
export function checkLogon(account: Account): void {
  if (account.status === 'locked') throw new OracleError(28_000, 'The account is locked.');
  if (account.status === 'expired') throw new OracleError(28_001, 'The account has expired.');
  if (!account.has('CREATE SESSION')) {
    throw new OracleError(1045, `user ${account.name} lacks CREATE SESSION privilege; logon denied`);
  }
}

/** @throws OracleError 942 to who may do nothing with the table, 1031 to who may do something else. */
export function checkTable(account: Account, table: Named, needs: readonly ObjectPrivilege[]): void {
  if (table.owner === account.name || needs.every((need) => may(account, table, need))) return;
  const knows = account.hasAnyOn(table) || may(account, table, 'SELECT');
  throw knows ? insufficient() : new OracleError(942, 'table or view does not exist');
}

function may(account: Account, table: Named, need: ObjectPrivilege): boolean {
  const any = ANY[need];
  if (account.hasOn(need, table) || (any !== undefined && account.has(any))) return true;
  return need === 'SELECT' && may(account, table, 'READ');
}

/** Views of SYS. @throws OracleError 942; 1031 for V$LOGMNR_CONTENTS without SELECT ANY TRANSACTION. */
export function checkView(account: Account, name: string): void {
  if (PUBLIC_VIEW.test(name)) return;
  const object = { owner: 'SYS', name: dictionaryName(name) };
  const granted = account.hasOn('SELECT', object) || account.hasOn('READ', object);
  if (!granted && !account.has('SELECT ANY DICTIONARY') && !account.hasRole('SELECT_CATALOG_ROLE')) {
    throw new OracleError(942, 'table or view does not exist');
  }
  if (object.name === 'V$LOGMNR_CONTENTS' && !account.has('SELECT ANY TRANSACTION')) throw insufficient();
}

export function mayExecute(account: Account, packageName: string): boolean {
  return account.hasOn('EXECUTE', { owner: 'SYS', name: packageName }) || account.hasRole('EXECUTE_CATALOG_ROLE');
}

/** @throws OracleError 1031. */
export function checkSystem(account: Account, privilege: SystemPrivilege): void {
  if (!account.has(privilege)) throw insufficient();
}
