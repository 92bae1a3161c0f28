import { checkLogon } from './access-rights.ts';
import type { Accounts } from './accounts.ts';
import { DatabaseSession } from './database-session.ts';
import { containerOf, ROOT_SERVICE } from './containers.ts';
import { DATABASE_NAME } from './dynamic-views.ts';
import type { Engine } from './engine.ts';
import { createInstance } from './instance.ts';
import type { Instance, InstanceOptions } from './instance.ts';
import type { JournalEntry } from './journal.ts';
import type { RedoLog } from './redo-log.ts';
import type { RedoThread } from './redo-thread.ts';
import { parseStatement } from './sql-parser.ts';
import type { ParsedStatement } from './sql-syntax.ts';
import type { Undo } from './undo.ts';

export interface DatabaseOptions extends InstanceOptions {
  /** Neither has tables yet: the demo creates its own over the wire. */
  readonly seed: 'demo' | 'empty';
}

/** The pretended database: ARCHIVELOG, minimal supplemental logging on, one thread at first, a non-CDB. */
export interface Database extends Engine {
  /** Owns its schema and may read what capture needs. */
  readonly user: string;
  readonly password: string;
  readonly sysUser: string;
  readonly sysPassword: string;
  readonly service: string;
  /** Committed transactions with a number greater than `after` (0: all). */
  journal(after: number): readonly JournalEntry[];
  /** As ALTER SYSTEM SWITCH LOGFILE. */
  switchLog(): void;
  readonly accounts: Accounts;
  readonly undo: Undo;
  /** What the control port acts on (log-controls.ts). */
  readonly instance: Instance;
}

const STATEMENTS_KEPT = 500;

export function createDatabase(options: DatabaseOptions): Database {
  const instance = createInstance(options);
  const parse = rememberingParser();
  const [user, password, sysUser, sysPassword] = ['HR', 'hr_simulated', 'SYS', 'sys_simulated'];
  const { accounts } = instance;
  const balance = balancer(instance.redo);
  accounts.set({ name: user, password, privileges: ['DBA'] });
  accounts.set({ name: sysUser, password: sysPassword, privileges: ['DBA'] });
  return {
    user,
    password,
    sysUser,
    sysPassword,
    service: DATABASE_NAME,
    get services() {
      return services(instance);
    },
    passwords: accounts.passwords,
    openSession: (name, service) => {
      const account = accounts.existing(name);
      checkLogon(account);
      return new DatabaseSession(instance, account.name, {
        parse,
        thread: balance(service),
        container: containerOf(instance.containers, service),
      });
    },
    journal: (after) => instance.journal.entries(after),
    switchLog: () => {
      instance.redo.switchLog();
    },
    accounts,
    undo: instance.undo,
    instance,
  };
}

/** Of the database, and where there are several instances, of each: its name and number. */
function services({ redo, containers }: Instance): readonly string[] {
  const names = containers.on ? [DATABASE_NAME, ROOT_SERVICE] : [DATABASE_NAME];
  if (redo.threads.length === 1) return names;
  return [...names, ...redo.openThreads.map(({ number }) => `${DATABASE_NAME}${number}`)];
}

/** The instance for a session of that service: the service's own, else the open ones in turn. */
function balancer(redo: RedoLog): (service: string) => RedoThread {
  let turn = 0;
  return (service) => {
    const open = redo.openThreads;
    const own = open.find(({ number }) => service === `${DATABASE_NAME}${number}`);
    return own ?? open[turn++ % open.length] ?? redo.firstOpenThread;
  };
}

/** Clients send the same few texts again and again. */
function rememberingParser(): (sql: string) => ParsedStatement {
  const known = new Map<string, ParsedStatement>();
  return (sql) => {
    let parsed = known.get(sql);
    if (parsed === undefined) {
      parsed = parseStatement(sql);
      if (known.size >= STATEMENTS_KEPT) known.clear();
      known.set(sql, parsed);
    }
    return parsed;
  };
}
