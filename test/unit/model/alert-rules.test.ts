/** `alerts` of a task, as a person writes them. */
import { describe, expect, test } from 'vitest';
import { pathText } from '../../../model/input-errors.ts';
import { parseTaskSpec } from '../../../model/task-spec.ts';

const least = { name: 'hr-to-warehouse', source: 'hr', destination: 'warehouse', tables: [{ table: 'HR.EMPLOYEES' }] };

function told(input: unknown): string[] {
  const parsed = parseTaskSpec(input);
  return parsed.ok ? [] : parsed.errors.map(({ path, code }) => `${pathText(path)} ${code}`);
}

describe('a task', () => {
  test('has alerts with defaults, once it names contacts', () => {
    const parsed = parseTaskSpec({ ...least, alerts: { contacts: ['ops'] } });
    expect(parsed.ok && parsed.spec.alerts).toEqual({
      failure: true,
      heldTables: true,
      redoRunwayPercent: 50,
      partitions: false,
      contacts: ['ops'],
    });
  });

  test.each([
    [{}, 'alerts.contacts MISSING'],
    [{ contacts: [] }, 'alerts.contacts OUT_OF_RANGE'],
    [{ contacts: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'alerts.contacts OUT_OF_RANGE'],
    [{ contacts: ['a', 'a'] }, 'alerts.contacts WRONG_TYPE'],
    [{ contacts: ['a/b'] }, 'alerts.contacts[0] BAD_FORMAT'],
    [{ contacts: ['a'], latencySeconds: 0 }, 'alerts.latencySeconds OUT_OF_RANGE'],
    [{ contacts: ['a'], redoRunwayPercent: 100 }, 'alerts.redoRunwayPercent OUT_OF_RANGE'],
    [{ contacts: ['a'], failure: 'yes' }, 'alerts.failure WRONG_TYPE'],
    [{ contacts: ['a'], latency: 5 }, 'alerts.latency UNKNOWN_KEY'],
    [{ contacts: ['a'], fullCopyHours: 24 }, 'alerts.fullCopyHours NOT_YET_SUPPORTED'],
  ])('is refused with the alerts %j', (alerts, expected) => {
    expect(told({ ...least, alerts })).toEqual([expected]);
  });

  test('tells of complete partitions only where there are some', () => {
    const input = { ...least, alerts: { contacts: ['ops'], partitions: true } };
    expect(told(input)).toEqual([]);
    expect(told({ ...input, incremental: { partition: [] } })).toEqual(['alerts.partitions CONFLICT']);
  });
});
