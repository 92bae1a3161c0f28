import { Accounts } from './accounts.ts';
import { Catalog } from './catalog.ts';
import type { Containers } from './containers.ts';
import { momentAt } from './dates.ts';
import type { Moment } from './dates.ts';
import { DirectLoads } from './direct-loads.ts';
import { HostClock } from './host-clock.ts';
import { Journal } from './journal.ts';
import { RedoLog } from './redo-log.ts';
import { Transactions } from './transactions.ts';
import { Undo } from './undo.ts';

const FIRST_SCN = 1_000_000;

export interface InstanceOptions {
  /** Milliseconds since 1970; default the host's clock. */
  readonly now?: () => number;
  /** Minutes from UTC of the pretended host's clock; default 0. */
  readonly zoneMinutes?: number;
  /** Size of an online redo log file; default 4 MB. */
  readonly logBytes?: number;
  /** How long redo that nobody waits for may stay in memory; default 1,000. */
  readonly heartbeatMilliseconds?: number;
  /** V$INSTANCE.VERSION and VERSION_FULL. */
  readonly version?: { readonly short: string; readonly full: string };
}

/** How LogMiner behaves, by order of the control port. */
export interface MiningRules {
  /** Rows of transactions that began before the mining: `strict` spoils some, `lenient` only loses the sequence of compensations. */
  lateStart: 'strict' | 'lenient';
  /** Bytes of log that a session's memory suffices for. */
  memoryBytes: number;
}

/** What Data Guard shows of the database. */
interface DatabaseRole {
  name: 'PRIMARY' | 'PHYSICAL STANDBY';
}

/** What all sessions of the database share. */
export interface Instance {
  readonly catalog: Catalog;
  readonly redo: RedoLog;
  readonly transactions: Transactions;
  readonly journal: Journal;
  readonly undo: Undo;
  readonly accounts: Accounts;
  readonly directLoads: DirectLoads;
  readonly mining: MiningRules;
  readonly containers: Containers;
  readonly role: DatabaseRole;
  readonly now: () => number;
  readonly zoneMinutes: number;
  readonly clock: HostClock;
  readonly createdAt: number;
  readonly version: { readonly short: string; readonly full: string };
}

const LOG_BYTES = 4 * 1024 * 1024;

export function createInstance(options: InstanceOptions): Instance {
  const clock = new HostClock(options.now ?? Date.now, options.zoneMinutes ?? 0);
  const catalog = new Catalog();
  const journal = new Journal();
  const { logBytes = LOG_BYTES, heartbeatMilliseconds = 1_000 } = options;
  const redo = new RedoLog({ firstScn: FIRST_SCN, logBytes, clock, heartbeatMilliseconds });
  const role: DatabaseRole = { name: 'PRIMARY' };
  const transactions = new Transactions(redo, {
    committed: (transaction) => {
      journal.add(transaction);
    },
    databaseLogsAll: () => catalog.logAllColumns,
    readOnly: () => role.name !== 'PRIMARY',
  });
  return {
    catalog,
    redo,
    transactions,
    journal,
    undo: new Undo(() => redo.scn),
    accounts: new Accounts(),
    directLoads: new DirectLoads(clock, () => redo.scn),
    mining: { lateStart: 'strict', memoryBytes: Number.POSITIVE_INFINITY },
    containers: { on: false },
    role,
    now: clock.now,
    get zoneMinutes() {
      return clock.zoneMinutes;
    },
    clock,
    createdAt: clock.now(),
    version: options.version ?? { short: '19.0.0.0.0', full: '19.24.0.0.0' },
  };
}

/** The wall clock of the pretended host. */
export function hostMoment(instance: Instance, milliseconds: number): Moment {
  return momentAt(milliseconds, instance.zoneMinutes);
}
