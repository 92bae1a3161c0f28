import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Projects by what a file of theirs takes, and their files that take a minute or more: begun last, one of them would keep one processor idle. */
const ORDER = [
  'e2e/prove.test.ts',
  'e2e/resets.test.ts',
  'e2e/verify.test.ts',
  'e2e/held-tables.test.ts',
  'e2e/start-position.test.ts',
  'e2e/worker-process.test.ts',
  'e2e/kills.test.ts',
  'e2e/faults-destination.test.ts',
  'e2e/',
  'workflow/',
  'strangers/',
  'contract/',
];

const placeOf = (file: string): number => {
  const place = ORDER.findIndex((part) => file.includes(`/test/${part}`));
  return place < 0 ? ORDER.length : place;
};

/** Vitest begins with the largest files where it has not run them before; what takes longest here mostly waits, and is small. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => placeOf(one.moduleId) - placeOf(other.moduleId));
  }
}
