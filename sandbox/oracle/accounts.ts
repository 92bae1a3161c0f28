import { OracleError } from './engine.ts';

/** Users with their privileges. Source: Oracle SQL Language Reference, "GRANT", tables of system and object privileges. */
export const SYSTEM_PRIVILEGES = [
  'CREATE SESSION',
  'ALTER SESSION',
  'CREATE TABLE',
  'CREATE ANY TABLE',
  'ALTER ANY TABLE',
  'DROP ANY TABLE',
  'SELECT ANY TABLE',
  'READ ANY TABLE',
  'INSERT ANY TABLE',
  'UPDATE ANY TABLE',
  'DELETE ANY TABLE',
  'FLASHBACK ANY TABLE',
  'SELECT ANY TRANSACTION',
  'SELECT ANY DICTIONARY',
  'LOGMINING',
  'ALTER DATABASE',
  'ALTER SYSTEM',
] as const;

export type SystemPrivilege = (typeof SYSTEM_PRIVILEGES)[number];

const OBJECT_PRIVILEGES = ['SELECT', 'READ', 'INSERT', 'UPDATE', 'DELETE', 'ALTER', 'FLASHBACK', 'EXECUTE'] as const;

export type ObjectPrivilege = (typeof OBJECT_PRIVILEGES)[number];

/** What a role brings; the catalog roles are asked for by name. */
const ROLES = {
  CONNECT: ['CREATE SESSION'],
  RESOURCE: ['CREATE TABLE'],
  SELECT_CATALOG_ROLE: [],
  EXECUTE_CATALOG_ROLE: [],
  DBA: SYSTEM_PRIVILEGES,
} as const satisfies Record<string, readonly SystemPrivilege[]>;

export type Role = keyof typeof ROLES;

export type AccountStatus = 'open' | 'locked' | 'expired';

/** A grant on one object; views and packages of the dictionary belong to SYS. */
export interface ObjectGrant {
  readonly owner: string;
  readonly name: string;
  readonly privilege: ObjectPrivilege;
}

type Grant =
  | { readonly kind: 'system'; readonly privilege: SystemPrivilege }
  | { readonly kind: 'role'; readonly role: Role }
  | { readonly kind: 'object'; readonly grant: ObjectGrant };

export class Account {
  readonly name: string;
  status: AccountStatus = 'open';
  readonly #system = new Set<SystemPrivilege>();
  readonly #roles = new Set<Role>();
  readonly #objects = new Map<string, ObjectGrant>();

  constructor(name: string) {
    this.name = name;
  }

  get systemPrivileges(): readonly SystemPrivilege[] {
    return SYSTEM_PRIVILEGES.filter((privilege) => this.has(privilege));
  }

  get roles(): readonly Role[] {
    const named = [...this.#roles];
    return this.#roles.has('DBA') ? [...new Set([...named, ...catalogRoles])] : named;
  }

  get objectGrants(): readonly ObjectGrant[] {
    return [...this.#objects.values()];
  }

  has(privilege: SystemPrivilege): boolean {
    if (this.#system.has(privilege)) return true;
    return [...this.#roles].some((role) => ROLES[role].some((brought) => brought === privilege));
  }

  hasRole(role: Role): boolean {
    return this.roles.includes(role);
  }

  hasOn(privilege: ObjectPrivilege, object: { readonly owner: string; readonly name: string }): boolean {
    return this.#objects.has(keyOf({ ...object, privilege }));
  }

  hasAnyOn(object: { readonly owner: string; readonly name: string }): boolean {
    return OBJECT_PRIVILEGES.some((privilege) => this.hasOn(privilege, object));
  }

  /** `SELECT ANY TABLE`, `DBA`, `FLASHBACK ON HR.ORDERS`, `EXECUTE ON DBMS_LOGMNR`. @throws OracleError 990 for what is none of them. */
  grant(text: string): void {
    const parsed = parseGrant(text);
    if (parsed.kind === 'system') this.#system.add(parsed.privilege);
    else if (parsed.kind === 'role') this.#roles.add(parsed.role);
    else this.#objects.set(keyOf(parsed.grant), parsed.grant);
  }

  /** @throws OracleError 1927, 1951, 1952 when it was not granted. */
  revoke(text: string): void {
    const parsed = parseGrant(text);
    if (parsed.kind === 'system') {
      if (!this.#system.delete(parsed.privilege)) throw new OracleError(1952, 'system privileges not granted to user');
    } else if (parsed.kind === 'role') {
      if (!this.#roles.delete(parsed.role)) throw new OracleError(1951, `ROLE '${parsed.role}' not granted to user`);
    } else if (!this.#objects.delete(keyOf(parsed.grant))) {
      throw new OracleError(1927, 'cannot REVOKE privileges you did not grant');
    }
  }
}

const catalogRoles = ['SELECT_CATALOG_ROLE', 'EXECUTE_CATALOG_ROLE'] as const satisfies readonly Role[];

function keyOf({ owner, name, privilege }: ObjectGrant): string {
  return `${privilege} ${owner}"${name}`;
}

function parseGrant(text: string): Grant {
  const words = text.trim().replace(/\s+/g, ' ');
  const upper = words.toUpperCase();
  const privilege = SYSTEM_PRIVILEGES.find((known) => known === upper);
  if (privilege !== undefined) return { kind: 'system', privilege };
  if (isRole(upper)) return { kind: 'role', role: upper };
  const [, verb = '', object = ''] = /^(\w+) ON (.+)$/i.exec(words) ?? [];
  const objectPrivilege = OBJECT_PRIVILEGES.find((known) => known === verb.toUpperCase());
  if (objectPrivilege === undefined) throw new OracleError(990, `missing or invalid privilege ${text}`);
  return { kind: 'object', grant: { ...parseObject(object), privilege: objectPrivilege } };
}

function isRole(text: string): text is Role {
  return Object.hasOwn(ROLES, text);
}

const NAME = String.raw`"[^"]+"|[^".]+`;
const OBJECT = new RegExp(`^(?:(${NAME})\\.)?(${NAME})$`);

function parseObject(text: string): { readonly owner: string; readonly name: string } {
  const [, owner = 'SYS', name = ''] = OBJECT.exec(text.trim()) ?? [];
  if (name === '') throw new OracleError(903, `invalid table name ${text}`);
  return { owner: plainName(owner), name: dictionaryName(plainName(name)) };
}

function plainName(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1) : name.toUpperCase();
}

/** Grants on V$ views are made on what is behind the synonym: V_$LOG. */
export function dictionaryName(name: string): string {
  return name.replace(/^(G?V)_\$/, '$1$$');
}

export class Accounts {
  readonly #accounts = new Map<string, Account>();
  readonly #passwords = new Map<string, string>();

  /** For the login: user name → password. */
  get passwords(): ReadonlyMap<string, string> {
    return this.#passwords;
  }

  find(name: string): Account | undefined {
    return this.#accounts.get(name);
  }

  /** Makes a user, or replaces one with all that it had. */
  set(user: {
    readonly name: string;
    readonly password: string;
    readonly privileges: readonly string[];
    readonly status?: AccountStatus;
  }): void {
    const account = new Account(user.name.toUpperCase());
    account.status = user.status ?? 'open';
    for (const privilege of user.privileges) account.grant(privilege);
    this.#accounts.set(account.name, account);
    this.#passwords.set(account.name, user.password);
  }

  /** @throws OracleError 1918. */
  existing(name: string): Account {
    const account = this.#accounts.get(name.toUpperCase());
    if (account === undefined) throw new OracleError(1918, `user '${name}' does not exist`);
    return account;
  }
}
