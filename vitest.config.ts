import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/** Two cores are the smallest machine we promise to be quick on: outside worlds wait for a quarter of their time, so three files run side by side. */
const worlds = (name: string, seconds: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    pool: 'forks' as const, // the Temporal worker is native code with threads of its own
    isolate: false, // see below; each opens a world of its own
    testTimeout: seconds * 1000,
    hookTimeout: 180_000, // may include the download of a server
    maxWorkers: 3,
    sequence: { groupOrder: 1 },
  },
});

export default defineConfig({
  test: {
    reporters: ['default'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          pool: 'forks',
          isolate: false, // they share nothing but code, which is most of what a file costs: loading it once halves the time
          testTimeout: 20_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      worlds('contract', 60),
      worlds('workflow', 120),
      worlds('strangers', 120),
      worlds('e2e', 300),
    ],
  },
});
