/** Program: `sdk-download.ts PROGRAM DIRECTORY` makes the SDK download the server into the directory. */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [program, downloadDir] = process.argv.slice(2);
if (!downloadDir) throw new Error('usage: sdk-download.ts PROGRAM DIRECTORY');

const executable = { type: 'cached-download', downloadDir } as const;
try {
  const started =
    program === 'temporal'
      ? await TestWorkflowEnvironment.createLocal({ server: { executable } })
      : await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  await started.teardown();
} catch (error) {
  // The SDK's sentence repeats itself once per layer; the innermost cause stands last.
  const sentence = error instanceof Error ? error.message : String(error);
  process.stderr.write(sentence.split('): ').at(-1) ?? sentence);
  process.exitCode = 1;
}
