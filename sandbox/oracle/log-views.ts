import { encodeDate, momentAt } from './dates.ts';
import type { ViewDefinition } from './dictionary-views.ts';
import type { Instance } from './instance.ts';
import type { ArchivedCopy } from './archive.ts';
import { onlineName } from './redo-log.ts';
import type { RedoThread } from './redo-thread.ts';
import type { LogFile } from './redo-types.ts';
import type { NamedValues } from './view-columns.ts';

/** The V$ views of threads and log files, each with the columns that our clients read. Source: Oracle Database Reference. */
const REDO_BLOCK_BYTES = 512;
/** NEXT_CHANGE# of the current log since 12.2. */
const NO_NEXT_SCN = '18446744073709551615';
const RECOVERY_AREA_BYTES = 10 * 1024 ** 3;

/** A DATE from milliseconds of the host's wall clock. */
export function wallDate(milliseconds: number): Buffer {
  return encodeDate(momentAt(milliseconds, 0));
}

/** Of an open thread: where crash recovery would begin; of a closed one: where its redo ends. */
function checkpointScn({ closedScn, currentLog }: RedoThread): number {
  return closedScn ?? currentLog.firstScn;
}

function threadRow(thread: RedoThread): NamedValues {
  const { number, open, enabled, currentLog, enableScn, disableScn, flushed } = thread;
  return {
    'THREAD#': String(number),
    STATUS: open ? 'OPEN' : 'CLOSED',
    ENABLED: enabled ? 'PUBLIC' : 'DISABLED',
    'SEQUENCE#': String(currentLog.sequence),
    'ENABLE_CHANGE#': String(enableScn),
    'DISABLE_CHANGE#': String(disableScn),
    'CHECKPOINT_CHANGE#': String(checkpointScn(thread)),
    'LAST_REDO_SEQUENCE#': String(currentLog.sequence),
    'LAST_REDO_CHANGE#': String(flushed.scn),
    LAST_REDO_TIME: wallDate(flushed.time),
  };
}

/** The log before the current one still serves instance recovery; older ones do not. */
function logStatus(log: LogFile, { currentLog, open }: RedoThread): string {
  if (log === currentLog && log.nextScn === undefined) return 'CURRENT';
  return open && log.sequence === currentLog.sequence - 1 ? 'ACTIVE' : 'INACTIVE';
}

function logRow(thread: RedoThread, group: number, unusedBytes: number): NamedValues {
  const row = {
    'GROUP#': String(group),
    'THREAD#': String(thread.number),
    BLOCKSIZE: String(REDO_BLOCK_BYTES),
    MEMBERS: '1',
  };
  const log = thread.inGroup(group);
  if (log === undefined) {
    const unused = { 'SEQUENCE#': '0', STATUS: 'UNUSED', ARCHIVED: 'YES', 'FIRST_CHANGE#': '0', 'NEXT_CHANGE#': '0' };
    return { ...row, ...unused, BYTES: String(unusedBytes), FIRST_TIME: null, NEXT_TIME: null };
  }
  return {
    ...row,
    'SEQUENCE#': String(log.sequence),
    BYTES: String(log.size),
    STATUS: logStatus(log, thread),
    ARCHIVED: log.archived ? 'YES' : 'NO',
    'FIRST_CHANGE#': String(log.firstScn),
    FIRST_TIME: wallDate(log.firstTime),
    'NEXT_CHANGE#': log.nextScn === undefined ? NO_NEXT_SCN : String(log.nextScn),
    NEXT_TIME: log.nextTime === undefined ? null : wallDate(log.nextTime),
  };
}

