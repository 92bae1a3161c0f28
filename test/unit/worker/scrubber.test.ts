import { describe, expect, test } from 'vitest';
import { Scrubber } from '../../../worker/scrubber.ts';

const SECRET = 'pa"ss\\wörd+/=';

describe('a scrubber', () => {
  const scrubber = new Scrubber();
  scrubber.learn(SECRET);
  scrubber.learn('AccessKeySecret1');

  test.each([
    ['as it is', `login with ${SECRET} failed`],
    ['in JSON', JSON.stringify({ deep: [{ error: `login with ${SECRET}` }] })],
    ['twice', `${SECRET} and ${SECRET}`],
    ['between letters', `x${SECRET}y`],
  ])('replaces a secret %s', (_case, text) => {
    const clean = scrubber.scrub(text);
    expect(clean).toContain('***');
    expect(clean).not.toContain('wörd');
  });

  test('replaces every secret that it knows, and leaves the rest', () => {
    expect(scrubber.scrub(`a ${SECRET} b AccessKeySecret1 c`)).toBe('a *** b *** c');
    expect(scrubber.scrub('nothing to hide')).toBe('nothing to hide');
  });

  test('leaves JSON readable', () => {
    expect(JSON.parse(scrubber.scrub(JSON.stringify({ text: SECRET })))).toEqual({ text: '***' });
  });

  test('does not blank ordinary text for the sake of a short secret', () => {
    const short = new Scrubber();
    short.learn('');
    short.learn('scott');
    expect(short.scrub('scott read the table')).toBe('scott read the table');
  });

  test('replaces the longer of two secrets of which one begins the other, whatever the order they were learnt in', () => {
    const nested = new Scrubber();
    nested.learn('tiger1');
    nested.learn('tiger1-and-more');
    expect(nested.scrub('login tiger1-and-more')).not.toContain('more');
  });
});
