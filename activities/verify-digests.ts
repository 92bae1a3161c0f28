/** Digests of the buckets of both sides: computed by the databases, or by the worker where they cannot. */
import { hash } from 'node:crypto';
import { keyOf, type ComparedRow } from '../model/row-differences.ts';
import {
  digestsOf,
  packDigests,
  sumDigests,
  type ChosenBuckets,
  type Digest,
  type Digests,
} from '../model/row-buckets.ts';
import type { DigestInput, SourceDigestInput } from '../model/verification.ts';
import type { Attempt, Buckets, Dependencies } from './ports.ts';
import { Throttle } from './throttle.ts';
import { copiesOf, fromDestination, fromSource, keptWhole, openBothSides, type BothSides } from './verified-table.ts';

export const digestSource = (deps: Dependencies) =>
  async function digestSource(input: SourceDigestInput): Promise<string> {
    const sides = await openBothSides(deps, input.subject);
    const digests = input.mode === 'databases' ? askDatabase : readRows;
    return packDigests(await digests(deps.attempt(), sides, input));
  };

async function askDatabase(attempt: Attempt, sides: BothSides, input: SourceDigestInput): Promise<Digests> {
  const throttle = new Throttle(input.throttle, attempt);
  const asOf = input.subject.point.scn;
  const buckets = bucketsOf(sides, input);
  const parts: Digests[] = [];
  let rows = 0;
  for (const chunk of input.chunks) {
    attempt.report({ chunk: chunk.number, rows });
    const place = { chunk, asOf };
    const part = digestsOf(await sides.source.digestChunk(sides.plan.description, place, buckets, attempt.signal));
    parts.push(chosen(part, input.buckets));
    rows += rowsIn(part);
    if (throttle.count({ rows, bytes: 0 })) await throttle.wait();
  }
  return sumDigests(parts);
}

/** Only of the buckets wanted, whether the database could leave out the others or not. */
function chosen(digests: Digests, { wanted }: ChosenBuckets): Digests {
  if (!wanted) return digests;
  const left = new Set(wanted);
  return new Map([...digests].filter(([bucket]) => left.has(bucket)));
}

async function readRows(attempt: Attempt, sides: BothSides, input: SourceDigestInput): Promise<Digests> {
  const throttle = new Throttle(input.throttle, attempt);
  const asOf = input.subject.point.scn;
  const own = new OwnDigests(sides.table.key, input.buckets);
  let rows = 0;
  for (const chunk of input.chunks) {
    for await (const batch of sides.source.readChunk(sides.plan.description, chunk, asOf, attempt.signal)) {
      for (const row of batch) own.add(fromSource(row, sides.columns), 1);
      rows += batch.length;
      attempt.report({ chunk: chunk.number, rows });
      if (throttle.count({ rows, bytes: 0 })) await throttle.wait();
    }
  }
  return own.digests;
}

export const digestDestination = (deps: Dependencies) =>
  async function digestDestination(input: DigestInput): Promise<string> {
    const sides = await openBothSides(deps, input.subject);
    const { sink, state, plan } = sides;
    const attempt = deps.attempt();
    if (input.mode === 'databases')
      return packDigests(digestsOf(await sink.digestState(state, plan.description.columns, bucketsOf(sides, input))));
    const whole = keptWhole(input.verification, input.subject);
    await sink.keepState(whole, state, plan.description.columns);
    const own = new OwnDigests(sides.table.key, input.buckets);
    let rows = 0;
    for await (const batch of sink.readRows(whole, attempt.signal)) {
      for (const row of batch) own.add(fromDestination(row, sides.columns), copiesOf(row));
      rows += batch.length;
      attempt.report({ rows });
    }
    return packDigests(own.digests);
  };

const rowsIn = (digests: Digests): number => [...digests.values()].reduce((sum, { rows }) => sum + rows, 0);

/** @throws Error when the databases cannot make the texts: the plan says so beforehand. */
export function bucketsOf({ text }: BothSides, { buckets }: { readonly buckets: ChosenBuckets }): Buckets {
  if (!text) throw new Error('this table has no text that both databases make');
  return { text, ...buckets };
}

/** Of the key's text in the worker: not that of the databases. */
const ownBucket = (row: ComparedRow, key: readonly number[], count: number): number =>
  parseInt(hash('md5', keyOf(row, key)).slice(0, 8), 16) % count;

/** Which rows of these buckets; all where none are named. */
export function ownFilter(key: readonly number[], { count, wanted }: ChosenBuckets): (row: ComparedRow) => boolean {
  const chosen = wanted && new Set(wanted);
  return (row) => chosen?.has(ownBucket(row, key, count)) ?? true;
}

type Growing = { -readonly [K in keyof Digest]: Digest[K] };

class OwnDigests {
  readonly digests = new Map<number, Growing>();
  private readonly key: readonly number[];
  private readonly count: number;
  private readonly wanted: ReadonlySet<number> | undefined;

  constructor(key: readonly number[], { count, wanted }: ChosenBuckets) {
    this.key = key;
    this.count = count;
    this.wanted = wanted && new Set(wanted);
  }

  /** The copies of a row without a key are rows; of one with a key they are too many. */
  add(row: ComparedRow, copies: number): void {
    const bucket = ownBucket(row, this.key, this.count);
    if (this.wanted && !this.wanted.has(bucket)) return;
    const digest = this.digests.get(bucket) ?? { rows: 0, doubled: 0, low: 0n, high: 0n };
    this.digests.set(bucket, digest);
    const text = hash('md5', JSON.stringify(row));
    const times = this.key.length === 0 ? copies : 1;
    digest.rows += times;
    digest.doubled += copies - times;
    digest.low += BigInt(times * parseInt(text.slice(0, 12), 16));
    digest.high += BigInt(times * parseInt(text.slice(12, 24), 16));
  }
}
