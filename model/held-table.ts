/** Tables that stopped while the others go on: why, from where, and what an operator may choose. Pure. */
import type { HoldReason } from './position.ts';

/**
 * - `continue`: nothing is lost; the table is mined again from where it stopped, in its present form.
 * - `resync`: the old pair of tables is set aside under another name, and the table is copied anew.
 * - `remove`: the task goes on without the table; its destination tables stay.
 * - `acceptGap`: the table joins where the others stand; its changes in between are lost, and that is recorded.
 */
export const releaseChoices = ['continue', 'resync', 'remove', 'acceptGap'] as const;
export type ReleaseChoice = (typeof releaseChoices)[number];

interface HoldRule {
  readonly choices: readonly ReleaseChoice[];
  /** For the operator: what it means and what to choose. */
  readonly sentence: string;
}

export const holdRules = {
  'columns-added': {
    choices: ['continue', 'resync', 'remove', 'acceptGap'],
    sentence:
      'A column was added that the destination cannot follow by itself. `continue` adds it and goes on, with NULL for rows of before; `resync` copies the table anew, with its values.',
  },
  'columns-changed': {
    choices: ['continue', 'resync', 'remove', 'acceptGap'],
    sentence:
      'Columns were changed. `continue` goes on in the new form where the destination’s columns can hold it; otherwise `resync` copies the table anew.',
  },
  'rows-replaced': {
    choices: ['resync', 'remove', 'acceptGap'],
    sentence:
      'Rows were removed or replaced without redo of their own (TRUNCATE, DROP or EXCHANGE PARTITION, FLASHBACK). `resync` copies the table anew.',
  },
  gone: {
    choices: ['resync', 'remove'],
    sentence: 'The table was dropped or renamed. `remove` it, or `resync` once a table of that name is there again.',
  },
  undecodable: {
    choices: ['continue', 'resync', 'remove', 'acceptGap'],
    sentence:
      'A change could not be read from the redo. `continue` tries again; `resync` copies the table anew and loses nothing but history.',
  },
  'not-logged': {
    choices: ['resync', 'remove', 'acceptGap'],
    sentence: 'Rows were written without redo (NOLOGGING). `resync` copies the table anew; set FORCE LOGGING.',
  },
  'logging-dropped': {
    choices: ['continue', 'resync', 'remove', 'acceptGap'],
    sentence:
      'Supplemental logging was dropped. Switch it on again (ALTER TABLE … ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS), then `continue`; `resync` if rows were changed meanwhile.',
  },
  'copy-lacks-columns': {
    choices: ['resync', 'remove'],
    sentence:
      'Columns were added after the copy was planned and before its snapshot, so their values are not in it. `resync` copies the table anew.',
  },
  copying: {
    choices: [],
    sentence: 'The table is being copied; it joins the others by itself.',
  },
} as const satisfies Record<HoldReason, HoldRule>;

export const choicesOf = (reason: HoldReason): readonly ReleaseChoice[] => holdRules[reason].choices;
