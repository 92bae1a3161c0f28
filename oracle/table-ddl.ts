/** What a DDL statement on a captured table means for its columns and rows, by its text. */
import type { AddedColumn, StopReason } from '../model/change.ts';
import type { DdlAction, PartitionVerb } from './ddl-alter-table.ts';
import type { DdlColumn } from './ddl-column.ts';
import { parseDdl } from './ddl-statement.ts';
import type { DdlStatement } from './ddl-statement.ts';
import { DdlSyntaxError } from './ddl-tokens.ts';

/** `what`: a few words for the operator, with names of columns but no value. */
export type DdlEffect =
  | { readonly kind: 'none'; readonly note?: string }
  | {
      readonly kind: 'stop';
      readonly reason: StopReason;
      /** Of `columns-added`. */
      readonly added?: readonly AddedColumn[];
      readonly what: string;
    };

type Stop = Extract<DdlEffect, { kind: 'stop' }>;

const stop = (reason: StopReason, what: string): Stop => ({ kind: 'stop', reason, what });

const none = (what: string): DdlEffect => ({ kind: 'none', note: `${what} changes no column and no row` });

/**
 * What must happen to the table. A statement that is not understood stops it: nothing is ignored that may change columns or rows.
 * @param owner of the redo row: RENAME names none
 */
export function classifyDdl(sql: string, owner: string | null): DdlEffect {
  try {
    return effectOf(parseDdl(sql), owner);
  } catch (error) {
    if (!(error instanceof DdlSyntaxError)) throw error;
    return stop('columns-changed', `a statement that is not understood (${error.message})`);
  }
}

function effectOf(statement: DdlStatement, owner: string | null): DdlEffect {
  switch (statement.kind) {
    case 'alter-table':
      return effectOfAll(statement.actions, owner);
    case 'truncate-table':
      return stop('rows-replaced', 'TRUNCATE TABLE');
    case 'flashback-table':
      return stop('rows-replaced', 'FLASHBACK TABLE');
    case 'drop-table':
      return stop('gone', 'DROP TABLE');
    case 'purge-table':
      return stop('gone', 'PURGE TABLE');
    case 'rename-table':
      return renamed(statement.to, owner);
    case 'create-table':
      return none('CREATE TABLE');
    case 'other':
      return none(statement.what);
  }
}

const quoted = (name: string): string => `"${name}"`;

const renamed = (to: string, owner: string | null): DdlEffect =>
  stop('gone', `RENAME TO ${owner === null ? '' : `${quoted(owner)}.`}${quoted(to)}`);

/** The first that is there decides. */
const BY_WEIGHT: readonly StopReason[] = [
  'gone',
  'rows-replaced',
  'columns-changed',
  'logging-dropped',
  'columns-added',
];

function effectOfAll(actions: readonly DdlAction[], owner: string | null): DdlEffect {
  const effects = actions.map((action) => effectOfAction(action, owner));
  const stops = effects.flatMap((effect) => (effect.kind === 'stop' ? [effect] : []));
  const reason = BY_WEIGHT.find((candidate) => stops.some((effect) => effect.reason === candidate));
  if (reason === undefined) return effects[0] ?? none('ALTER TABLE');
  const what = [...new Set(stops.map((effect) => effect.what))].join(', ');
  if (reason !== 'columns-added') return stop(reason, what);
  if (actions.some(isOtherColumnChange)) return stop('columns-changed', `${what} with MODIFY`);
  return { ...stop(reason, what), added: stops.flatMap(({ added = [] }) => added) };
}

/** Beside ADD COLUMN even a harmless one is not followed: it may be on the new column. */
const isOtherColumnChange = ({ kind }: DdlAction): boolean => kind === 'modify';

function effectOfAction(action: DdlAction, owner: string | null): DdlEffect {
  switch (action.kind) {
    case 'add':
      return effectOfAdd(action.column);
    case 'modify':
      return effectOfModify(action.column);
    case 'drop':
      return stop('columns-changed', `DROP COLUMN ${quoted(action.column)}`);
    case 'unused':
      return stop('columns-changed', `SET UNUSED ${quoted(action.column)}`);
    case 'rename-column':
      return stop('columns-changed', `RENAME COLUMN ${quoted(action.column)} TO ${quoted(action.to)}`);
    case 'rename-table':
      return renamed(action.to, owner);
    case 'partition':
      return effectOnPartition(action.verb, action.filtered);
    case 'move':
      return action.filtered ? stop('rows-replaced', 'MOVE INCLUDING ROWS') : none('MOVE');
    case 'supplemental-logging':
      return effectOnLogging(action.verb, action.what);
    case 'other':
      return none(action.what);
  }
}

/** Rows of before have the default without redo of their own; hidden and virtual columns are never in an image. */
function effectOfAdd({ name, default: given, generated, visible = true }: DdlColumn): DdlEffect {
  const what = `ADD COLUMN ${quoted(name)}`;
  if (generated === 'virtual') return none(`${what} (virtual)`);
  if (!visible) return none(`${what} (invisible)`);
  // The rows of before are numbered, in an order that the redo does not tell.
  if (generated === 'identity') return stop('columns-changed', `${what} (identity)`);
  const constant = given?.constant;
  if (given === undefined || constant === 'NULL') return { ...stop('columns-added', what), added: [{ name }] };
  const added: AddedColumn = { name, default: constant === undefined ? 'expression' : { constant } };
  return { ...stop('columns-added', what), added: [added] };
}

/** NULL, NOT NULL, DEFAULT and constraints leave what is stored. */
function effectOfModify({ name, type, generated, visible }: DdlColumn): DdlEffect {
  const what = `MODIFY ${quoted(name)}`;
  const changed = type !== undefined || generated !== undefined || visible !== undefined;
  return changed ? stop('columns-changed', what) : none(what);
}

/** Rows that only move to another partition stay what they are. */
const REPLACING: ReadonlySet<PartitionVerb> = new Set(['DROP', 'TRUNCATE', 'EXCHANGE']);

function effectOnPartition(verb: PartitionVerb, filtered: boolean): DdlEffect {
  if (REPLACING.has(verb)) return stop('rows-replaced', `${verb} PARTITION`);
  if (filtered) return stop('rows-replaced', `${verb} PARTITION INCLUDING ROWS`);
  return verb === 'ADD' ? { kind: 'none', note: 'a partition was added' } : none(`${verb} PARTITION`);
}

const effectOnLogging = (verb: 'ADD' | 'DROP', what: 'DATA' | 'GROUP'): DdlEffect =>
  verb === 'DROP' && what === 'DATA'
    ? stop('logging-dropped', 'DROP SUPPLEMENTAL LOG DATA')
    : none(`${verb} SUPPLEMENTAL LOG ${what}`);
