/** `alerts` of task.yaml: of what a task tells which contacts. */
import { z } from 'zod';
import { says, strict, text, wholeNumber, type InputError } from './input-errors.ts';

const CONTACTS_MAX = 5;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
const contact = text(NAME, 'the name of a contact in connections.yaml', 'Write for example ops.');
const contactsRule = says({
  rule: `from 1 to ${CONTACTS_MAX} names of contacts in connections.yaml, each once`,
  fix: 'Write for example [ops].',
});
const flag = (key: string) => {
  return z.boolean({ error: says({ rule: `${key} is true or false`, fix: 'Write true or false.' }) });
};

export const alerts = strict(
  'alerts',
  {
    latencySeconds: wholeNumber(1, 604_800, 'number of seconds')
      .exactOptional()
      .describe(
        'Tell when the destination was further behind in two measurements, or while an endpoint does not answer. Default: not told.',
      ),
    failure: flag('failure').default(true).describe('Tell when the task, or the copy of a table, waits for `recover`.'),
    heldTables: flag('heldTables').default(true).describe('Tell when a table is held.'),
    redoRunwayPercent: wholeNumber(1, 99, 'percentage')
      .default(50)
      .describe(
        'Tell when redo that is still needed is so far on its way to being purged, in percent of the time that logs are kept.',
      ),
    partitions: flag('partitions')
      .default(false)
      .describe('Tell when a partition of every `_log` is complete. Only with partitions.'),
    contacts: z
      .array(contact, { error: contactsRule })
      .min(1, { error: contactsRule })
      .max(CONTACTS_MAX, { error: contactsRule })
      .refine((names) => new Set(names).size === names.length, { error: contactsRule })
      .describe('Who is told: names under `contacts` of connections.yaml, at most 5.'),
  },
  ['fullCopyHours'],
);

/** A partition is never complete where there are none. */
export function alertConflicts(written: {
  readonly alerts?: { readonly partitions: boolean };
  readonly incremental: { readonly partition: readonly string[] };
}): InputError[] {
  if (!written.alerts?.partitions || written.incremental.partition.length > 0) return [];
  const rule = 'alerts.partitions only with partitions in incremental.partition';
  const fix = 'Write partitions: false, or give incremental.partition a level.';
  return [{ code: 'CONFLICT', path: ['alerts', 'partitions'], rule, fix }];
}
