import { describe, expect, test } from 'vitest';
import { differencesText, refusalText } from '../../../client/apply.ts';
import { exportText } from '../../../client/export.ts';
import { parseTaskText } from '../../../client/read-task.ts';
import { Refusal } from '../../../client/refusal.ts';
import { wishOf, withWishes } from '../../../client/set.ts';
import { taskDifferences } from '../../../model/task-differences.ts';
import type { TaskSpec } from '../../../model/task-spec.ts';

function specOf(text: string): TaskSpec {
  const parsed = parseTaskText(text);
  if (!parsed.ok) throw new Error('the text is not a task');
  return parsed.task.spec;
}

const least = 'name: a\nsource: hr\ndestination: w\ntables:\n  - table: HR.X\n';
const spec = specOf(least);

describe('export', () => {
  test.each([
    ['a small task', least],
    [
      'names and words that YAML would read otherwise',
      `${least}  - table: 'HR."Mixed Case"'\n    as: 'on'\n    values: { overflow: 'null' }\ntitle: '007: #1'\nstartAt: { scn: '9007199254740993' }\nsynchronize: [schema, incremental]\n`,
    ],
    [
      'every setting that can be changed',
      `${least}full: { throttle: { rowsPerSecond: 5 } }\nalerts: { contacts: [ops], latencySeconds: 9 }\ninstanceClass: 2xlarge\n`,
    ],
  ])('prints %s so that start reads the same', (_what, text) => {
    expect(specOf(exportText(specOf(text)))).toEqual(specOf(text));
  });
});

describe('set', () => {
  const set = (...words: readonly string[]): TaskSpec => withWishes(spec, words.map(wishOf));

  test('places values by their keys, and makes what is on the way', () => {
    const changed = set(
      'full.throttle.rowsPerSecond=50',
      'retry.otherIssuesMinutes=20',
      'alerts.contacts=[ops, night]',
    );
    expect(changed.full.throttle).toEqual({ rowsPerSecond: 50 });
    expect(changed.retry.otherIssuesMinutes).toBe(20);
    expect(changed.alerts?.contacts).toEqual(['ops', 'night']);
  });

  test('takes away with none', () => {
    const throttled = set('full.throttle.rowsPerSecond=50', 'alerts.contacts=[ops]');
    expect(withWishes(throttled, ['full.throttle=none', 'alerts=none'].map(wishOf))).toEqual(spec);
  });

  test.each([
    ['retry.otherIssuesMinutes', 'retry.otherIssuesMinutes is not KEY=VALUE'],
    ['=5', '=5 is not KEY=VALUE'],
    ['retry.otherIssuesMinutes=', 'write retry.otherIssuesMinutes=none'],
    ['alerts.contacts=[ops', 'The value of alerts.contacts is not YAML'],
    ['retry.otherIssuesMinute=5', 'Did you mean otherIssuesMinutes?'],
    ['retry.otherIssuesMinutes=0', 'retry.otherIssuesMinutes  OUT_OF_RANGE'],
    ['full.throttle.queriesPerSecond=5', 'NOT_YET_SUPPORTED'],
    ['name=none', 'Add name.'],
  ])('refuses %s with exit code 2', (word, says) => {
    const refused = (): unknown => set(word);
    expect(refused).toThrow(says);
    expect(refused).toThrow(expect.objectContaining({ name: Refusal.name, exitCode: 2 }));
  });
});

describe('apply', () => {
  const wished = specOf(
    `${least.replace('HR.X', 'HR.Y')}retry: { otherIssuesMinutes: 20 }\nfull: { chunkMegabytes: 9 }\n`,
  );
  const differences = taskDifferences(spec, wished);

  test('lists what differs, and how each can be changed', () => {
    expect(differencesText('a', differences).split('\n').slice(1)).toEqual([
      expect.stringMatching(/^full\.chunkMegabytes +256 +9 +only a task that is started anew$/),
      expect.stringMatching(/^retry\.otherIssuesMinutes +10 +20 +while it runs$/),
      expect.stringMatching(/^tables HR\.X +.* +– +tables remove$/),
      expect.stringMatching(/^tables HR\.Y +– +.* +tables add$/),
    ]);
    expect(differencesText('a', [])).toBe('a: nothing differs from the running task');
  });

  test('names the commands for what it cannot change', () => {
    expect(refusalText('a', differences)?.split('\n')).toEqual([
      expect.stringContaining("tables a add 'HR.Y'`."),
      expect.stringContaining("tables a remove 'HR.X'`"),
      expect.stringMatching(/^A running task keeps full\.chunkMegabytes: .*stop a/),
    ]);
    expect(refusalText('a', taskDifferences(spec, withWishes(spec, [wishOf('instanceClass=micro')])))).toBeUndefined();
  });
});
