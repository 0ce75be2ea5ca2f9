// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { dayName, newRange, overnight, rangeOf } from './ranges';

const zone = 'Asia/Shanghai';

describe('a stretch of a freeze window', () => {
  it('is two moments of the zone, the end after the beginning', () => {
    const draft = { ...newRange(zone), from: '2026-11-10T00:00', to: '2026-11-12T00:00' };

    expect(rangeOf(draft, zone)).toEqual({
      kind: 'absolute',
      from: '2026-11-09T16:00:00.000Z',
      to: '2026-11-11T16:00:00.000Z',
    });
    expect(rangeOf({ ...draft, to: draft.from }, zone)).toBeNull();
    expect(rangeOf({ ...draft, to: '' }, zone)).toBeNull();
  });

  it('comes again on its days, in the order of the week, and may end on the next day', () => {
    const draft = {
      ...newRange(zone),
      kind: 'recurring' as const,
      days: ['saturday', 'friday'],
      begins: '22:00',
      ends: '06:00',
    };

    expect(rangeOf(draft, 'UTC')).toEqual({
      kind: 'recurring',
      days: ['friday', 'saturday'],
      from: '22:00',
      to: '06:00',
      timeZone: zone,
    });
    expect(overnight(draft)).toBe(true);
    expect(overnight({ ...draft, ends: '23:00' })).toBe(false);
    expect(rangeOf({ ...draft, ends: '' }, zone)).toBeNull();
  });
});

it('says a day in words, and leaves a word that is none', () => {
  expect([dayName('friday'), dayName('Sunday', 'short'), dayName('someday')]).toEqual(['Friday', 'Sun', 'someday']);
});
