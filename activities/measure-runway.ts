/** How long the redo that a task needs will be there. */
import type { Incarnation } from '../model/position.ts';
import type { RunwayMeasure } from '../model/redo-runway.ts';
import type { Scn } from '../model/scn.ts';
import type { Dependencies } from './ports.ts';

export const measureRunway = (deps: Dependencies) =>
  async function measureRunway(input: {
    source: string;
    incarnation: Incarnation;
    needed: Scn;
  }): Promise<RunwayMeasure> {
    return deps.source(input.source).redoRunway(input.incarnation, input.needed);
  };
