/**
 * The product's side of the test of random values, as a process of its own, so that its time zone is one that the test chooses:
 * the activities over both sides, without a Temporal server. The job comes as JSON in the environment, the report is a line.
 */
import { createActivities } from '../../activities/index.ts';
import { plannedTables } from '../../activities/planned-tables.ts';
import type { Attempt, Dependencies, RunFacts } from '../../activities/ports.ts';
import { WindowWriter } from '../../activities/window-writer.ts';
import { MaxComputeSink } from '../../maxcompute/sink.ts';
import type { OwnRun, WindowSpec } from '../../model/activities.ts';
import { Failure } from '../../model/failure.ts';
import type { CapturePoint } from '../../model/position.ts';
import { compareScn, scn } from '../../model/scn.ts';
import { planHash, planRules } from '../../model/task-plan.ts';
import type { CapturedTable, PlanRules, TablePlan } from '../../model/task-plan.ts';
import { parseTaskSpec } from '../../model/task-spec.ts';
import { OracleSource } from '../../oracle/source.ts';
import type { SandboxAddresses } from '../../sandbox/start.ts';

interface JobTable {
  /** `OWNER.NAME` */
  readonly table: string;
  readonly as: Readonly<Record<string, string>>;
  /** Taken before its first row. */
  readonly point: CapturePoint;
}

export interface Job {
  readonly oracle: SandboxAddresses['oracle'];
  readonly maxcompute: SandboxAddresses['maxcompute'];
  /** Begins the names of everything that is written. */
  readonly destination: string;
  readonly random: JobTable;
  readonly refused: JobTable;
  /** SCNs of the snapshots to copy; the redo is read up to the last. */
  readonly asOf: readonly [string, string];
}

interface Filled {
  readonly table: string;
  readonly rows: number;
  /** As the receipts say. */
  readonly nulled: number;
}

export interface Report {
  /** Of January and July, as `getTimezoneOffset` says. */
  readonly zoneMinutes: readonly number[];
  readonly copies: readonly Filled[];
  readonly log: Filled;
  /** What the product says of each row of the table of refused values. */
  readonly refusedCopies: readonly string[];
  readonly refusedChanges: readonly string[];
}

const own: OwnRun = { runId: 'run-00000001', chainId: 'run-00000001', taskWorkflowId: 'redoflow/random' };
const endpoints = { source: 'oracle', destination: 'maxcompute' };
const never = new AbortController().signal;
const forever = { flushSeconds: 0, flushRows: 1e9, flushMegabytes: 1e6, idleSeconds: 5 };

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

interface Captured {
  readonly rules: PlanRules;
  readonly tables: readonly CapturedTable[];
}

class Product {
  readonly source: OracleSource;
  readonly sink: MaxComputeSink;
  readonly activities: ReturnType<typeof createActivities>;
  private captured: Captured | undefined;

