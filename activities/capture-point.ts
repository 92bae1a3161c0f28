/** Where a capture may begin. */
import { Failure } from '../model/failure.ts';
import { collapsed, type CapturePoint } from '../model/position.ts';
import { compareScn } from '../model/scn.ts';
import type { StartPoint } from '../model/start-position.ts';
import type { Dependencies, Source } from './ports.ts';

export const capturePoint = (deps: Dependencies) =>
  async function capturePoint(input: {
    source: string;
    startAt?: StartPoint;
    complete?: boolean;
  }): Promise<CapturePoint> {
    const source = deps.source(input.source);
    const point = input.startAt ? await source.startPoint(input.startAt) : await source.capturePoint();
    if (input.complete === true) await mustHaveRedo(source, point);
    return { ...point, open: collapsed(point.open) };
  };

/** A transaction that is open across a gap would be met at its COMMIT, without its beginning. */
async function mustHaveRedo(source: Source, { incarnation, scn, open }: CapturePoint): Promise<void> {
  const [oldest] = open.toSorted((a, b) => compareScn(a.startScn, b.startScn));
  const needed = oldest && compareScn(oldest.startScn, scn) < 0 ? oldest.startScn : scn;
  const { missing } = await source.redoRunway(incarnation, needed);
  if (!missing) return;
  const why = oldest
    ? `transaction ${oldest.xid} is open since SCN ${oldest.startScn}, and redo of it is missing; it has to end first (V$TRANSACTION)`
    : `redo from SCN ${scn} on is missing`;
  throw new Failure('source-redo-missing', `The gap cannot be passed yet: ${why}.`);
}
