import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { init } from '../../../client/init.ts';
import { initFiles } from '../../../client/init-files.ts';
import { readTask } from '../../../client/read-task.ts';
import { Refusal } from '../../../client/refusal.ts';
import { parseConnections } from '../../../model/connections.ts';
import { parseTaskSpec } from '../../../model/task-spec.ts';

let folder = '';
let said: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'redoflow-init-'));
  said = [];
  vi.spyOn(console, 'log').mockImplementation((line: unknown) => said.push(String(line)));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const everything = (): string[] => readdirSync(folder, { recursive: true }).map(String).toSorted();

/** The schema that the first line of a written file names, as a validator of its own. */
function schemaNamedBy(text: string): z.ZodType {
  const [, path = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
  return z.fromJSONSchema(JSON.parse(readFileSync(join(folder, path), 'utf8')) as z.core.JSONSchema.BaseSchema);
}

describe('redoflow init', () => {
  test('writes two files that parse, and their schemas', () => {
    init(join(folder, 'new'));
    expect(everything()).toEqual([
      'new',
      'new/.redoflow',
      'new/.redoflow/connections.schema.json',
      'new/.redoflow/task.schema.json',
      'new/connections.yaml',
      'new/task.yaml',
    ]);
    expect(readTask(join(folder, 'new', 'task.yaml')).spec.name).toBe('hr-to-warehouse');
    const connections = parseConnections(parse(readFileSync(join(folder, 'new', 'connections.yaml'), 'utf8')));
    expect(connections.ok && Object.keys(connections.connections)).toEqual(['hr', 'warehouse']);
    expect(said.join('\n')).toContain(join(folder, 'new', 'task.yaml'));
  });

  test('shows the defaults: without its optional keys the task means the same', () => {
    init(folder);
    const { written, spec } = readTask(join(folder, 'task.yaml'));
    const { name, source, destination, tables } = z.looseObject({ name: z.string() }).parse(written);
    expect(parseTaskSpec({ name, source, destination, tables })).toEqual({ ok: true, spec });
  });

  test('names connections that its connections.yaml has', () => {
    init(folder);
    const { source, destination } = readTask(join(folder, 'task.yaml')).spec;
    const connections = parseConnections(parse(readFileSync(join(folder, 'connections.yaml'), 'utf8')));
    if (!connections.ok) throw new Error('connections.yaml does not parse');
    expect(connections.connections[source]?.type).toBe('oracle');
    expect(connections.connections[destination]?.type).toBe('maxcompute');
  });

  test.each(['task.yaml', 'connections.yaml'])('writes a %s that the schema which it names accepts', (file) => {
    init(folder);
    const text = readFileSync(join(folder, file), 'utf8');
    const schema = schemaNamedBy(text);
    const right: unknown = parse(text);
    expect(schema.safeParse(right).success).toBe(true);
    expect(schema.safeParse({ ...z.looseObject({}).parse(right), tabels: [] }).success).toBe(false);
  });

  test('explains its keys in the schemas', () => {
    const described = [...initFiles()].filter(([path]) => path.endsWith('.json'));
    expect(described.map(([, text]) => text.split('"description":').length > 10)).toEqual([true, true]);
  });

  test('overwrites nothing, lists what is there and writes nothing then', () => {
    writeFileSync(join(folder, 'connections.yaml'), 'mine');
    symlinkSync('nowhere', join(folder, 'task.yaml'));
    const before = everything();
    const refused = catching(() => {
      init(folder);
    });
    expect(refused.exitCode).toBe(2);
    expect(refused.message).toContain(join(folder, 'connections.yaml'));
    expect(refused.message).toContain(join(folder, 'task.yaml'));
    expect(everything()).toEqual(before);
    expect(readFileSync(join(folder, 'connections.yaml'), 'utf8')).toBe('mine');
    expect(said).toEqual([]);
  });

  test('says in one sentence that a directory cannot be one', () => {
    writeFileSync(join(folder, 'a-file'), '');
    const refused = catching(() => {
      init(join(folder, 'a-file', 'below'));
    });
    expect(refused.exitCode).toBe(2);
    expect(refused.message).toContain('a-file');
  });
});

function catching(run: () => void): Refusal {
  try {
    run();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
