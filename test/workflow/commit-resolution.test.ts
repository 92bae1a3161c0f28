/** Every way in which a scheduled commit can end (invariant 3): what is there is never written again, what is not is never left out. */
import { describe, expect, test } from 'vitest';
import { Failure } from '../../model/failure.ts';
import { scn, type Scn } from '../../model/scn.ts';
import { logErrors, type SmallSink } from '../support/small-sides.ts';
import { startSmallTask, type SmallTask, type SmallTaskOptions } from '../support/small-task.ts';
import { devServerWorld, sharedWorld } from '../support/temporal.ts';

const LOG = 't_log';
const UP_TO = '1600';

const noAnswer = (): Failure => new Failure('sink-unreachable', 'MaxCompute does not answer');

interface Commit {
  readonly id: string;
  /** The rows are there from now on, and the session is closed. */
  readonly done: () => void;
  /** As `done`, of the first so many rows; no service should do that. */
  readonly doneInPart: (rows: number) => void;
  /** Expired, or forgotten: nothing can be learnt of it any more. */
  readonly gone: () => void;
}

/** The next commit of a session of the log. `happens` answers it, or throws. */
function atNextCommit(sink: SmallSink, happens: (commit: Commit) => void | Promise<void>): { met: boolean } {
  const usual = sink.commitUpload.bind(sink);
  const seen = { met: false };
  sink.commitUpload = async (target, id) => {
    const session = sink.sessions.get(id);
    if (seen.met || target.table !== LOG || !session) return usual(target, id);
    seen.met = true;
    const log = sink.tables.get(LOG);
    await happens({
      id,
      done: () => {
        if (session.status === 'closed') return;
        session.status = 'closed';
        log?.rows.push(...session.rows);
      },
      doneInPart: (rows) => void log?.rows.push(...session.rows.slice(0, rows)),
      gone: () => (session.status = 'gone'),
    });
  };
  return seen;
}

const follow = async (
  world: Parameters<typeof startSmallTask>[0],
  options: SmallTaskOptions = {},
): Promise<SmallTask> => {
  const task = await startSmallTask(world, { source: { advancePerCall: 25, headMax: 1_200 }, ...options });
  await task.until(({ position }) => position?.scn === '1200');
  return task;
};

const snapshotOf = async (task: SmallTask): Promise<Scn> => scn((await task.status()).tables[0]?.snapshotScn ?? '');

/** Everything that the source will ever say is in the log, once. */
async function mustBeExact(task: SmallTask): Promise<void> {
  const status = await task.until(({ position }) => position?.scn === UP_TO, 60);
  expect(status.state).toBe('Synchronizing');
  expect(logErrors(task.sink.rowsOf(LOG), await snapshotOf(task), scn(UP_TO))).toEqual([]);
}

describe.concurrent('a commit of which no good answer comes', () => {
  const world = sharedWorld(devServerWorld);
  const outcomes: readonly (readonly [string, (commit: Commit, sink: SmallSink) => void])[] = [
    [
      'answered 500, and done by the server 8 s later; asked again meanwhile, it is refused',
      ({ id, done }, sink) => {
        const usual = sink.commitUpload.bind(sink);
        const landed = Date.now() + 8_000;
        sink.commitUpload = async (target, other) => {
          if (other === id && Date.now() < landed) throw new Failure('sink-rejected', 'StatusConflict');
          return usual(target, other);
        };
        setTimeout(done, 8_000);
        throw noAnswer();
      },
    ],
    [
      'answered 500, and done by the server later; asked again meanwhile, it is done at once',
      ({ done }) => {
        setTimeout(done, 2_000);
        throw noAnswer();
      },
    ],
    [
      'done, and the session is forgotten before anybody has asked',
      ({ done, gone }) => {
        done();
        gone();
        throw noAnswer();
      },
    ],
    [
      'not done, and the session is CRITICAL or forgotten',
      ({ gone }) => {
        gone();
        throw noAnswer();
      },
    ],
    [
      'still under way when its session is forgotten, and done within the quiet period',
      ({ done, gone }) => {
        gone();
        setTimeout(done, 2_000);
        throw noAnswer();
      },
    ],
  ];
  test.each(outcomes)('%s', async (_what, happens) => {
    await using task = await follow(world(), { quietSeconds: 4 });
    const seen = atNextCommit(task.sink, (commit) => {
      happens(commit, task.sink);
    });
    task.source.headMax = Number(UP_TO);
    await mustBeExact(task);
    expect(seen.met).toBe(true);
  });

  test('and of which a part is there: the task stops and says so, and writes nothing', async () => {
    await using task = await follow(world());
    let session = '';
    atNextCommit(task.sink, ({ id, doneInPart, gone }) => {
      session = id;
      doneInPart(1);
      gone();
      throw noAnswer();
    });
    task.source.headMax = Number(UP_TO);
    const failed = await task.until(({ state }) => state === 'Failed');
    expect(failed.failure).toMatchObject({ kind: 'commit-ambiguous' });
    expect(failed.failure?.message).toBe(`t_log: a part of upload session ${session} is at the destination`);
    expect(failed.position?.scn).toBe('1200');
    const rows = task.sink.rowsOf(LOG).length;
    const recover = () => world().client.workflow.getHandle(task.workflowId).executeUpdate('recover');
    await recover();
    await task.until(({ state }) => state !== 'Failed');
    await task.until(({ state }) => state === 'Failed'); // it is still there
    expect(task.sink.rowsOf(LOG)).toHaveLength(rows);

    const log = task.sink.tables.get(LOG);
    log?.rows.pop();
    await recover();
    await mustBeExact(task);
  });
});

