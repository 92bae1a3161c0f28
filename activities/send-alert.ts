/** Tells one contact of an alert. */
import { ApplicationFailure } from '@temporalio/activity';
import type { AlertActivities } from '../model/alert-queue.ts';
import { Failure } from '../model/failure.ts';
import type { Contacts } from './ports.ts';

export const createAlertActivities = (deps: Contacts): AlertActivities => ({
  findContacts: async ({ contacts }) => {
    const wrong = contacts.flatMap((name) => {
      try {
        deps.contact(name);
        return [];
      } catch (error) {
        if (error instanceof Failure) return [error.message];
        throw error;
      }
    });
    if (wrong.length > 0) throw new Failure('bad-input', `alerts.contacts: ${wrong.join('; ')}`);
  },
  sendAlert: async ({ contact, message }) => {
    const answer = await deps.contact(contact).deliver(message.id, JSON.stringify(message), deps.attempt().signal);
    if (answer.delivered) return;
    throw ApplicationFailure.create({
      message: `contact ${contact}: ${answer.problem}`,
      type: answer.mayHelp ? 'alert-not-delivered' : 'alert-refused',
      nonRetryable: !answer.mayHelp,
    });
  },
});
