/** Where a new chain begins: at a saved position, at an SCN, at a time; as a person writes it. */
import { z } from 'zod';
import { oneOf, says, strict, text, type InputError } from './input-errors.ts';

const RULE = 'where to start: saved, { scn: … } or { time: … }';
const FIX = 'Write saved, { scn: "812345678" } or { time: 2026-11-01T00:00:00Z }.';
const error = says({ rule: RULE, fix: FIX });

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/;
const moment = text(MOMENT, RULE, FIX)
  .refine((written) => Number.isFinite(Date.parse(written)), { error })
  .transform((written) => `${new Date(Date.parse(written)).toISOString().slice(0, 19)}Z`);

const someScn = z
  .union([text(/^\d{1,20}$/, RULE, FIX), z.int({ error }).min(1, { error })], { error })
  .transform((written) => BigInt(written).toString());

/** `saved`, `{scn: "812345"}`, `{time: "2026-11-01T00:00:00Z"}`; SCN as text, time in whole seconds of UTC. */
export const startAt = z.union(
  [oneOf(['saved'], 'startAt'), strict('startAt', { scn: someScn }), strict('startAt', { time: moment })],
  { error },
);

/** An SCN or a time of the source. */
export type StartPoint = { readonly scn: string } | { readonly time: string };

/** `saved`, `scn:812345` or `time:2026-11-01T00:00:00Z`, as on the command line → what task.yaml would say; undefined for another form. */
export function parsePosition(words: string): unknown {
  if (words === 'saved') return words;
  const [, kind = '', value = ''] = /^(scn|time):(.+)$/.exec(words) ?? [];
  const written = { [kind]: value };
  return kind !== '' && startAt.safeParse(written).success ? written : undefined;
}

/** A start from an SCN or a time has nothing to copy: what was there before is not asked for. */
export function startConflicts({
  startAt: at,
  synchronize,
}: {
  readonly startAt?: unknown;
  readonly synchronize: readonly string[];
}): InputError[] {
  if (typeof at !== 'object' || !synchronize.includes('full')) return [];
  const fix = 'Write synchronize: [schema, incremental], or leave startAt out.';
  return [{ code: 'CONFLICT', path: ['startAt'], rule: 'a start from an SCN or a time makes no full copy', fix }];
}
