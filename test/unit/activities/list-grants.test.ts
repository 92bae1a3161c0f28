import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { listGrants, views } from '../../../activities/list-grants.ts';
import { Failure } from '../../../model/failure.ts';
import type { SourceGrants } from '../../../model/check-task.ts';
import { parseTaskSpec } from '../../../model/task-spec.ts';
import { description, SmallSink, SmallSource, T } from '../../support/small-sides.ts';

const specOf = (more: object = {}) => {
  const parsed = parseTaskSpec({ name: 'a', source: 'hr', destination: 'w', tables: [{ table: T }], ...more });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.spec;
};

const grantsOf = (source: SmallSource, user: string | undefined, more?: object): Promise<SourceGrants> =>
  listGrants({
    source: () => source,
    sink: () => new SmallSink(),
    connections: () => [{ name: 'hr', kind: 'oracle', address: 'db:1521/X', ...(user !== undefined && { user }) }],
  })({ spec: specOf(more) });

const inState = ({ statements }: SourceGrants, wanted: string): readonly string[] =>
  statements.filter(({ state }) => state === wanted).map(({ sql }) => sql);

describe('the grants of a source', () => {
  test('cover every view that is queried, and no other', () => {
    const folder = path.join(process.cwd(), 'oracle');
    const sources = readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(path.join(folder, name), 'utf8'));
    const queried = sources.flatMap((text) =>
      [...text.matchAll(/\b(?:FROM|JOIN) (G?V\$\w+|DBA_\w+)/g)].map(([, view]) => view),
    );
    expect(views.map(({ view }) => view).toSorted()).toEqual([...new Set(queried)].toSorted());
  });

  test('that are proved by what works are held; LogMiner itself is not tried', async () => {
    const grants = await grantsOf(new SmallSource(), 'capture');
    expect(inState(grants, 'missing')).toEqual([]);
    expect(inState(grants, 'held')).toContain(`GRANT SELECT, FLASHBACK ON ${T} TO CAPTURE`);
    expect(inState(grants, 'held')).toContain('GRANT SELECT ON SYS.DBA_EXTENTS TO CAPTURE');
    expect(inState(grants, 'unknown')).toContain('GRANT EXECUTE ON SYS.DBMS_LOGMNR TO CAPTURE');
  });

  test('that the database refuses are missing by name', async () => {
    const source = new SmallSource();
    source.minedUpTo = async () => {
      throw new Failure('source-privilege-missing', 'querying V$THREAD at Oracle db:1521/X: ORA-00942');
    };
    expect(inState(await grantsOf(source, 'capture'), 'missing')).toEqual(['GRANT SELECT ON SYS.V_$THREAD TO CAPTURE']);
  });

  test('on DBA_INDEXES are for index-organized tables only', async () => {
    const asked = async (source: SmallSource): Promise<boolean> =>
      (await grantsOf(source, 'capture')).statements.some(({ sql }) => sql.includes('DBA_INDEXES'));
    const source = new SmallSource();
    expect(await asked(source)).toBe(false);
    const measures = await source.measure();
    const tables = [
      { table: T, description: { ...description, indexOrganized: true as const }, allColumnsLogging: true },
    ];
    source.measure = async () => ({ ...measures, tables });
    expect(await asked(source)).toBe(true);
  });

  test('are all unknown, with the reason, while the database does not answer', async () => {
    const grants = await grantsOf(Object.assign(new SmallSource(), { down: true }), 'capture');
    expect(grants.unmeasured).toMatch(/^Oracle does not answer/);
    expect(new Set(grants.statements.map(({ state }) => state))).toEqual(new Set(['unknown']));
  });

  test('do not tell a user name that is kept like a secret', async () => {
    const { statements } = await grantsOf(new SmallSource(), undefined);
    expect(statements[0]?.sql).toBe('GRANT CREATE SESSION TO CAPTURE_USER');
  });

  test('of a one-off copy ask nothing of the redo', async () => {
    const { statements } = await grantsOf(new SmallSource(), 'c', { synchronize: ['schema', 'full'] });
    expect(statements.map(({ sql }) => sql).join('\n')).not.toMatch(/LOGM|V_\$THREAD|SUPPLEMENTAL/);
  });
});
