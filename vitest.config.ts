import { defineConfig } from 'vitest/config';

/** Two cores are the smallest machine we promise to be quick on; the outside worlds get one file at a time. */
const worlds = (name: string, order: number, seconds: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    pool: 'forks' as const, // the Temporal worker is native code with threads of its own
    testTimeout: seconds * 1000,
    hookTimeout: 180_000, // may include the download of a server
    fileParallelism: false,
    sequence: { groupOrder: order },
  },
});

export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          pool: 'forks',
          testTimeout: 20_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      worlds('contract', 1, 60),
      worlds('workflow', 2, 120),
      worlds('strangers', 3, 120),
      worlds('e2e', 4, 300),
    ],
  },
});