describe.concurrent('rows of others in the log, above all of ours', () => {
  const world = sharedWorld(devServerWorld);
  const foreign = ['9000000000', 'I', '1800000000', 'N', 'Y', 'theirs', 'x'];

  /** The task says what it met and writes nothing; once the row is gone, it goes on. */
  async function mustStopAndGoOn(task: SmallTask, says: string): Promise<void> {
    const { failure } = await task.until(({ state }) => state === 'Failed', 60);
    expect(failure).toMatchObject({ kind: 'commit-ambiguous' });
    expect(failure?.message).toContain(`t_log holds the record_id 9000000000, and ${says}`);
    const log = task.sink.tables.get(LOG);
    expect(log?.rows.at(-1)).toBe(foreign);
    log?.rows.pop();
    task.source.headMax = Number(UP_TO);
    await world().client.workflow.getHandle(task.workflowId).executeUpdate('recover');
    await mustBeExact(task);
  }

  test('are met when a commit is resolved: nothing is taken for done', async () => {
    await using task = await follow(world());
    const { sink } = task;
    atNextCommit(sink, ({ gone }) => {
      gone();
      sink.tables.get(LOG)?.rows.push(foreign);
      throw noAnswer();
    });
    task.source.headMax = Number(UP_TO);
    await mustStopAndGoOn(task, 'the highest that was given out is ');
  });

  test.each([
    ['all of the redo was written', '1200'],
    ['more redo has come meanwhile', UP_TO],
  ])('are met after a reset, when %s: nothing is left out', async (_what, head) => {
    await using task = await follow(world());
    const { sink, source } = task;
    const handle = world().client.workflow.getHandle(task.workflowId);
    const { runId } = await handle.describe();
    const { events } = await handle.fetchHistory();
    const completed = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
    sink.tables.get(LOG)?.rows.push(foreign);
    source.down = true;
    source.headMax = Number(head);
    source.head = Number(head);
    await world().client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: task.workflowId, runId },
      workflowTaskFinishEventId: completed.at(-3)?.eventId ?? null,
      reason: 'test',
      requestId: world().unique('reset'),
    });
    source.down = false;
    await mustStopAndGoOn(task, `the redo up to SCN ${head} gives none above `);
  });
});

describe.concurrent('a commit that was scheduled before a pause, whose session is forgotten after it', () => {
  const world = sharedWorld(devServerWorld);

  test.each(['done', 'not done'] as const)('%s', async (what) => {
    await using task = await follow(world());
    const { sink } = task;
    const handle = world().client.workflow.getHandle(task.workflowId);
    const status = sink.uploadStatus.bind(sink);
    let down = false;
    sink.uploadStatus = async (target, id) => {
      if (down) throw noAnswer();
      return status(target, id);
    };
    sink.probe = async () => {
      if (down) throw noAnswer();
    };
    const seen = atNextCommit(sink, ({ done }) => {
      if (what === 'done') done();
      down = true;
      throw noAnswer();
    });
    task.source.headMax = Number(UP_TO);
    await task.until((now) => now.state === 'Retrying', 60);
    await handle.signal('pause');
    await task.until((now) => now.state === 'Paused', 60);
    // As 24 hours after they were opened.
    for (const session of sink.sessions.values()) session.status = 'gone';
    down = false;
    await handle.signal('resume');
    await mustBeExact(task);
    expect(seen.met).toBe(true);
  });
});
