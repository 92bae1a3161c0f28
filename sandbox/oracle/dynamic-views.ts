import { containerRows } from './containers.ts';
import type { ViewDefinition } from './dictionary-views.ts';
import type { Instance } from './instance.ts';
import { xidBytes } from './journal.ts';
import { logViews, wallDate } from './log-views.ts';
import { DATA_FILE } from './segments.ts';
import type { NamedValues } from './view-columns.ts';

/** The V$ views, each with the columns that our clients read. Source: Oracle Database Reference, dynamic performance views. */
const DATABASE_ID = '1684932107';
export const DATABASE_NAME = 'ORCL';

function databaseRow(instance: Instance): NamedValues {
  const { catalog, containers, directLoads, redo, role } = instance;
  return {
    DBID: DATABASE_ID,
    NAME: DATABASE_NAME,
    LOG_MODE: 'ARCHIVELOG',
    OPEN_MODE: role.name === 'PRIMARY' ? 'READ WRITE' : 'READ ONLY',
    DATABASE_ROLE: role.name,
    CDB: containers.on ? 'YES' : 'NO',
    FORCE_LOGGING: directLoads.forceLogging ? 'YES' : 'NO',
    SUPPLEMENTAL_LOG_DATA_MIN: catalog.minimalLoggingText(),
    SUPPLEMENTAL_LOG_DATA_ALL: catalog.logAllColumns ? 'YES' : 'NO',
    'RESETLOGS_CHANGE#': String(redo.incarnation.resetlogsScn),
    RESETLOGS_TIME: wallDate(redo.incarnation.resetlogsTime),
    CURRENT_SCN: String(redo.advance()),
  };
}

function* incarnationRows({ redo }: Instance): Generator<NamedValues> {
  for (const [index, incarnation] of redo.incarnations.entries()) {
    const prior = redo.incarnations[index - 1];
    yield {
      'INCARNATION#': String(incarnation.number),
      'RESETLOGS_CHANGE#': String(incarnation.resetlogsScn),
      RESETLOGS_TIME: wallDate(incarnation.resetlogsTime),
      'PRIOR_RESETLOGS_CHANGE#': String(prior?.resetlogsScn ?? 1),
      PRIOR_RESETLOGS_TIME: prior === undefined ? null : wallDate(prior.resetlogsTime),
      STATUS: incarnation === redo.incarnation ? 'CURRENT' : 'PARENT',
      RESETLOGS_ID: String(incarnation.resetlogsId),
      'PRIOR_INCARNATION#': String(incarnation.number - 1),
    };
  }
}

function instanceRow({ version, redo }: Instance, thread: number): NamedValues {
  const number = redo.threads.length > 1 ? String(thread) : '';
  return {
    INSTANCE_NUMBER: String(thread),
    INSTANCE_NAME: DATABASE_NAME.toLowerCase() + number,
    HOST_NAME: `simulator${number}`,
    VERSION: version.short,
    VERSION_FULL: version.full,
    STATUS: 'OPEN',
    'THREAD#': String(thread),
  };
}

const INSTANCE_COLUMNS =
  'INSTANCE_NUMBER:N INSTANCE_NAME:V16 HOST_NAME:V64 VERSION:V17 VERSION_FULL:V17 STATUS:V12 THREAD#:N';

function* transactionRows(instance: Instance): Generator<NamedValues> {
  for (const { xid, startScn, thread } of instance.transactions.open) {
    yield {
      INST_ID: String(thread),
      XID: xidBytes(xid),
      XIDUSN: String(xid.usn),
      XIDSLOT: String(xid.slot),
      XIDSQN: String(xid.sequence),
      START_SCN: String(startScn),
      STATUS: 'ACTIVE',
    };
  }
}

function dataFileRow({ directLoads, redo }: Instance): NamedValues {
  const { unrecoverableScn, unrecoverableAt } = directLoads;
  return {
    'FILE#': String(DATA_FILE),
    NAME: '/u01/app/oracle/oradata/ORCL/users01.dbf',
    'CHECKPOINT_CHANGE#': String(redo.firstOpenThread.currentLog.firstScn),
    'UNRECOVERABLE_CHANGE#': String(unrecoverableScn),
    UNRECOVERABLE_TIME: unrecoverableAt === undefined ? null : wallDate(unrecoverableAt),
  };
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
    name: 'V$DATABASE_INCARNATION',
    columns:
      'INCARNATION#:N RESETLOGS_CHANGE#:N RESETLOGS_TIME:D PRIOR_RESETLOGS_CHANGE#:N PRIOR_RESETLOGS_TIME:D STATUS:V7 ' +
      'RESETLOGS_ID:N PRIOR_INCARNATION#:N',
    rows: incarnationRows,
  },
  {
    name: 'V$INSTANCE',
    columns: INSTANCE_COLUMNS,
    rows: (instance, { thread }) => [instanceRow(instance, thread)],
  },
  {
    name: 'GV$INSTANCE',
    columns: `INST_ID:N ${INSTANCE_COLUMNS}`,
    rows: (instance) =>
      instance.redo.openThreads.map(({ number }) => ({ INST_ID: String(number), ...instanceRow(instance, number) })),
  },
  {
    name: 'GV$TRANSACTION',
    columns: 'INST_ID:N XID:R8 XIDUSN:N XIDSLOT:N XIDSQN:N START_SCN:N STATUS:V16',
    rows: transactionRows,
  },
  {
    name: 'V$CONTAINERS',
    columns: 'CON_ID:N CON_UID:N NAME:V128',
    rows: (_instance, { container }) => containerRows(container),
  },
  {
    name: 'V$DATAFILE',
    columns: 'FILE#:N NAME:V513 CHECKPOINT_CHANGE#:N UNRECOVERABLE_CHANGE#:N UNRECOVERABLE_TIME:D',
    rows: (instance) => [dataFileRow(instance)],
  },
  ...logViews,
];
