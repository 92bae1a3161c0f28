/**
 * What an administrator has to run for the capture user: every privilege that oracle/ uses, and the logging that LogMiner needs, each with
 * what this login could see of it. Reads only. (Oracle Database Utilities, "Using LogMiner"; SQL Reference, "Flashback Query".)
 */
import type { GrantState, SourceGrants, Statement } from '../model/check-task.ts';
import { Failure, treatments } from '../model/failure.ts';
import type { SourceMeasures, TableMeasures } from '../model/precheck-items.ts';
import type { TableName } from '../model/table.ts';
import { patternParts } from '../model/table-pattern.ts';
import type { TaskSpec } from '../model/task-spec.ts';
import type { CheckDependencies } from './check-dependencies.ts';
import type { Source } from './ports.ts';
import { selection } from './select-tables.ts';

/** A call of the source that succeeds only with the privilege. */
type Proof = 'login' | 'measure' | 'bound' | 'extents' | 'capture';

interface View {
  /** As queried, without SYS. */
  readonly view: string;
  readonly proof?: Proof;
  readonly redo: boolean;
  readonly why: string;
}

const dictionary = (view: string): View => ({ view, proof: 'measure', redo: false, why: 'descriptions of tables' });

export const views: readonly View[] = [
  { view: 'V$DATABASE', proof: 'measure', redo: false, why: 'log mode, role, current SCN' },
  { view: 'V$INSTANCE', proof: 'measure', redo: false, why: 'version' },
  ...['DBA_TABLES', 'DBA_OBJECTS', 'DBA_TAB_COLS', 'DBA_CONSTRAINTS', 'DBA_CONS_COLUMNS', 'DBA_LOG_GROUPS'].map(
    dictionary,
  ),
  { view: 'DBA_INDEXES', redo: false, why: 'index-organized tables' },
  { view: 'DBA_EXTENTS', proof: 'extents', redo: false, why: 'chunks of the full copy' },
  { view: 'V$THREAD', proof: 'bound', redo: true, why: 'how far redo is on disk' },
  { view: 'GV$TRANSACTION', proof: 'capture', redo: true, why: 'open transactions where capture begins' },
  { view: 'DBA_2PC_PENDING', proof: 'capture', redo: true, why: 'distributed transactions in doubt' },
  ...['V$LOG', 'V$LOGFILE', 'V$ARCHIVED_LOG', 'V$ARCHIVE_DEST_STATUS'].map((view) => {
    return { view, redo: true, why: 'which redo logs to read' };
  }),
  { view: 'V$DATAFILE', redo: true, why: 'rows that were written without redo, unless FORCE LOGGING is on' },
  { view: 'V$LOGMNR_CONTENTS', redo: true, why: 'the changes' },
  { view: 'V$CONTAINERS', redo: true, why: 'whose redo is whose in a container database' },
];

export const listGrants = (deps: CheckDependencies) =>
  async function listGrants({ spec }: { spec: TaskSpec }): Promise<SourceGrants> {
    const user = granteeText(deps.connections().find(({ name }) => name === spec.source)?.user);
    const { tables, ...seen } = await look(deps.source(spec.source), spec);
    const statements = [...systemGrants(spec, seen), ...viewGrants(spec, seen), ...tableGrants(tables, seen)].map(
      ({ sql, ...rest }) => ({ sql: `${sql} TO ${user}`, ...rest }),
    );
    return {
      source: spec.source,
      ...(seen.measures && { version: seen.measures.version }),
      ...(seen.unmeasured !== undefined && { unmeasured: seen.unmeasured }),
      statements: [...statements, ...loggingStatements(spec, tables, seen)],
    };
  };

const PLAIN_NAME = /^[A-Za-z][\w$#]*$/;
/** The name is in a variable or a file, so that it is not ours to show. */
const PLACEHOLDER = 'CAPTURE_USER';

function granteeText(user: string | undefined): string {
  if (user === undefined) return PLACEHOLDER;
  return PLAIN_NAME.test(user) ? user.toUpperCase() : user;
}

interface Seen {
  readonly tables: readonly TableName[];
  readonly measures?: SourceMeasures;
  readonly proved: ReadonlySet<Proof>;
  /** Messages of refusals; each names what was queried. */
  readonly refusals: readonly string[];
  readonly unmeasured?: string;
}

type Facts = Omit<Seen, 'tables'>;

/** Does what a task would do, as far as it reads little, and sees what the database refuses. */
async function look(source: Source, spec: TaskSpec): Promise<Seen> {
  const proved = new Set<Proof>();
  const refusals: string[] = [];
  const attempt = async <T>(proof: Proof | undefined, call: () => Promise<T>): Promise<T | undefined> => {
    try {
      const answer = await call();
      if (proof) proved.add(proof);
      return answer;
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'source-privilege-missing') throw error;
      refusals.push(error.message);
      return undefined;
    }
  };
  // Without the dictionary the tables of a pattern are not known, but those with names are.
  let tables = spec.tables.flatMap(({ table }) => (patternParts(table) ? [] : [table as TableName]));
  let measures: SourceMeasures | undefined;
  const seen = () => ({ tables, ...(measures && { measures }), proved, refusals });
  try {
    await attempt('login', () => source.probe());
    const selected = await attempt(undefined, () => selection(source, spec));
    if (selected) tables = selected.tables.map(({ table }) => table);
    measures = await attempt('measure', () => source.measure(tables));
    const described = measures?.tables.find(({ description }) => description)?.description;
    const limits = { chunkMegabytes: spec.full.chunkMegabytes, chunksMin: 1, chunksMax: 1 };
    if (described) await attempt('extents', () => source.planChunks(described, limits));
    if (spec.synchronize.includes('incremental')) {
      await attempt('bound', () => source.minedUpTo());
      await attempt('capture', () => source.capturePoint());
    }
    return seen();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...seen(), unmeasured: `${error.message} ${treatments[error.kind].sentence}` };
  }
}

