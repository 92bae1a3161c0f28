import { dictionaryViews } from './dictionary-views.ts';
import { dynamicViews } from './dynamic-views.ts';
import type { Instance } from './instance.ts';
import { contentsColumns } from './logminer.ts';
import type { LogMiner } from './logminer.ts';
import type { SessionSettings } from './sql-compiled.ts';
import type { NamedSource } from './sql-sources.ts';
import { toRows, viewColumns } from './view-columns.ts';

const views = new Map(
  [...dictionaryViews, ...dynamicViews].map((view) => [view.name, { ...view, columns: viewColumns(view.columns) }]),
);

/** A dictionary or V$ view by its public name or the name behind it (`V_$LOG`); undefined when there is none. */
export function findView(
  name: string,
  reader: { readonly instance: Instance; readonly miner: LogMiner; readonly settings: Readonly<SessionSettings> },
): NamedSource | undefined {
  const publicName = name.replace(/^(G?V)_\$/, '$1$$');
  if (publicName === 'V$LOGMNR_CONTENTS') {
    return { kind: 'view', columns: contentsColumns, rows: () => reader.miner.contents(reader.settings) };
  }
  const view = views.get(publicName);
  if (view === undefined) return undefined;
  return { kind: 'view', columns: view.columns, rows: () => toRows(view.columns, view.rows(reader.instance)) };
}
