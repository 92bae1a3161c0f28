import { Accounts } from './accounts.ts';
import { Catalog } from './catalog.ts';
import { momentAt } from './dates.ts';
import type { Moment } from './dates.ts';
import { Journal } from './journal.ts';
import { RedoLog } from './redo-log.ts';
import { Transactions } from './transactions.ts';
import { Undo } from './undo.ts';

export const FIRST_SCN = 1_000_000;

export interface InstanceOptions {
  /** Milliseconds since 1970; default the host's clock. */
  readonly now?: () => number;
  /** Minutes from UTC of the pretended host's clock; default 0. */
  readonly zoneMinutes?: number;
  /** Size of an online redo log file; default 4 MB. */
  readonly logBytes?: number;
  /** V$INSTANCE.VERSION and VERSION_FULL. */
  readonly version?: { readonly short: string; readonly full: string };
}

/** What all sessions of the database share. */
export interface Instance {
  readonly catalog: Catalog;
  readonly redo: RedoLog;
  readonly transactions: Transactions;
  readonly journal: Journal;
  readonly undo: Undo;
  readonly accounts: Accounts;
  readonly now: () => number;
  readonly zoneMinutes: number;
  readonly logBytes: number;
  readonly createdAt: number;
  readonly version: { readonly short: string; readonly full: string };
}

const LOG_BYTES = 4 * 1024 * 1024;

export function createInstance(options: InstanceOptions): Instance {
  const now = options.now ?? Date.now;
  const logBytes = options.logBytes ?? LOG_BYTES;
  const catalog = new Catalog();
  const journal = new Journal();
  const redo = new RedoLog({ firstScn: FIRST_SCN, logBytes, now });
  const transactions = new Transactions(redo, {
    committed: (transaction) => {
      journal.add(transaction);
    },
    databaseLogsAll: () => catalog.logAllColumns,
  });
  return {
    catalog,
    redo,
    transactions,
    journal,
    undo: new Undo(() => redo.scn),
    accounts: new Accounts(),
    now,
    zoneMinutes: options.zoneMinutes ?? 0,
    logBytes,
    createdAt: now(),
    version: options.version ?? { short: '19.0.0.0.0', full: '19.24.0.0.0' },
  };
}

/** The wall clock of the pretended host. */
export function hostMoment(instance: Instance, milliseconds: number): Moment {
  return momentAt(milliseconds, instance.zoneMinutes);
}
