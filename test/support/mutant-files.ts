/**
 * The product's mutants: `test/mutants/<number>-<name>.patch`, each a mistake that the tests must see. Lines before the diff say what it
 * breaks, which invariant of the design, and which tests must turn red:
 *
 *     # The position moves as soon as the commit of a window is scheduled.
 *     # invariant: 5
 *     # caught by: REDOFLOW_TEST_SEEDS=60 test/unit/prove/tail-simulation.test.ts -t "part of a title"
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Tests of one file. */
export interface Catcher {
  readonly file: string;
  /** Of their titles; absent: all. */
  readonly pattern?: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Mutant {
  /** `07-gone-taken-for-committed`. */
  readonly name: string;
  readonly patch: string;
  readonly breaks: string;
  readonly invariant: string;
  /** Each of them must turn red. */
  readonly caughtBy: readonly Catcher[];
}

const FOLDER = 'test/mutants';
const FILE = /^\d{2,3}-[a-z0-9]+(?:-[a-z0-9]+)*\.patch$/;
const CATCHER = /^((?:[A-Z][A-Z0-9_]*=\S+ )*)(test\/\S+\.test\.ts)(?: -t "([^"]+)")?$/;

/** `NAME=value … test/…/x.test.ts -t "pattern"`. @throws Error that says what is expected */
function parseCatcher(text: string): Catcher {
  const match = CATCHER.exec(text);
  if (!match) throw new Error(`"caught by: ${text}" is not NAME=value … test/….test.ts -t "pattern"`);
  const [, assignments = '', file = '', pattern] = match;
  const environment = assignments
    .split(' ')
    .filter((each) => each !== '')
    .map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)] as const);
  return { file, environment: Object.fromEntries(environment), ...(pattern !== undefined && { pattern }) };
}

/** @throws Error for a header that does not say everything */
export function parseMutant(name: string, patch: string, text: string): Mutant {
  const header = text.slice(0, text.search(/^(?:diff|---) /m)).split('\n');
  const said = header.filter((line) => line.startsWith('# ')).map((line) => line.slice(2).trim());
  const after = (key: string): readonly string[] =>
    said.filter((line) => line.startsWith(`${key}: `)).map((line) => line.slice(key.length + 2));
  const [breaks = ''] = said;
  const [invariant = ''] = after('invariant');
  const caughtBy = after('caught by').map(parseCatcher);
  if (!breaks.endsWith('.') || invariant === '' || caughtBy.length === 0)
    throw new Error(`${patch}: its first lines must be a sentence, "invariant: …" and "caught by: …", each after "# "`);
  return { name, patch, breaks, invariant, caughtBy };
}

/** All of them, in order. @throws Error for a file that is no mutant */
export async function readMutants(root: string): Promise<readonly Mutant[]> {
  const names = (await readdir(path.join(root, FOLDER))).toSorted();
  return Promise.all(
    names.map(async (file) => {
      const patch = `${FOLDER}/${file}`;
      if (!FILE.test(file)) throw new Error(`${patch}: expected ${FOLDER}/<number>-<name>.patch`);
      return parseMutant(file.slice(0, -'.patch'.length), patch, await readFile(path.join(root, patch), 'utf8'));
    }),
  );
}

/** Patches keep applying when lines around them change. */
const APPLY = ['apply', '-C1', '--whitespace=nowarn'];

/** In a tree that is no repository, or the checkout itself. @returns why it does not apply; undefined when it does, or was */
export async function applyPatch(tree: string, patch: string, how: 'check' | 'apply'): Promise<string | undefined> {
  const args = [...APPLY, ...(how === 'check' ? ['--check'] : []), patch];
  try {
    await execute('git', args, { cwd: tree, env: { ...process.env, GIT_CEILING_DIRECTORIES: path.dirname(tree) } });
    return undefined;
  } catch (error: unknown) {
    const { stderr = '' } = error as { readonly stderr?: string }; // of execFile
    return stderr.trim() || String(error);
  }
}
