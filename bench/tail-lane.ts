/**
 * The client process of the bench `tail`: the product's activities over both of its sides, one window after the other, mined and
 * written while the one before is committed, as a worker does it; only Temporal is not there.
 */
import { createActivities } from '../activities/index.ts';
import type { RunFacts } from '../activities/ports.ts';
import { MaxComputeSink } from '../maxcompute/sink.ts';
import type { MineLimits, OwnRun, WindowSpec } from '../model/activities.ts';
import type { CapturePoint } from '../model/position.ts';
import type { WindowReceipt } from '../model/receipt.ts';
import { planHash, planRules } from '../model/task-plan.ts';
import type { TableMapPage } from '../model/task-plan.ts';
import { parseTaskSpec } from '../model/task-spec.ts';
import { OracleSource } from '../oracle/source.ts';
import type { SandboxAddresses } from '../sandbox/start.ts';
import { peakRssMegabytes, stopwatch } from './measure.ts';
import type { Elapsed } from './measure.ts';
import { sourceOf } from './orders.ts';

/** From the parent: create the destination's tables and say where capture begins; then mine so many changes in windows of
 * that age; of a backlog none is waited for. */
export type TailOrder =
  | { readonly do: 'open'; readonly addresses: SandboxAddresses; readonly table: string }
  | { readonly do: 'mine'; readonly changes: number; readonly flushSeconds: number };

/** A window is committed. */
export interface Arrival {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Everything below is at the destination. */
  readonly nextRecordId: number;
}

/** To the parent. */
export type TailTold =
  | { readonly told: 'ready' }
  | ({
      readonly told: 'mined';
      readonly windows: number;
      /** Rows of `_log`; an update has two. */
      readonly logRows: number;
      readonly transactions: number;
      readonly peakRssMegabytes: number;
      readonly arrivals: readonly Arrival[];
    } & Elapsed);

const own: OwnRun = { runId: 'run-00000001', chainId: 'run-00000001', taskWorkflowId: 'redoflow/bench' };
const endpoints = { source: 'oracle', destination: 'maxcompute' };

/** The schema's defaults; a backlog is not waited for. */
const LIMITS: MineLimits = { flushSeconds: 0, flushRows: 50_000, flushMegabytes: 32, idleSeconds: 60 };

interface Opened {
  readonly activities: ReturnType<typeof createActivities>;
  readonly sink: MaxComputeSink;
  readonly captured: TableMapPage;
  readonly point: CapturePoint;
}

async function open({ oracle, maxcompute }: SandboxAddresses, table: string): Promise<Opened> {
  const source = new OracleSource(sourceOf(oracle));
  const sink = new MaxComputeSink(maxcompute);
  let captured: TableMapPage | null = null;
  const run: RunFacts = {
    runId: own.runId,
    workflowId: own.taskWorkflowId,
    origin: async () => ({ originalRunId: own.runId }),
    continues: async () => true,
    openRunOf: async () => ({ runId: own.runId, firstRunId: own.chainId }),
    windowsShownBy: async () => [],
    tableMap: async () => captured,
    comparablePoint: async () => ({ kind: 'never', why: 'nobody verifies here' }),
  };
  const { signal } = new AbortController();
  const sleep = async (milliseconds: number): Promise<void> =>
    new Promise((resolve) => void setTimeout(resolve, milliseconds));
  const activities = createActivities({
    source: () => source,
    sink: () => sink,
    attempt: () => ({ signal, report: () => undefined, sleep, run }),
    commitQuietSeconds: 0,
    idleSeconds: LIMITS.idleSeconds,
  });
  const parsed = parseTaskSpec({ name: 'bench', ...endpoints, tables: [{ table }] });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const point = await activities.capturePoint({ source: endpoints.source });
  const { tables } = await activities.createTables({ spec: parsed.spec, own });
  captured = { rules: planRules(parsed.spec), tables: tables.map((plan) => ({ ...plan, emitAfter: point.scn })) };
  return { activities, sink, captured, point };
}

/** Window after window: each is committed, after those before it, while the next one is mined. */
async function mine(
  { activities, sink, captured, point }: Opened,
  changes: number,
  flushSeconds: number,
): Promise<TailTold> {
  const limits = { ...LIMITS, flushSeconds };
  const arrivals: Arrival[] = [];
  const read = stopwatch();
  let spec = firstWindow({ captured, point });
  let [logRows, transactions] = [0, 0];
  let committing: Promise<unknown> = Promise.resolve();
  while (spec.firstRecordId <= changes) {
    const receipt = await activities.mineWindow({ endpoints, spec, skip: {}, limits, own });
    await committing;
    committing = commit(activities, receipt).then(() => {
      arrivals.push({ at: Date.now(), nextRecordId: receipt.nextRecordId });
    });
    logRows += receipt.rows;
    transactions += receipt.transactions;
    spec = windowAfter(spec, receipt);
  }
  await committing;
  const elapsed = read();
  if (spec.firstRecordId !== changes + 1) throw new Error(`${spec.firstRecordId - 1} changes were mined`);
  const arrived = await sink.countRows(captured.tables[0]?.log ?? '');
  if (arrived !== logRows) throw new Error(`${arrived} rows arrived, not ${logRows}`);
  const windows = spec.number - 1;
  return { told: 'mined', ...elapsed, windows, logRows, transactions, peakRssMegabytes: peakRssMegabytes(), arrivals };
}

const firstWindow = ({ captured, point }: Pick<Opened, 'captured' | 'point'>): WindowSpec => ({
  number: 1,
  planHash: planHash(captured.rules, captured.tables),
  incarnation: point.incarnation,
  from: point.scn,
  open: point.open,
  firstRecordId: 1,
  clock: { previousSeconds: 0 },
  held: [],
});

function windowAfter({ inside: _inside, ...spec }: WindowSpec, receipt: WindowReceipt): WindowSpec {
  return {
    ...spec,
    number: spec.number + 1,
    from: receipt.to,
    ...(receipt.inside && { inside: receipt.inside }),
    open: receipt.open,
    firstRecordId: receipt.nextRecordId,
    clock: { previousSeconds: receipt.clockSeconds },
  };
}

async function commit(activities: Opened['activities'], { sessions }: WindowReceipt): Promise<void> {
  const outcome = await activities.commitReceipts({ destination: endpoints.destination, sessions, own });
  if (outcome === 'gone') throw new Error('an upload session is gone');
}

let opened: Opened | undefined;
const tell = (told: TailTold): void => void process.send?.(told);

async function obey(order: TailOrder): Promise<void> {
  if (order.do === 'open') {
    opened = await open(order.addresses, order.table);
    tell({ told: 'ready' });
  } else if (opened) tell(await mine(opened, order.changes, order.flushSeconds));
}

process.on('message', (order: TailOrder) => {
  obey(order).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit());
