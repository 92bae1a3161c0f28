/** The process rig in small: two seeds, with kills. At length: `npm run -s prove -- --seeds 10 --transactions 2000`. */
import { describe, expect, test } from 'vitest';
import { proveProcesses } from '../prove/processes.ts';
import type { RunResult } from '../prove/run.ts';
import { findPython } from '../strangers/python.ts';

const python = await findPython();

describe.skipIf('missing' in python)(
  `random work under random faults${'missing' in python ? ` (skipped: ${python.missing})` : ''}`,
  () => {
    test('ends with nothing lost, doubled, invented or changed', { timeout: 600_000 }, async () => {
      const { lastLine, runs, broken } = await proveProcesses({
        seeds: 2,
        firstSeed: 11, // which freezes two workers
        transactions: 300,
        shrinkRuns: 0,
        recoverWithinSeconds: 120, // other tests run beside it
      });
      const texts = runs.flatMap(({ violations, verdict }) => [...violations, ...verdict.texts]);
      expect({ broken, texts, lastLine }).toEqual({
        broken: [],
        texts: [],
        lastLine: expect.stringMatching(/^lost=0 duplicated=0 ghosts=0 changed=0 runs=2 /) as unknown,
      });
      const sum = (of: (run: RunResult) => number): number => runs.reduce((total, run) => total + of(run), 0);
      expect(sum(({ kills }) => kills)).toBeGreaterThanOrEqual(4);
      expect(sum(({ killsConfirmed }) => killsConfirmed)).toBeGreaterThanOrEqual(2);
      const kinds = new Set(runs.flatMap(({ happened }) => happened.map(({ kind }) => kind)));
      // A worker that was stopped for longer than attempts without a sign of life live, and went on beside the one that had taken over.
      expect([...kinds]).toEqual(expect.arrayContaining(['worker-frozen', 'worker-killed']));
      expect(kinds.size).toBeGreaterThanOrEqual(7);
      for (const { verdict, story } of runs) {
        expect(story.committed).toBeGreaterThan(200);
        expect(verdict.logRows).toBeGreaterThan(500);
      }
    });
  },
);
