// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { isPast, peakAt } from './figures';

const hour = 3_600_000;
const last = Date.parse('2026-11-10T16:00:00Z');
const next = last + 24 * hour;

describe('the peak', () => {
  it('is the one to come, until it has come', () => {
    expect(peakAt(next - 5 * hour, last, next)).toEqual({ over: false, away: 5 * hour });
    expect(peakAt(next - 1, last, next)).toEqual({ over: false, away: 1 });
  });

  it('is the one that was for six hours, by the clock and not by the last answer', () => {
    expect(peakAt(last, last, next)).toEqual({ over: true, away: 0 });
    expect(peakAt(last + 5 * hour, last, next)).toEqual({ over: true, away: 5 * hour });
    expect(peakAt(last + 6 * hour, last, next)).toEqual({ over: false, away: 18 * hour });
  });
});

describe('a light', () => {
  it('goes out when what it says is long past', () => {
    expect(isPast({ at: new Date(last).toISOString() }, last + 5 * hour)).toBe(false);
    expect(isPast({ at: new Date(last).toISOString() }, next)).toBe(true);
  });

  it('is of now where it has no time, or where nobody knows the time', () => {
    expect(isPast({ at: null }, next)).toBe(false);
    expect(isPast({ at: new Date(last).toISOString() }, null)).toBe(false);
  });
});
