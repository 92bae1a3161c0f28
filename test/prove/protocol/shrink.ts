/** The faults that a failure needs: ddmin over their sites, with a bound on the tries. */
import { isRight, playSeed } from './play.ts';

const TRIES_MOST = 300;

/** @returns a part of `sites` with which the seed still fails, as small as could be found */
export async function shrunk(seed: number, sites: readonly string[]): Promise<readonly string[]> {
  let kept = [...new Set(sites)];
  let tries = 0;
  const fails = async (some: readonly string[]): Promise<boolean> => {
    tries += 1;
    return !isRight(await playSeed(seed, new Set(some)));
  };
  if (!(await fails(kept))) return kept;
  for (let parts = 2; kept.length > 1 && tries < TRIES_MOST;) {
    const without = await firstThatFails(kept, parts, fails, () => tries < TRIES_MOST);
    if (without) {
      kept = [...without];
      parts = Math.max(2, parts - 1);
    } else if (parts >= kept.length) break;
    else parts = Math.min(kept.length, parts * 2);
  }
  return kept;
}

/** All but one of so many parts. */
async function firstThatFails(
  all: readonly string[],
  parts: number,
  fails: (some: readonly string[]) => Promise<boolean>,
  mayTry: () => boolean,
): Promise<readonly string[] | undefined> {
  const bound = (part: number): number => Math.floor((all.length * part) / parts);
  for (let part = 0; part < parts && mayTry(); part++) {
    const rest = [...all.slice(0, bound(part)), ...all.slice(bound(part + 1))];
    if (rest.length < all.length && (await fails(rest))) return rest;
  }
  return undefined;
}
