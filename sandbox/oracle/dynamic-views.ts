import { encodeDate } from './dates.ts';
import type { ViewDefinition } from './dictionary-views.ts';
import { FIRST_SCN, hostMoment } from './instance.ts';
import type { Instance } from './instance.ts';
import { xidBytes } from './journal.ts';
import { onlineName } from './redo-log.ts';
import type { LogFile } from './redo-types.ts';
import type { NamedValues } from './view-columns.ts';

/** The V$ views, each with the columns that our clients read. Source: Oracle Database Reference, dynamic performance views. */
const REDO_BLOCK_BYTES = 512;
const RESETLOGS_ID = '1098000000';
const RESETLOGS_SCN = '925702';
/** NEXT_CHANGE# of the current log since 12.2. */
const NO_NEXT_SCN = '18446744073709551615';
const DATABASE_ID = '1684932107';
export const DATABASE_NAME = 'ORCL';

function dateOf(instance: Instance, milliseconds: number): Buffer {
  return encodeDate(hostMoment(instance, milliseconds));
}

function databaseRow(instance: Instance): NamedValues {
  return {
    DBID: DATABASE_ID,
    NAME: DATABASE_NAME,
    LOG_MODE: 'ARCHIVELOG',
    OPEN_MODE: 'READ WRITE',
    DATABASE_ROLE: 'PRIMARY',
    CDB: 'NO',
    FORCE_LOGGING: 'YES',
    SUPPLEMENTAL_LOG_DATA_MIN: instance.catalog.minimalLoggingText(),
    SUPPLEMENTAL_LOG_DATA_ALL: instance.catalog.logAllColumns ? 'YES' : 'NO',
    'RESETLOGS_CHANGE#': RESETLOGS_SCN,
    RESETLOGS_TIME: dateOf(instance, instance.createdAt),
    CURRENT_SCN: String(instance.redo.advance()),
  };
}

function threadRow(instance: Instance): NamedValues {
  const { redo } = instance;
  return {
    'THREAD#': '1',
    STATUS: 'OPEN',
    ENABLED: 'PUBLIC',
    'SEQUENCE#': String(redo.currentLog.sequence),
    'ENABLE_CHANGE#': RESETLOGS_SCN,
    'DISABLE_CHANGE#': '0',
    'CHECKPOINT_CHANGE#': String(Math.max(FIRST_SCN, redo.currentLog.firstScn)),
    'LAST_REDO_CHANGE#': String(redo.flushedScn),
    LAST_REDO_TIME: dateOf(instance, redo.flushedTime),
  };
}

function* transactionRows(instance: Instance): Generator<NamedValues> {
  for (const { xid, startScn } of instance.transactions.open) {
    yield {
      INST_ID: '1',
      XID: xidBytes(xid),
      XIDUSN: String(xid.usn),
      XIDSLOT: String(xid.slot),
      XIDSQN: String(xid.sequence),
      START_SCN: String(startScn),
      STATUS: 'ACTIVE',
    };
  }
}

/** The log before the current one still serves instance recovery; older ones do not. */
function logStatus(log: LogFile, current: LogFile): string {
  if (log === current) return 'CURRENT';
  return log.sequence === current.sequence - 1 ? 'ACTIVE' : 'INACTIVE';
}

function* logRows(instance: Instance): Generator<NamedValues> {
  const { redo } = instance;
  const online = redo.onlineLogs();
  for (const group of redo.groups) {
    const log = online.find((candidate) => candidate.group === group);
    yield {
      'GROUP#': String(group),
      'THREAD#': '1',
      'SEQUENCE#': String(log?.sequence ?? 0),
      BYTES: String(instance.logBytes),
      STATUS: log === undefined ? 'UNUSED' : logStatus(log, redo.currentLog),
      ARCHIVED: log === undefined || log.archivedAs !== undefined ? 'YES' : 'NO',
      'FIRST_CHANGE#': String(log?.firstScn ?? 0),
      'NEXT_CHANGE#': log === undefined ? '0' : log.nextScn === undefined ? NO_NEXT_SCN : String(log.nextScn),
      FIRST_TIME: log === undefined ? null : dateOf(instance, log.firstTime),
    };
  }
}

