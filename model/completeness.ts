/** Up to when a `_log` is complete: whatever commits from now on has a `utc_timestamp` that is not below it. Pure. */
import { partitionColumns, partitionOf } from './names.ts';
import type { TailState } from './tail-state.ts';
import type { PlanRules } from './task-plan.ts';

/** Of the tables that are followed; one that is held or copied is complete up to where it stopped. */
export interface Completeness {
  /** Exclusive; ISO 8601, UTC. */
  readonly upTo: string;
  /** The partition that rows may still come to; all before it are complete. Absent without partitions. */
  readonly openPartition?: string;
}

/** Undefined before anything was stamped. */
export function completeness({ position }: TailState, { partition, naming }: PlanRules): Completeness | undefined {
  const seconds = position.clock.previousSeconds;
  if (seconds === 0) return undefined;
  const openPartition = partitionOf(seconds, partitionColumns(partition, naming));
  return {
    upTo: new Date(seconds * 1000).toISOString(),
    ...(openPartition !== undefined && { openPartition }),
  };
}
