/** Which retry times do other tasks have that share an endpoint with this one? */
import type { Endpoints, WindowsOfOthers } from '../model/activities.ts';
import type { RetryWindows } from '../model/retry-ledger.ts';
import { shortestOf, windowsOf } from '../model/shared-windows.ts';
import type { Dependencies } from './ports.ts';

export const windowsOfOthers = (deps: Dependencies) =>
  async function windowsOfOthers({ source, destination }: Endpoints): Promise<WindowsOfOthers> {
    const shown = await deps.attempt().run.windowsShownBy([source, destination]);
    if (!shown) return { found: 'unknown' };
    const all = shown.map(windowsOf).filter((windows): windows is RetryWindows => windows !== undefined);
    const windows = shortestOf(all);
    return windows ? { found: 'some', windows } : { found: 'none' };
  };
