import { describe, expect, test } from 'vitest';
import { SeenPositions } from '../../prove/position-watch.ts';

const CUT = 'the history was cut: going on from the position saved at the destination';

const shown = (run: string, scn: string, cuts: readonly string[] = []) => ({
  run: { id: run },
  position: { scn },
  events: cuts.map((at) => ({ at, kind: 'note' as const, text: CUT })),
});

const violations = (...seen: readonly ReturnType<typeof shown>[]): readonly string[] => {
  const positions = new SeenPositions();
  for (const one of seen) positions.see(one);
  return positions.violations;
};

describe('the watch over positions', () => {
  test('tells of a position that goes back within a run', () => {
    expect(violations(shown('a', '20'), shown('a', '10'))).toEqual(['I10: the position went back from SCN 20 to 10']);
  });

  test('allows another run to begin anywhere', () => {
    expect(violations(shown('a', '20'), shown('b', '10'), shown('b', '11'))).toEqual([]);
  });

  test('allows a run that learns of a cut to go back once', () => {
    expect(violations(shown('a', '20'), shown('a', '10', ['noon']))).toEqual([]);
    expect(violations(shown('a', '20'), shown('a', '20', ['noon']), shown('a', '10', ['noon']))).toEqual([]);
    expect(violations(shown('a', '20'), shown('a', '10', ['noon']), shown('a', '9', ['noon']))).toHaveLength(1);
  });

  test('allows as many returns as there were cuts', () => {
    expect(violations(shown('a', '20'), shown('a', '10', ['noon']), shown('a', '9', ['noon', 'one']))).toEqual([]);
  });
});
