/** How far back a range is read for the sake of transactions that are open at its beginning. */
import type { OpenTransaction } from '../model/position.ts';
import { compareScn, maxScn, minScn, scn } from '../model/scn.ts';
import type { Scn } from '../model/scn.ts';

const MEGABYTE = 1_048_576;

/**
 * How far back a range is read for the sake of transactions that are open: twice its own redo, and a little where it is small. Longer than
 * that, reading them once at their COMMIT costs less than reading them with every range.
 */
const REACH_RANGES = 2;
const REACH_BYTES_MIN = 16 * MEGABYTE;

/** Beyond so many times its own SCNs, nothing is asked about the sizes of logs. */
const REACH_SPANS_MAX = 1000n;

interface Beginning {
  /** Exclusive. */
  readonly from: Scn;
  readonly open: readonly OpenTransaction[];
}

/** Of a range with so much redo of its own. */
export const reachOf = (bytes: number): number => Math.max(REACH_RANGES * bytes, REACH_BYTES_MIN);

/**
 * Where mining starts: the oldest START of a transaction with captured work at or above `reach`, at most `from`. Older ones are read only if
 * they commit: one that does not end costs nothing.
 */
export const sessionStart = ({ from, open }: Beginning, reach: Scn): Scn =>
  open
    .filter(({ captured, startScn }) => captured && compareScn(startScn, reach) >= 0)
    .reduce((start, { startScn }) => minScn(start, startScn), from);

/** As far back as sizes of logs matter: to the oldest transaction with captured work, within bounds. */
export function lookBack({ from, to, open }: Beginning & { readonly to: Scn }): Scn {
  const oldest = sessionStart({ from, open }, scn('0'));
  const spans = REACH_SPANS_MAX * (BigInt(to) - BigInt(from));
  return maxScn(oldest, scn(String(BigInt(from) > spans ? BigInt(from) - spans : 0n)));
}