  constructor({ oracle, maxcompute }: Job) {
    const [, host = '', port = '', service = ''] = /^(.+):(\d+)\/(.+)$/.exec(oracle.connectString) ?? [];
    this.source = new OracleSource({ host, port: Number(port), service, user: oracle.user, password: oracle.password });
    this.sink = new MaxComputeSink(maxcompute);
    const run: RunFacts = {
      runId: own.runId,
      workflowId: own.taskWorkflowId,
      origin: async () => ({ originalRunId: own.runId }),
      continues: async () => true,
      openRunOf: async () => ({ runId: own.runId, firstRunId: own.chainId }),
      windowsShownBy: async () => [],
      tableMap: async () => this.captured ?? null,
      comparablePoint: async () => ({ kind: 'never', why: 'nobody verifies here' }),
    };
    const attempt: Attempt = {
      signal: never,
      report: () => undefined,
      sleep: async (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      run,
    };
    const deps: Dependencies = {
      source: () => this.source,
      sink: () => this.sink,
      attempt: () => attempt,
      commitQuietSeconds: 0,
      idleSeconds: forever.idleSeconds,
    };
    this.activities = createActivities(deps);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.close();
    await this.sink[Symbol.asyncDispose]();
  }

  async create(
    { table, as }: JobTable,
    name: string,
    overflow: 'fail' | 'null',
  ): Promise<{ readonly plan: TablePlan; readonly rules: PlanRules }> {
    const parsed = parseTaskSpec({
      name,
      ...endpoints,
      tables: [{ table, as: name, columns: { as }, values: { overflow } }],
      incremental: { partition: [] },
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    const { tables } = await this.activities.createTables({ spec: parsed.spec, own });
    const [plan] = tables;
    if (!plan) throw new Error(`${table} is not planned`);
    return { plan, rules: planRules(parsed.spec) };
  }

  /** The table as of an SCN, committed. */
  async copy(plan: TablePlan, rules: PlanRules, attempt: number, asOf: string): Promise<Filled> {
    const sizes = { chunkMegabytes: 1, parallelChunks: 2 };
    const { chunks, loading } = await this.activities.planCopy({ endpoints, plan, rules, own, attempt, ...sizes });
    const table = { name: loading, snapshotScn: scn(asOf) };
    const receipts = await Promise.all(
      chunks.map((chunk) => this.activities.copyChunk({ endpoints, plan, rules, loading: table, chunk, own })),
    );
    await this.commit(receipts.map(({ session }) => session));
    return {
      table: loading,
      rows: sumOf(receipts.map(({ rows }) => rows)),
      nulled: sumOf(receipts.map(({ nulled }) => nulled)),
    };
  }

  private async commit(sessions: Parameters<typeof this.activities.commitReceipts>[0]['sessions']): Promise<void> {
    const outcome = await this.activities.commitReceipts({ destination: endpoints.destination, sessions, own });
    if (outcome === 'gone') throw new Error(`the commit is ${outcome}`);
  }

  /** All changes above the point and up to an SCN, window by window. */
  async mine(plan: TablePlan, rules: PlanRules, point: CapturePoint, upTo: string): Promise<Filled> {
    this.captured = { rules, tables: [{ ...plan, emitAfter: point.scn }] };
    let spec: WindowSpec = {
      number: 1,
      planHash: planHash(rules, this.captured.tables),
      incarnation: point.incarnation,
      from: point.scn,
      open: point.open,
      firstRecordId: 1,
      held: [],
      clock: { previousSeconds: 0 },
    };
    let [rows, nulled] = [0, 0];
    while (compareScn(spec.from, scn(upTo)) < 0) {
      const receipt = await this.activities.mineWindow({ endpoints, spec, skip: {}, limits: forever, own });
      await this.commit(receipt.sessions);
      rows += receipt.rows;
      nulled += sumOf(receipt.sessions.map((session) => session.nulled));
      spec = {
        ...spec,
        number: spec.number + 1,
        from: receipt.to,
        open: receipt.open,
        firstRecordId: receipt.nextRecordId,
        clock: { previousSeconds: receipt.clockSeconds },
      };
    }
    return { table: plan.log, rows, nulled };
  }
}

async function refusalOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'nothing was refused';
  } catch (error: unknown) {
    if (error instanceof Failure) return `${error.kind}: ${error.message}`;
    throw error;
  }
}

/** Row by row, each in an upload and in a window of its own: one value that does not fit ends them. */
async function refuse(
  product: Product,
  { refused, destination, asOf }: Job,
): Promise<Pick<Report, 'refusedCopies' | 'refusedChanges'>> {
  const { source, sink } = product;
  const { plan, rules } = await product.create(refused, `${destination}_refused`, 'fail');
  const { point } = refused;
  const [table] = await plannedTables(source, [{ ...plan, emitAfter: point.scn }], rules);
  if (!table) throw new Error('the table of refused values is not planned');
  const to = scn(asOf[1]);
  const refusedCopies: [id: string, what: string][] = [];
  const columns = table.columns.map((column) => column.sink);
  for (const chunk of await source.planChunks(table.description, { chunkMegabytes: 1, chunksMin: 1, chunksMax: 9 }))
    for await (const rows of source.readChunk(table.description, chunk, to, never))
      for (const row of rows) {
        const refusal = await refusalOf(async () => {
          const upload = await sink.openUpload({ table: plan.base }, columns);
          await upload.write([row]);
          await upload.finish(); // rows are encoded some at a time: the last of them here
        });
        refusedCopies.push([String(row[0]), refusal]);
      }
  const refusedChanges: string[] = [];
  const { incarnation, scn: from, open } = point;
  const clock = { previousSeconds: 0 };
  const spec = { number: 1, planHash: '', incarnation, from, open, held: [], firstRecordId: 1, clock };
  await using range = await source.mine({ incarnation, from, to, open, tables: [table.description] }, never);
  for await (const transaction of range.transactions)
    refusedChanges.push(
      await refusalOf(async () => {
        const writer = new WindowWriter(sink, [table], spec, { skip: {} });
        await writer.add(transaction, transaction.commitSeconds);
        await writer.finish();
      }),
    );
  const inOrder = refusedCopies.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, what]) => what);
  return { refusedCopies: inOrder, refusedChanges };
}

async function report(job: Job): Promise<Report> {
  await using product = new Product(job);
  const { plan, rules } = await product.create(job.random, job.destination, 'null');
  const copies = [await product.copy(plan, rules, 1, job.asOf[0]), await product.copy(plan, rules, 2, job.asOf[1])];
  return {
    zoneMinutes: [0, 6].map((month) => new Date(2026, month, 1).getTimezoneOffset()),
    copies,
    log: await product.mine(plan, rules, job.random.point, job.asOf[1]),
    ...(await refuse(product, job)),
  };
}

const job = process.env['RANDOM_VALUES_JOB'];
if (job !== undefined) console.log(JSON.stringify(await report(JSON.parse(job) as Job)));
