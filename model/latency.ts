/** Latency as a search attribute: a bucket, so that it changes seldom. */
export function latencyBucket(seconds: number | undefined): string {
  if (seconds === undefined) return 'unknown';
  if (seconds < 10) return 'under 10 s';
  if (seconds < 60) return 'under 1 min';
  if (seconds < 600) return 'under 10 min';
  return seconds < 3600 ? 'under 1 h' : 'over 1 h';
}
