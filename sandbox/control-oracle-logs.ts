import { BadInput, count, flag, oneOf, optional, text } from './control-input.ts';
import type { Action, Body } from './control-input.ts';
import { DESTINATION_STATUSES, type ArchiveDestination, type PurgeOrder } from './oracle/archive.ts';

const THREAD_ACTIONS = ['close', 'crash', 'open', 'disable', 'enable'] as const;
const ROLES = ['PRIMARY', 'PHYSICAL STANDBY'] as const;
const LATE_STARTS = ['strict', 'lenient'] as const;

/** What the control port does to the pretended Oracle's redo, instances and clock. What cannot be is thrown. */
export interface OracleLogControls {
  /** As SWITCH LOGFILE in that thread. */
  switchLog(thread: number): void;
  /** Of online files that begin from now on. */
  setLogBytes(bytes: number): void;
  /** Infinite: nothing is archived until told otherwise. */
  setArchiveDelay(milliseconds: number): void;
  setDestinations(destinations: readonly ArchiveDestination[]): void;
  /** Gives the number of copies. */
  purgeLogs(order: PurgeOrder): number;
  restoreLog(log: { readonly thread: number; readonly sequence: number }, times: number): void;
  setThreads(count: number): void;
  changeThread(thread: number, action: (typeof THREAD_ACTIONS)[number]): void;
  holdFlush(thread: number, holding: boolean): void;
  setLateStart(mode: (typeof LATE_STARTS)[number]): void;
  /** Infinite: no limit. */
  limitMiningMemory(bytes: number): void;
  crash(scnJump: number): void;
  resetlogs(): void;
  setRole(role: (typeof ROLES)[number]): void;
  /** Sessions that log in from now on are in a pluggable database, or in the root. */
  setContainers(on: boolean): void;
  jumpScn(to: number): void;
  setClock(change: { readonly offsetMilliseconds?: number; readonly zoneMinutes?: number }): void;
  setForceLogging(on: boolean): void;
  setTableLogging(table: { readonly owner: string; readonly name: string }, on: boolean): void;
}

const MOST_THREADS = 8;
const MOST = 1_000_000_000;
const LEAST_LOG_BYTES = 4096;
const MEGABYTE = 1024 * 1024;
const DAY_MILLISECONDS = 86_400_000;
const FARTHEST_ZONE_MINUTES = 14 * 60;

function threadOf(body: Body): number {
  return optional(body, 'thread', (given, name) => count(given, name, [1, MOST_THREADS])) ?? 1;
}

/** A number, or null for none. */
function countOrNone(body: Body, name: string, limits: readonly [number, number]): number {
  return body.get(name) === null ? Number.POSITIVE_INFINITY : count(body, name, limits);
}

export function oracleLogActions(oracle: OracleLogControls): readonly (readonly [string, Action])[] {
  return [...fileActions(oracle), ...threadActions(oracle), ...databaseActions(oracle), ...loadActions(oracle)];
}

function fileActions(oracle: OracleLogControls): readonly (readonly [string, Action])[] {
  return [
    [
      'POST /oracle/switch-log',
      (body) => {
        oracle.switchLog(threadOf(body));
      },
    ],
    [
      'POST /oracle/log-size',
      (body) => {
        oracle.setLogBytes(count(body, 'bytes', [LEAST_LOG_BYTES, MOST]));
      },
    ],
    [
      'POST /oracle/archive-delay',
      (body) => {
        oracle.setArchiveDelay(countOrNone(body, 'milliseconds', [0, MOST]));
      },
    ],
    [
      'POST /oracle/archive-destinations',
      (body) => {
        oracle.setDestinations(destinations(body));
      },
    ],
    ['POST /oracle/purge-log', (body) => ({ purged: oracle.purgeLogs(purgeOrder(body)) })],
    [
      'POST /oracle/restore-log',
      (body) => {
        const log = { thread: threadOf(body), sequence: count(body, 'sequence', [1, MOST]) };
        oracle.restoreLog(log, optional(body, 'times', (given, name) => count(given, name, [1, 9])) ?? 1);
      },
    ],
  ];
}

