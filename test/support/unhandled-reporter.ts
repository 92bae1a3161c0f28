/** A vitest reporter that writes down what failed outside of every test, so that the end of a run can tell why. */
import { writeFileSync } from 'node:fs';
import type { SerializedError } from 'vitest';
import type { Reporter } from 'vitest/node';

/** The messages of an error and of its causes, in one line. */
function messages(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  return [String(Reflect.get(error, 'message')), messages(Reflect.get(error, 'cause'))]
    .filter((text) => text !== '')
    .join(': ');
}

export default class UnhandledReporter implements Reporter {
  onTestRunEnd(_modules: unknown, errors: readonly SerializedError[]): void {
    const file = process.env['REDOFLOW_UNHANDLED_ERRORS'];
    if (file) writeFileSync(file, JSON.stringify(errors.map((error) => messages(error))));
  }
}
