/** The position and its plan at the destination, and a new chain that goes on with them. */
import { describe, expect, test } from 'vitest';
import { createTables } from '../../../activities/create-tables.ts';
import { openRun } from '../../../activities/open-run.ts';
import { precheck } from '../../../activities/precheck.ts';
import { adoptedTables, findSavedPosition, readSavedDocument } from '../../../activities/saved-document.ts';
import { preparePosition } from '../../../activities/prepare-position.ts';
import { markText } from '../../../activities/table-marks.ts';
import { Failure } from '../../../model/failure.ts';
import type { SavedPosition } from '../../../model/activities.ts';
import { POSITIONS_TABLE } from '../../../model/names.ts';
import { planHash } from '../../../model/task-plan.ts';
import { parseTaskSpec, type TaskSpec } from '../../../model/task-spec.ts';
import { SmallSink, T } from '../../support/small-sides.ts';
import { positionAt } from '../model/literal-plan.ts';
import { attemptOf, dependencies, failureOf, openRunFacts, own, planned, rules } from './literal-attempt.ts';

const saved = {
  position: positionAt('1100', 11),
  planHash: planHash(rules, [planned]),
  chainId: 'run-1',
  logs: ['t_log'],
};

async function sinkWithTables(chainId = 'run-1'): Promise<SmallSink> {
  const sink = new SmallSink();
  const columns = [{ name: 'record_id', type: 'bigint' }] as const;
  await sink.createTable({ name: POSITIONS_TABLE, comment: '', columns: [], partitionColumns: [] });
  for (const name of ['t_base', 't_log'])
    await sink.createTable({ name, comment: markText({ of: T, chainId }), columns, partitionColumns: [] });
  sink.tables.get('t_log')?.rows.push(['12']);
  return sink;
}

/** Prepared, and then committed, as the workflow does. */
async function save(sink: SmallSink, position: SavedPosition): Promise<void> {
  const input = { destination: 'd', task: 'small', saved: position, own };
  const { id, ...target } = await preparePosition(dependencies({ sink, attempt }))(input);
  await sink.commitUpload(target, id);
}

const attempt = attemptOf({ ...openRunFacts, tableMap: async () => ({ rules, tables: [planned] }) });

async function sinkWithPosition(change: object = {}): Promise<SmallSink> {
  const sink = await sinkWithTables();
  await save(sink, saved);
  const text = JSON.parse(sink.positions.get('small') ?? '') as object;
  sink.positions.set('small', JSON.stringify({ ...text, ...change }));
  return sink;
}

