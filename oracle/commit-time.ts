/** The time of a commit, from redo's wall clock to Unix seconds. */
import { Failure } from '../model/failure.ts';

const WALL_CLOCK = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/;

/** Wall clock of the database's host → Unix seconds. @throws Failure `source-redo-undecodable` for another form */
export function commitSeconds(timestamp: string, hostOffsetSeconds: number): number {
  const match = WALL_CLOCK.exec(timestamp);
  if (!match) {
    throw new Failure(
      'source-redo-undecodable',
      'The TIMESTAMP of a COMMIT row is not YYYY-MM-DD HH:MI:SS. Report this.',
    );
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - hostOffsetSeconds;
}