function threadActions(oracle: OracleLogControls): readonly (readonly [string, Action])[] {
  return [
    [
      'POST /oracle/threads',
      (body) => {
        oracle.setThreads(count(body, 'count', [1, MOST_THREADS]));
      },
    ],
    [
      'POST /oracle/thread',
      (body) => {
        oracle.changeThread(count(body, 'thread', [1, MOST_THREADS]), oneOf(body, 'do', THREAD_ACTIONS));
      },
    ],
    [
      'POST /oracle/hold-flush',
      (body) => {
        oracle.holdFlush(threadOf(body), flag(body, 'holding'));
      },
    ],
    [
      'POST /oracle/late-start',
      (body) => {
        oracle.setLateStart(oneOf(body, 'mode', LATE_STARTS));
      },
    ],
    [
      'POST /oracle/mining-memory',
      (body) => {
        oracle.limitMiningMemory(countOrNone(body, 'megabytes', [0, 1_000_000]) * MEGABYTE);
      },
    ],
  ];
}

function databaseActions(oracle: OracleLogControls): readonly (readonly [string, Action])[] {
  return [
    [
      'POST /oracle/instance-crash',
      (body) => {
        oracle.crash(optional(body, 'scnJump', (given, name) => count(given, name, [0, MOST])) ?? 0);
      },
    ],
    [
      'POST /oracle/resetlogs',
      () => {
        oracle.resetlogs();
      },
    ],
    [
      'POST /oracle/switchover',
      (body) => {
        oracle.setRole(oneOf(body, 'role', ROLES));
      },
    ],
    [
      'POST /oracle/containers',
      (body) => {
        oracle.setContainers(flag(body, 'on'));
      },
    ],
    [
      'POST /oracle/scn',
      (body) => {
        const to = text(body, 'to');
        if (!/^\d{1,15}$/.test(to)) throw new BadInput('to must be an SCN of at most 15 digits, as text');
        oracle.jumpScn(Number(to));
      },
    ],
    [
      'POST /oracle/clock',
      (body) => {
        oracle.setClock(clockChange(body));
      },
    ],
  ];
}

function loadActions(oracle: OracleLogControls): readonly (readonly [string, Action])[] {
  return [
    [
      'POST /oracle/force-logging',
      (body) => {
        oracle.setForceLogging(flag(body, 'on'));
      },
    ],
    [
      'POST /oracle/table-logging',
      (body) => {
        const [owner = '', name = '', ...rest] = text(body, 'table').split('.');
        if (name === '' || rest.length > 0) throw new BadInput('table must be OWNER.NAME');
        oracle.setTableLogging({ owner, name }, flag(body, 'on'));
      },
    ],
  ];
}

function purgeOrder(body: Body): PurgeOrder {
  const destination = optional(body, 'destination', (given, name) => count(given, name, [1, 9]));
  const sequence = optional(body, 'sequence', (given, name) => count(given, name, [1, MOST]));
  const upTo = optional(body, 'upTo', (given, name) => count(given, name, [1, MOST]));
  if ((sequence === undefined) === (upTo === undefined)) throw new BadInput('give either sequence or upTo');
  return {
    thread: threadOf(body),
    sequences: [sequence ?? 1, sequence ?? upTo ?? 1],
    silently: optional(body, 'silently', flag) ?? false,
    ...(destination === undefined ? {} : { destination }),
  };
}

function destinations(body: Body): readonly ArchiveDestination[] {
  const given: unknown = body.get('destinations');
  if (!Array.isArray(given)) throw new BadInput('destinations must be a list of {"id", "status"}');
  return given.map((item: unknown) => {
    if (typeof item !== 'object' || item === null) throw new BadInput('a destination is {"id", "status"}');
    const members: Body = new Map<string, unknown>(Object.entries(item));
    return { id: count(members, 'id', [1, 9]), status: oneOf(members, 'status', DESTINATION_STATUSES) };
  });
}

function clockChange(body: Body): { readonly offsetMilliseconds?: number; readonly zoneMinutes?: number } {
  const offset = optional(body, 'offsetMilliseconds', (given, name) =>
    count(given, name, [-DAY_MILLISECONDS, DAY_MILLISECONDS]),
  );
  const zone = optional(body, 'zoneMinutes', (given, name) =>
    count(given, name, [-FARTHEST_ZONE_MINUTES, FARTHEST_ZONE_MINUTES]),
  );
  if (offset === undefined && zone === undefined) throw new BadInput('give offsetMilliseconds, zoneMinutes or both');
  return {
    ...(offset === undefined ? {} : { offsetMilliseconds: offset }),
    ...(zone === undefined ? {} : { zoneMinutes: zone }),
  };
}