function archivedRow({ log, destination, name, completedAt }: ArchivedCopy, index: number): NamedValues {
  const deleted = name === undefined;
  return {
    RECID: String(index + 1),
    DEST_ID: String(destination),
    'THREAD#': String(log.thread),
    'SEQUENCE#': String(log.sequence),
    NAME: name ?? null,
    'FIRST_CHANGE#': String(log.firstScn),
    FIRST_TIME: wallDate(log.firstTime),
    'NEXT_CHANGE#': String(log.nextScn),
    NEXT_TIME: log.nextTime === undefined ? null : wallDate(log.nextTime),
    BLOCKS: String(Math.ceil(log.bytes / REDO_BLOCK_BYTES)),
    BLOCK_SIZE: String(REDO_BLOCK_BYTES),
    RESETLOGS_ID: String(log.incarnation.resetlogsId),
    'RESETLOGS_CHANGE#': String(log.incarnation.resetlogsScn),
    RESETLOGS_TIME: wallDate(log.incarnation.resetlogsTime),
    ARCHIVED: 'YES',
    DELETED: deleted ? 'YES' : 'NO',
    STATUS: deleted ? 'D' : 'A',
    STANDBY_DEST: 'NO',
    COMPLETION_TIME: wallDate(completedAt),
  };
}

function logFileRow(group: number): NamedValues {
  return { 'GROUP#': String(group), STATUS: null, TYPE: 'ONLINE', MEMBER: onlineName(group) };
}

function recoveryAreaRow({ redo: { archive } }: Instance): NamedValues {
  return {
    NAME: '/u01/app/oracle/archive',
    SPACE_LIMIT: String(RECOVERY_AREA_BYTES),
    SPACE_USED: String(archive.usedBytes),
    SPACE_RECLAIMABLE: '0',
    NUMBER_OF_FILES: String(archive.fileCount),
  };
}

export const logViews: readonly ViewDefinition[] = [
  {
    name: 'V$THREAD',
    columns:
      'THREAD#:N STATUS:V6 ENABLED:V8 SEQUENCE#:N ENABLE_CHANGE#:N DISABLE_CHANGE#:N CHECKPOINT_CHANGE#:N LAST_REDO_SEQUENCE#:N ' +
      'LAST_REDO_CHANGE#:N LAST_REDO_TIME:D',
    rows: ({ redo }) => redo.threads.map(threadRow),
  },
  {
    name: 'V$LOG',
    columns:
      'GROUP#:N THREAD#:N SEQUENCE#:N BYTES:N BLOCKSIZE:N MEMBERS:N STATUS:V16 ARCHIVED:V3 FIRST_CHANGE#:N FIRST_TIME:D ' +
      'NEXT_CHANGE#:N NEXT_TIME:D',
    rows: ({ redo }) =>
      redo.threads.flatMap((thread) => thread.groups.map((group) => logRow(thread, group, redo.logBytes))),
  },
  {
    name: 'V$LOGFILE',
    columns: 'GROUP#:N STATUS:V7 TYPE:V7 MEMBER:V513',
    rows: ({ redo }) => redo.threads.flatMap(({ groups }) => groups.map(logFileRow)),
  },
  {
    name: 'V$ARCHIVED_LOG',
    columns:
      'RECID:N DEST_ID:N THREAD#:N SEQUENCE#:N NAME:V513 FIRST_CHANGE#:N FIRST_TIME:D NEXT_CHANGE#:N NEXT_TIME:D BLOCKS:N ' +
      'BLOCK_SIZE:N RESETLOGS_ID:N RESETLOGS_CHANGE#:N RESETLOGS_TIME:D ARCHIVED:V3 DELETED:V3 STATUS:V1 STANDBY_DEST:V3 ' +
      'COMPLETION_TIME:D',
    rows: ({ redo }) => redo.archive.copies.map(archivedRow),
  },
  {
    name: 'V$ARCHIVE_DEST_STATUS',
    columns: 'DEST_ID:N DEST_NAME:V256 TYPE:V16 STATUS:V9',
    rows: ({ redo }) =>
      redo.archive.destinations.map(({ id, status }) => ({
        DEST_ID: String(id),
        DEST_NAME: `LOG_ARCHIVE_DEST_${id}`,
        TYPE: 'LOCAL',
        STATUS: status,
      })),
  },
  {
    name: 'V$RECOVERY_FILE_DEST',
    columns: 'NAME:V513 SPACE_LIMIT:N SPACE_USED:N SPACE_RECLAIMABLE:N NUMBER_OF_FILES:N',
    rows: (instance) => [recoveryAreaRow(instance)],
  },
];
