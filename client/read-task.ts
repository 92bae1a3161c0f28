/** Reads task.yaml: text → plain JSON → TaskSpec, every error with its line. */
import { readFileSync, statSync } from 'node:fs';
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml';
import { shownValue, type InputError, type InputPath } from '../model/input-errors.ts';
import { parseTaskSpec, type TaskSpec } from '../model/task-spec.ts';
import { badInput } from './refusal.ts';

export interface ReadTask {
  /** What the person wrote, as JSON: the argument of the workflow, which parses it again. */
  readonly written: unknown;
  readonly spec: TaskSpec;
}

const BYTES_MAX = 1024 * 1024;
const ALIASES_MAX = 50;

/** @param file a path, or `-` for standard input. @throws Refusal (exit 2) with all errors as one list. */
export function readTask(file: string): ReadTask {
  const source = file === '-' ? 'standard input' : file;
  const text = readText(file);
  const result = typeof text === 'string' ? parseTaskText(text) : { ok: false as const, errors: [text] };
  if (!result.ok) throw badInput(source, result.errors);
  return result.task;
}

/** Text of task.yaml (or JSON) → task, or everything that is wrong, in the order of the file. */
export function parseTaskText(
  text: string,
): { readonly ok: true; readonly task: ReadTask } | { readonly ok: false; readonly errors: readonly InputError[] } {
  const lines = new LineCounter();
  const at = (offset: number): { readonly line: number; readonly column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const parsed = parsedYaml(text, lines);
  if ('code' in parsed) return { ok: false, errors: [parsed] };
  const syntax = [...parsed.errors, ...parsed.warnings].map((error): InputError => {
    const duplicate = error.code === 'DUPLICATE_KEY';
    return {
      code: duplicate ? 'DUPLICATE' : 'SYNTAX',
      path: [],
      rule: duplicate ? 'a key is written once' : `YAML: ${error.message}`,
      fix: duplicate ? 'Remove one of the two.' : 'Correct the text at this place.',
      at: at(error.pos[0]),
    };
  });
  if (syntax.length > 0) return { ok: false, errors: syntax };
  let written: unknown;
  try {
    written = parsed.toJS({ maxAliasCount: ALIASES_MAX });
  } catch {
    const rule = `at most ${ALIASES_MAX} uses of aliases, of anchors that exist`;
    return { ok: false, errors: [{ code: 'SYNTAX', path: [], rule, fix: 'Write the text out.' }] };
  }
  const odd = oddNumbers(parsed, at);
  const task = parseTaskSpec(written);
  if (task.ok && odd.length === 0) return { ok: true, task: { written, spec: task.spec } };
  const wrong = task.ok ? [] : task.errors.map((error) => ({ ...error, at: at(offsetOf(parsed, error.path)) }));
  const errors = [...odd, ...wrong].toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  return { ok: false, errors };
}

function readText(file: string): string | InputError {
  const refused = (rule: string, fix: string): InputError => ({ code: 'FILE', path: [], rule, fix });
  let bytes: Buffer;
  try {
    if (file !== '-') {
      const { size } = statSync(file);
      if (!statSync(file).isFile()) return refused('a task is a regular file', 'Name a file, or - for standard input.');
      if (size > BYTES_MAX) return refused('a task file has at most 1 MB', 'Is this the right file?');
    }
    bytes = readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return refused(`the file can be read (${why})`, 'Check the path and its permissions.');
  }
  if (bytes.length > BYTES_MAX) return refused('a task has at most 1 MB', 'Is this the right input?');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refused('a task file is UTF-8', 'Save it as UTF-8 (it may be UTF-16).');
  }
}

function parsedYaml(text: string, lineCounter: LineCounter): Document.Parsed | InputError {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, version: '1.2' });
  } catch {
    return { code: 'SYNTAX', path: [], rule: 'the file is YAML, not nested too deep', fix: 'Flatten the file.' };
  }
}

const PLAIN_INTEGER = /^-?(?:0|[1-9]\d*)$/;

/** `1e3`, `0x10`, `+5`: YAML reads them as whole numbers, a person may have meant something else. */
function oddNumbers(document: Document.Parsed, at: (offset: number) => { line: number; column: number }) {
  const errors: (InputError & { readonly at: { readonly line: number; readonly column: number } })[] = [];
  visit(document, {
    Scalar(_key, node, ancestors) {
      if (!Number.isInteger(node.value) || PLAIN_INTEGER.test(node.source ?? '')) return;
      errors.push({
        code: 'BAD_FORMAT',
        path: pathOf(node, ancestors),
        value: shownValue(node.source),
        rule: 'whole numbers are written in plain decimal digits',
        fix: `Write ${String(node.value)}, or put text into quotes.`,
        at: at(node.range?.[0] ?? 0),
      });
    },
  });
  return errors;
}

/** Keys and indexes that lead to a node. */
const pathOf = (node: unknown, ancestors: readonly unknown[]): InputPath =>
  ancestors.flatMap((ancestor, i): (string | number)[] => {
    if (isPair(ancestor)) return isScalar(ancestor.key) ? [String(ancestor.key.value)] : [];
    return isSeq(ancestor) ? [ancestor.items.indexOf(ancestors[i + 1] ?? node)] : [];
  });

/** Where the last step of the path stands that the file has: the key of a mapping, the item of a list. */
function offsetOf(document: Document.Parsed, path: InputPath): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const step of path) {
    const next = stepInto(node, step);
    if (!next) break;
    offset = next.place?.range?.[0] ?? offset;
    node = next.node;
  }
  return offset;
}

function stepInto(node: unknown, step: string | number): { node: unknown; place: Node | null } | undefined {
  if (isSeq<Node>(node) && typeof step === 'number') {
    const item = node.items[step];
    return item && { node: item, place: item };
  }
  if (!isMap<Node, Node | null>(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
  return pair && { node: pair.value, place: pair.key };
}