function systemGrants(spec: TaskSpec, { proved, measures }: Facts): readonly Statement[] {
  const unknown = 'unknown' as const;
  const session = {
    sql: 'GRANT CREATE SESSION',
    why: 'the login',
    state: proved.has('login') ? ('held' as const) : unknown,
  };
  if (!spec.synchronize.includes('incremental')) return [session];
  return [
    session,
    { sql: 'GRANT LOGMINING', why: 'LogMiner', state: unknown },
    { sql: 'GRANT SELECT ANY TRANSACTION', why: 'LogMiner', state: unknown },
    { sql: 'GRANT EXECUTE ON SYS.DBMS_LOGMNR', why: 'LogMiner', state: unknown },
    ...(measures?.version.startsWith('12.') === true
      ? [{ sql: 'GRANT EXECUTE_CATALOG_ROLE', why: 'LogMiner of release 12', state: unknown }]
      : []),
  ];
}

/** Asked only about index-organized tables. */
const ONLY_INDEX_ORGANIZED = 'DBA_INDEXES';

function viewGrants(spec: TaskSpec, { proved, refusals, measures }: Facts): readonly Statement[] {
  const needed = measures?.tables.some(({ description }) => description?.indexOrganized) !== false;
  const wanted = views.filter(
    ({ view, redo }) =>
      (!redo || spec.synchronize.includes('incremental')) && (view !== ONLY_INDEX_ORGANIZED || needed),
  );
  return wanted.map(({ view, proof, why }): Statement => {
    const refused = refusals.some((message) => message.split(/[\s,:;]+/).includes(view));
    const state = refused ? 'missing' : proof !== undefined && proved.has(proof) ? 'held' : 'unknown';
    return { sql: `GRANT SELECT ON SYS.${view.replace('V$', 'V_$')}`, why, state };
  });
}

const measured = (
  tables: readonly TableName[],
  { measures }: Facts,
): readonly (TableMeasures | { table: TableName })[] => measures?.tables ?? tables.map((table) => ({ table }));

function tableGrants(tables: readonly TableName[], seen: Facts): readonly Statement[] {
  return measured(tables, seen).map((found): Statement => {
    const state = !('allColumnsLogging' in found) ? 'unknown' : found.description ? 'held' : 'missing';
    const why = state === 'missing' ? 'it cannot be read, or does not exist' : 'its full copy';
    return { sql: `GRANT SELECT, FLASHBACK ON ${found.table}`, why, state };
  });
}

const stateOf = (on: boolean | undefined): GrantState => (on === undefined ? 'unknown' : on ? 'held' : 'missing');

/** Without these the redo does not hold what is needed. */
function loggingStatements(spec: TaskSpec, tables: readonly TableName[], seen: Facts): readonly Statement[] {
  if (!spec.synchronize.includes('incremental')) return [];
  const { measures } = seen;
  const minimal: Statement = {
    sql: 'ALTER DATABASE ADD SUPPLEMENTAL LOG DATA',
    why: 'LogMiner needs minimal supplemental logging',
    state: stateOf(measures?.minimalSupplementalLogging),
  };
  const perTable = measured(tables, seen).map((found): Statement => {
    const logged = 'allColumnsLogging' in found ? found.allColumnsLogging : undefined;
    const everywhere = measures?.databaseAllColumnsLogging === true;
    return {
      sql: `ALTER TABLE ${found.table} ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS`,
      why: 'whole rows in the redo',
      state: everywhere ? 'held' : stateOf(logged),
    };
  });
  return [...archiving(measures), minimal, ...perTable];
}

/** Only where it is known to be off: it restarts the database. */
function archiving(measures: SourceMeasures | undefined): readonly Statement[] {
  if (measures?.archiveLog !== false) return [];
  const why = 'ARCHIVELOG mode; this restarts the database';
  return ['SHUTDOWN IMMEDIATE', 'STARTUP MOUNT', 'ALTER DATABASE ARCHIVELOG', 'ALTER DATABASE OPEN'].map((sql) => {
    return { sql, why, state: 'missing' };
  });
}
