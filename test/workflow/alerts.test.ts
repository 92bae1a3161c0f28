/** A task whose contact does not answer: nothing waits for it, and what is told arrives once it does. */
import { expect, test } from 'vitest';
import type { Contact, DeliveryAnswer } from '../../activities/ports.ts';
import type { AlertMessage } from '../../model/alert-queue.ts';
import { startSmallTask } from '../support/small-task.ts';
import { devServerWorld, sharedWorld } from '../support/temporal.ts';

const world = sharedWorld(devServerWorld);

class SlowContact implements Contact {
  answers = false;
  readonly refused: string[] = [];
  readonly told: AlertMessage[] = [];

  async deliver(id: string, body: string): Promise<DeliveryAnswer> {
    if (!this.answers) {
      this.refused.push(id);
      return { delivered: false, mayHelp: true, problem: 'it answered with status 503' };
    }
    this.told.push(JSON.parse(body) as AlertMessage);
    return { delivered: true };
  }
}

const runwayUsed = (percent: number) => async () => ({
  clockSeconds: 1_000,
  missing: false,
  threads: [{ thread: 1, keptSince: 0, neededSince: 1_000 - 10 * percent, purged: true }],
});

test('a task goes on, rolls over and pauses while a contact does not answer, and tells it once when it does', async () => {
  const contact = new SlowContact();
  await using task = await startSmallTask(world(), {
    contact,
    rollOverEvents: 60,
    source: { advancePerCall: 25, headMax: 3_000, redoRunway: runwayUsed(90) },
  });
  const signal = (name: string): Promise<void> => world().client.workflow.getHandle(task.workflowId).signal(name);
  await task.until(({ position, run }) => position?.scn === '3000' && run.number > 2, 60);
  await signal('pause');
  await task.until(({ state }) => state === 'Paused', 10);
  expect(contact.refused.length).toBeGreaterThan(1);
  expect(new Set(contact.refused).size).toBe(1);
  contact.answers = true;
  await expect.poll(() => contact.told.length, { timeout: 60_000 }).toBe(1);
  Object.assign(task.source, { redoRunway: runwayUsed(10) });
  await signal('resume');
  await expect.poll(() => contact.told.length, { timeout: 30_000 }).toBe(2);
  const [begun, over] = contact.told;
  expect(begun).toMatchObject({ id: contact.refused[0], kind: 'runway' });
  expect(begun?.text).toContain('(90 % used)');
  expect(over).toMatchObject({ kind: 'runway', resolved: true });
  expect(over?.id).not.toBe(begun?.id);
  expect((await task.status()).events.filter(({ text }) => text.startsWith('alert'))).toEqual([]);
}, 150_000);
