/** How fast a connection may send: reservations in buckets, and parallelism that halves at once and grows back slowly. */
import { describe, expect, test } from 'vitest';
import {
  faster,
  fullParallelism,
  isFull,
  sendingOf,
  slower,
  take,
  TABLE_RATES,
  type Bucket,
} from '../../../maxcompute/pace.ts';
import { Pacer, type PacedRequest } from '../../../maxcompute/pacer.ts';

const rate = { perSecond: 2, burst: 3 };

/** Waits of requests that come at these moments. */
function waits(moments: readonly number[]): readonly number[] {
  let bucket: Bucket | undefined;
  return moments.map((now) => {
    const taken = take(bucket, rate, now);
    ({ bucket } = taken);
    return taken.waitMs;
  });
}

describe('a bucket', () => {
  test.each<[string, readonly number[], readonly number[]]>([
    ['lets a burst go at once', [0, 0, 0], [0, 0, 0]],
    ['makes those after it wait, each longer than the one before', [0, 0, 0, 0, 0, 0], [0, 0, 0, 500, 1000, 1500]],
    ['fills by its rate', [0, 0, 0, 500, 500], [0, 0, 0, 0, 500]],
    ['never holds more than its burst', [0, 100_000, 100_000, 100_000, 100_000], [0, 0, 0, 0, 500]],
    ['gives nothing for a clock that goes back', [1_000, 1_000, 1_000, 0], [0, 0, 0, 500]],
  ])('%s', (_case, moments, expected) => {
    expect(waits(moments)).toEqual(expected);
  });

  test('is full again after as long as it takes', () => {
    const { bucket } = take(undefined, rate, 0);
    expect([isFull(bucket, rate, 499), isFull(bucket, rate, 500)]).toEqual([false, true]);
  });

  test.each([
    ['session', 500, 300],
    ['block', 500, 300],
    ['commit', 75, 15],
  ] as const)('of a table stays below the documented limit: %s, %d in %d s', (sending, limit, seconds) => {
    const { perSecond = 0, burst = 0 } = TABLE_RATES[sending] ?? {};
    expect(burst).toBeGreaterThan(0);
    expect(burst + perSecond * seconds).toBeLessThanOrEqual(limit * 0.8);
  });
});

describe('parallelism', () => {
  test('halves at a refusal, counts those of one moment once, and never reaches none', () => {
    let pace = fullParallelism(0);
    const allowed = [0, 10, 999, 1_000, 2_000, 3_000, 4_000, 5_000].map((now) => (pace = slower(pace, now)).allowed);
    expect(allowed).toEqual([8, 8, 8, 4, 2, 1, 1, 1]);
  });

  test('grows by one every ten seconds, up to where it began', () => {
    let pace = slower(fullParallelism(0), 0);
    expect([5_000, 10_000, 19_999, 20_000].map((now) => (pace = faster(pace, now)).allowed)).toEqual([8, 9, 9, 10]);
    for (let now = 30_000; now < 300_000; now += 10_000) pace = faster(pace, now);
    expect(pace.allowed).toBe(16);
  });
});

test.each([
  ['POST', { uploads: '' }, 'session'],
  ['PUT', { uploadid: 'u', blockid: '1' }, 'block'],
  ['POST', { uploadid: 'u' }, 'commit'],
  ['GET', { uploadid: 'u' }, 'other'],
  ['POST', { downloads: '' }, 'other'],
] as const)('%s %j counts as %s', (method, query, sending) => {
  expect(sendingOf({ method, query })).toBe(sending);
});

/** Blocks that wait to be answered, with as many more behind them as the pacer holds back. */
class Blocks {
  running = 0;
  most = 0;
  private readonly answers: ((refused: boolean) => void)[] = [];
  readonly pacer: Pacer;

  constructor(pacer: Pacer) {
    this.pacer = pacer;
  }

  async send(signal?: AbortSignal): Promise<boolean> {
    const request: PacedRequest = { sending: 'block', table: 't', signal };
    const block = async (): Promise<boolean> => {
      this.running += 1;
      this.most = Math.max(this.most, this.running);
      const refused = await new Promise<boolean>((resolve) => this.answers.push(resolve));
      this.running -= 1;
      return refused;
    };
    return this.pacer.paced(request, block, (refused) => refused);
  }

  /** Answers the one that began first. */
  async answer(refused: boolean): Promise<void> {
    this.answers.shift()?.(refused);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a pacer', () => {
  test('holds blocks back, fewer of them after a refusal, and tells so', async () => {
    const told: string[] = [];
    const blocks = new Blocks(
      new Pacer(
        (text) => told.push(text),
        () => 0,
      ),
    );
    const sent = Array.from({ length: 40 }, async () => blocks.send());
    await new Promise((resolve) => setImmediate(resolve));
    expect(blocks.running).toBe(16);
    for (let i = 0; i < 16; i++) await blocks.answer(i === 0);
    expect(blocks.running).toBe(8);
    expect(blocks.pacer.shown).toMatchObject({ blocksAllowed: 8, blocksRunning: 8, refusals: 1 });
    expect(told).toEqual(['MaxCompute Tunnel: 8 blocks at a time instead of 16']);
    for (let i = 0; i < 24; i++) await blocks.answer(false);
    expect((await Promise.all(sent)).filter(Boolean)).toHaveLength(1);
    expect(blocks.most).toBe(16);
    expect(blocks.pacer.shown.blocksRunning).toBe(0);
  });

  test('lets one go that waits when its signal comes, and gives its turn to another', async () => {
    const blocks = new Blocks(new Pacer(undefined, () => 0));
    const running = Array.from({ length: 16 }, async () => blocks.send());
    const stop = new AbortController();
    const stopped = blocks.send(stop.signal);
    const next = blocks.send();
    stop.abort(new Error('no longer wanted'));
    await expect(stopped).rejects.toThrow('no longer wanted');
    for (let i = 0; i < 17; i++) await blocks.answer(false);
    expect(await Promise.all([...running, next])).toHaveLength(17);
  });

  test('a block that fails leaves its place', async () => {
    const pacer = new Pacer();
    const failing = pacer.paced(
      { sending: 'block', table: 't' },
      async () => Promise.reject(new Error('broken')),
      () => false,
    );
    await expect(failing).rejects.toThrow('broken');
    expect(pacer.shown.blocksRunning).toBe(0);
  });
});
