/** The plan of the task as its workflow has it. */
import { Failure } from '../model/failure.ts';
import { TABLES_PER_PAGE, type CapturedTable, type PlanRules } from '../model/task-plan.ts';
import type { RunFacts } from './ports.ts';

interface CapturePlan {
  readonly rules: PlanRules;
  readonly tables: readonly CapturedTable[];
}

const plans = new Map<string, CapturePlan>();
const PLANS_KEPT = 20;

/** The plan of the task, asked of the workflow page by page; its hash names its content, so it is kept. */
export async function capturePlan(run: RunFacts, hash: string): Promise<CapturePlan> {
  const kept = plans.get(hash);
  if (kept) return kept;
  const tables: CapturedTable[] = [];
  for (let page = 0; ; page++) {
    const part = await run.tableMap(hash, page);
    if (!part) throw new Failure('history-was-cut', `the task no longer has the plan ${hash}`);
    tables.push(...part.tables);
    if (part.tables.length === TABLES_PER_PAGE) continue;
    const plan = { rules: part.rules, tables };
    const [oldest] = plans.keys();
    if (plans.size >= PLANS_KEPT && oldest !== undefined) plans.delete(oldest);
    plans.set(hash, plan);
    return plan;
  }
}
