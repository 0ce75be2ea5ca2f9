import { describe, expect, it } from 'vitest';
import type { Schema } from '../api/client';
import { heatOf, ofPlace, worstOf } from './heat';
import { readInspections } from './search';

const row = (...counts: [number, number][]) =>
  ({ cells: counts.map(([failed, unanswered]) => ({ failed, unanswered })) }) as Schema<'HeatRow'>;
const heat = {
  checks: ['http', 'disk'],
  places: [
    { place: 'cloud', units: 2, ready: 1, rows: [row([0, 0], [3, 1]), row([1, 0], [0, 0])] },
    { place: 'hz', units: 1, ready: 0, rows: [row([0, 9], [0, 0])] },
  ],
  causes: [],
  neverInspected: [],
} as unknown as Schema<'HeatMapResponse'>;

describe('the heat map of checks', () => {
  it('counts failed and unanswered checks alike for the worst', () => {
    expect(worstOf(heat)).toBe(9);
    expect(worstOf({ ...heat, places: [] })).toBe(0);
  });

  it('warms with the share of the worst cell', () => {
    const at = (failed: number, unanswered = 0) => heatOf({ failed, unanswered }, 9);
    expect([at(0), at(1), at(4), at(6), at(7), at(0, 9)]).toEqual([0, 1, 2, 2, 3, 3]);
    expect(heatOf({ failed: 0, unanswered: 0 }, 0)).toBe(0);
  });

  it('sums a place by check', () => {
    expect(ofPlace(heat.places[0] as Schema<'HeatPlace'>, 2)).toEqual([
      { failed: 1, unanswered: 0 },
      { failed: 3, unanswered: 1 },
    ]);
  });
});

it('reads of an address what it knows, and leaves out the rest', () => {
  expect(readInspections({ unit: 'u1', passed: 'false', place: '', x: 1 })).toEqual({
    unit: 'u1',
    place: undefined,
    passed: false,
    open: undefined,
  });
});
