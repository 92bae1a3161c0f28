/** Makes a failing list of faults shorter: halves of it are tried, a few times, because each try is a whole run. */
import type { Fault } from './call-faults.ts';

export interface ShrinkOptions {
  readonly runsMost: number;
  readonly fails: (faults: readonly Fault[]) => Promise<boolean>;
  readonly say: (line: string) => void;
}

/** The shortest list that was seen to fail; processes and clocks have their own mind, so a shorter one may be missed. */
export async function shrink(
  faults: readonly Fault[],
  { runsMost, fails, say }: ShrinkOptions,
): Promise<readonly Fault[]> {
  let shortest = faults;
  let parts = 2;
  let runs = 0;
  let next = 0;
  while (runs < runsMost && shortest.length > 1 && parts <= shortest.length) {
    const size = Math.ceil(shortest.length / parts);
    // a half itself is tried; of more parts, all but one
    const left = next * size;
    const candidate =
      parts === 2 ? shortest.slice(left, left + size) : [...shortest.slice(0, left), ...shortest.slice(left + size)];
    runs += 1;
    say(`shrinking: ${candidate.length} of ${faults.length} faults`);
    if (await fails(candidate).catch(() => false)) {
      shortest = candidate;
      next = 0;
      parts = Math.max(2, parts - 1);
    } else if (next + 1 < parts) {
      next += 1;
    } else {
      next = 0;
      parts *= 2;
    }
  }
  return shortest;
}
