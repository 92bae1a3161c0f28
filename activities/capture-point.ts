/** Where a capture may begin. */
import type { CapturePoint } from '../model/position.ts';
import type { Dependencies } from './ports.ts';

export const capturePoint = (deps: Dependencies) =>
  async function capturePoint({ source }: { source: string }): Promise<CapturePoint> {
    return deps.source(source).capturePoint();
  };
