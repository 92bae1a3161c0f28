import { checkView } from './access-rights.ts';
import type { Account } from './accounts.ts';
import type { Container } from './containers.ts';
import { dictionaryViews } from './dictionary-views.ts';
import { dynamicViews } from './dynamic-views.ts';
import type { Instance } from './instance.ts';
import { contentsColumns } from './mined-rows.ts';
import type { LogMiner } from './logminer.ts';
import { privilegeViews } from './privilege-views.ts';
import { segmentViews } from './segment-views.ts';
import type { SessionSettings } from './sql-compiled.ts';
import type { NamedSource } from './sql-sources.ts';
import { toRows, viewColumns } from './view-columns.ts';

const views = new Map(
  [...dictionaryViews, ...segmentViews, ...dynamicViews, ...privilegeViews].map((view) => [
    view.name,
    { ...view, columns: viewColumns(view.columns) },
  ]),
);

const ofTables = new Set(
  [...dictionaryViews, ...segmentViews].map(({ name }) => name).filter((name) => name.startsWith('DBA_')),
);

export interface ViewReader {
  readonly instance: Instance;
  readonly miner: LogMiner;
  readonly settings: Readonly<SessionSettings>;
  readonly account: Account;
  /** Of the session's instance. */
  readonly thread: number;
  readonly container: Container;
}

/**
 * A dictionary or V$ view by its public name or the name behind it (`V_$LOG`); undefined when there is none.
 * @throws OracleError 942 and 1031 when the user may not read it.
 */
export function findView(name: string, reader: ViewReader): NamedSource | undefined {
  const publicName = name.replace(/^(G?V)_\$/, '$1$$');
  if (publicName === 'V$LOGMNR_CONTENTS') {
    checkView(reader.account, publicName);
    return { kind: 'view', columns: contentsColumns, rows: () => reader.miner.contents(reader.settings) };
  }
  const view = views.get(publicName);
  if (view === undefined) return undefined;
  checkView(reader.account, publicName);
  const { columns } = view;
  const absent = Number(reader.instance.version.short.split('.')[0]) < 23 ? (view.since23 ?? []) : [];
  const present = columns.map(({ name: column }) => !absent.includes(column));
  return {
    kind: 'view',
    columns: columns.filter((_column, index) => present[index]),
    rows: (wanted) => {
      const { instance, account, thread, container } = reader;
      // The root's own dictionary: what is in a pluggable database is not in it.
      const foreign = container === 'root' && ofTables.has(view.name);
      const rows = foreign ? [] : toRows(columns, view.rows(instance, { account, wanted, thread, container }));
      return absent.length === 0 ? rows : rows.map((row) => row.filter((_value, index) => present[index]));
    },
  };
}