function specOf(change: object = {}): TaskSpec {
  const parsed = parseTaskSpec({
    name: 'small',
    source: 's',
    destination: 'd',
    tables: [{ table: T }],
    incremental: { partition: [] },
    startAt: 'saved',
    ...change,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.spec;
}

describe('a position is saved', () => {
  test('together with the plan that it belongs to', async () => {
    const sink = await sinkWithPosition();
    expect(await readSavedDocument(sink, 'small')).toEqual({ ...saved, plan: { rules, tables: [planned] } });
    const place = await findSavedPosition({ sink: () => sink })({ task: 'small', destination: 'd' });
    expect(place).toEqual({ scn: '1100', nextRecordId: 11, tables: 1 });
  });

  test('before the tail without one: there is none yet', async () => {
    const sink = await sinkWithTables();
    const start = { ...saved, planHash: '' };
    await save(sink, start);
    expect(await readSavedDocument(sink, 'small')).toEqual(start);
    const place = await findSavedPosition({ sink: () => sink })({ task: 'small', destination: 'd' });
    expect(place).toMatchObject({ tables: 0 });
  });

  test('not at all when the task has another plan meanwhile', async () => {
    const sink = await sinkWithTables();
    const other = attemptOf({ ...openRunFacts, tableMap: async () => null });
    const late = { ...saved, planHash: 'of a plan that nobody has' };
    const prepare = preparePosition(dependencies({ sink, attempt: other }));
    expect(await failureOf(prepare({ destination: 'd', task: 'small', saved: late, own }))).toBe('bug');
    expect(sink.positions.size).toBe(0);
  });

  test('and what somebody else wrote there is no position', async () => {
    const sink = await sinkWithTables();
    sink.positions.set('small', 'hello');
    await expect(readSavedDocument(sink, 'small')).rejects.toThrow('is not a position');
  });
});

describe('a new chain of the task', () => {
  const input = { destination: 'd', task: 'small', chainId: 'run-7', logs: [], wrote: false };

  test('takes the position over after the quiet period, with the chains that it came from, without the plan', async () => {
    const sink = await sinkWithPosition({ madeBy: ['run-0'] });
    const waits: number[] = [];
    const waiting = attemptOf(
      { ...openRunFacts, origin: async () => ({ originalRunId: 'run-2' }) },
      { sleep: async (milliseconds) => void waits.push(milliseconds) },
    );
    const opened = await openRun(dependencies({ sink, attempt: waiting, commitQuietSeconds: 120 }))({
      ...input,
      adopt: true,
    });
    expect(waits).toEqual([120_000]);
    expect(opened.highest).toEqual({ t_log: 12 });
    expect(opened.saved).toEqual({ ...saved, madeBy: ['run-0', 'run-1'] });
  });

  test('follows the tables of the plan from where each was published, page by page', async () => {
    const deps = dependencies({ sink: await sinkWithPosition(), attempt });
    expect(await createTables(deps)({ spec: specOf(), own })).toEqual({ tables: [planned], more: false });
    expect(await createTables(deps)({ spec: specOf(), own, after: T })).toEqual({ tables: [], more: false });
  });

  test('does not go on with a plan that is not the one of the position', async () => {
    const deps = dependencies({ sink: await sinkWithPosition({ planHash: 'x' }), attempt });
    await expect(adoptedTables(deps, specOf())).rejects.toThrow(Failure);
    expect(await failureOf(createTables(deps)({ spec: specOf(), own }))).toBe('bad-input');
  });
});

describe('the precheck of a start from the saved position', () => {
  const verdict = async (sink: SmallSink, chainId = 'run-7', spec = specOf()) => {
    const report = await precheck(dependencies({ sink, attempt }))({ spec, chainId, ignored: ['table-key'] });
    const found = report.results.find(({ id }) => id === 'start-position');
    return { passed: report.passed, start: found?.verdict, message: found?.message ?? '' };
  };

  test('passes with the tables of the chain that saved it: they are not in the way', async () => {
    expect(await verdict(await sinkWithPosition())).toEqual({ passed: true, start: 'passed', message: '' });
  });

  test.each([
    ['an earlier one', { chainId: 'run-5', madeBy: ['run-1'] }, 'run-7'],
    ['its own, before it saved a position', { chainId: 'run-5' }, 'run-1'],
  ])('passes with tables of %s', async (_which, change, chainId) => {
    expect(await verdict(await sinkWithPosition(change), chainId)).toMatchObject({ passed: true });
  });

  test('fails where nothing is saved, and says so', async () => {
    const { passed, message } = await verdict(await sinkWithTables());
    expect(passed).toBe(false);
    expect(message).toContain('no position of the task small is saved at d. Start somewhere else');
  });

  test('fails for tables of another chain, and for tables that are gone', async () => {
    const foreign = await verdict(await sinkWithPosition({ chainId: 'run-5' }));
    expect(foreign).toMatchObject({ passed: false });
    expect(foreign.message).toContain('t_base was not made by the task small, t_log was not made by the task small');
    const sink = await sinkWithPosition();
    await sink.dropTable('t_log');
    expect((await verdict(sink)).message).toContain('t_log does not exist');
  });

  test('of a start from an SCN asks the source', async () => {
    const spec = specOf({ synchronize: ['schema', 'incremental'], startAt: { scn: '1000' } });
    const sink = new SmallSink();
    expect(await verdict(sink, 'run-7', spec)).toMatchObject({ passed: true, start: 'passed' });
  });
});