function* archivedRows(instance: Instance): Generator<NamedValues> {
  for (const log of instance.redo.logs) {
    if (log.archivedAs === undefined || log.nextTime === undefined) continue;
    yield {
      DEST_ID: '1',
      'THREAD#': '1',
      'SEQUENCE#': String(log.sequence),
      NAME: log.archivedAs,
      'FIRST_CHANGE#': String(log.firstScn),
      'NEXT_CHANGE#': String(log.nextScn),
      BLOCKS: String(Math.ceil(log.bytes / REDO_BLOCK_BYTES)),
      BLOCK_SIZE: String(REDO_BLOCK_BYTES),
      RESETLOGS_ID,
      'RESETLOGS_CHANGE#': RESETLOGS_SCN,
      RESETLOGS_TIME: dateOf(instance, instance.createdAt),
      ARCHIVED: 'YES',
      DELETED: 'NO',
      STATUS: 'A',
      STANDBY_DEST: 'NO',
      COMPLETION_TIME: dateOf(instance, log.nextTime),
    };
  }
}

export const dynamicViews: readonly ViewDefinition[] = [
  {
    name: 'V$DATABASE',
    columns:
      'DBID:N NAME:V9 LOG_MODE:V12 OPEN_MODE:V20 DATABASE_ROLE:V16 CDB:V3 FORCE_LOGGING:V39 SUPPLEMENTAL_LOG_DATA_MIN:V8 ' +
      'SUPPLEMENTAL_LOG_DATA_ALL:V3 RESETLOGS_CHANGE#:N RESETLOGS_TIME:D CURRENT_SCN:N',
    rows: (instance) => [databaseRow(instance)],
  },
  {
    name: 'V$INSTANCE',
    columns: 'INSTANCE_NAME:V16 HOST_NAME:V64 VERSION:V17 VERSION_FULL:V17 STATUS:V12 THREAD#:N',
    rows: ({ version }) => [
      {
        INSTANCE_NAME: DATABASE_NAME.toLowerCase(),
        HOST_NAME: 'simulator',
        VERSION: version.short,
        VERSION_FULL: version.full,
        STATUS: 'OPEN',
        'THREAD#': '1',
      },
    ],
  },
  {
    name: 'V$THREAD',
    columns:
      'THREAD#:N STATUS:V6 ENABLED:V8 SEQUENCE#:N ENABLE_CHANGE#:N DISABLE_CHANGE#:N CHECKPOINT_CHANGE#:N LAST_REDO_CHANGE#:N ' +
      'LAST_REDO_TIME:D',
    rows: (instance) => [threadRow(instance)],
  },
  {
    name: 'GV$TRANSACTION',
    columns: 'INST_ID:N XID:R8 XIDUSN:N XIDSLOT:N XIDSQN:N START_SCN:N STATUS:V16',
    rows: transactionRows,
  },
  {
    name: 'V$LOG',
    columns:
      'GROUP#:N THREAD#:N SEQUENCE#:N BYTES:N STATUS:V16 ARCHIVED:V3 FIRST_CHANGE#:N NEXT_CHANGE#:N FIRST_TIME:D',
    rows: logRows,
  },
  {
    name: 'V$LOGFILE',
    columns: 'GROUP#:N STATUS:V7 TYPE:V7 MEMBER:V513',
    rows: ({ redo }) =>
      redo.groups.map((group) => ({
        'GROUP#': String(group),
        STATUS: null,
        TYPE: 'ONLINE',
        MEMBER: onlineName(group),
      })),
  },
  {
    name: 'V$ARCHIVED_LOG',
    columns:
      'DEST_ID:N THREAD#:N SEQUENCE#:N NAME:V513 FIRST_CHANGE#:N NEXT_CHANGE#:N BLOCKS:N BLOCK_SIZE:N RESETLOGS_ID:N ' +
      'RESETLOGS_CHANGE#:N RESETLOGS_TIME:D ARCHIVED:V3 DELETED:V3 STATUS:V1 STANDBY_DEST:V3 COMPLETION_TIME:D',
    rows: archivedRows,
  },
  {
    name: 'V$ARCHIVE_DEST_STATUS',
    columns: 'DEST_ID:N DEST_NAME:V256 TYPE:V16 STATUS:V9',
    rows: () => [{ DEST_ID: '1', DEST_NAME: 'LOG_ARCHIVE_DEST_1', TYPE: 'LOCAL', STATUS: 'VALID' }],
  },
];
