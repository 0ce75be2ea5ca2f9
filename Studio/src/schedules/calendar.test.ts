import { describe, expect, it } from 'vitest';
import type { Schema } from '../api/client';
import { dayIn, daysOf, intoDays, stretch, turn, whyNotDecide } from './calendar';
import { readSchedule } from './search';

const zone = 'Asia/Shanghai';
const fire = (at: string, outcome = 'fired', runbook = 'tide') =>
  ({ at, outcome, runbook, trigger: `${runbook}.1`, past: false }) as Schema<'CalendarFire'>;

describe('the days that are shown', () => {
  it('are a week from Monday', () => {
    expect(daysOf('week', '2026-11-11')).toEqual([
      '2026-11-09',
      '2026-11-10',
      '2026-11-11',
      '2026-11-12',
      '2026-11-13',
      '2026-11-14',
      '2026-11-15',
    ]);
    expect(daysOf('week', '2026-11-15')[0]).toBe('2026-11-09');
  });

  it('are the weeks that a month lies in', () => {
    const november = daysOf('month', '2026-11-11');
    expect([november[0], november.at(-1), november.length]).toEqual(['2026-10-26', '2026-12-06', 42]);
    const february = daysOf('month', '2027-02-10');
    expect([february[0], february.at(-1), february.length]).toEqual(['2027-02-01', '2027-02-28', 28]);
  });

  it('turn by a week, and by a month whatever its length', () => {
    expect(turn('week', '2026-12-30', 1)).toBe('2027-01-06');
    expect(turn('month', '2026-01-31', 1)).toBe('2026-02-01');
    expect(turn('month', '2026-03-31', -1)).toBe('2026-02-01');
    expect(turn('month', '2026-12-05', 1)).toBe('2027-01-01');
  });

  it('are asked for with a day more on either side', () => {
    expect(stretch(['2026-11-09', '2026-11-10'])).toEqual({ from: '2026-11-08T00:00:00Z', to: '2026-11-12T00:00:00Z' });
  });
});

describe('a calendar', () => {
  it('puts a fire into its day of the zone, in order', () => {
    expect(dayIn('2026-11-10T16:30:00Z', zone)).toBe('2026-11-11');
    const [tenth, eleventh] = intoDays(
      ['2026-11-10', '2026-11-11'],
      {
        fires: [fire('2026-11-10T17:00:00Z'), fire('2026-11-10T16:30:00Z'), fire('2026-11-20T00:00:00Z')],
        freezes: [],
      },
      zone,
    );
    expect(tenth?.fires).toEqual([]);
    expect(eleventh?.fires.map((one) => one.at)).toEqual(['2026-11-10T16:30:00Z', '2026-11-10T17:00:00Z']);
  });

  it('has a freeze window in each day it reaches into, and not in the one at whose beginning it ends', () => {
    const freeze = { id: 'f', name: 'sale', kind: 'block', from: '2026-11-09T16:00:00Z', to: '2026-11-11T16:00:00Z' };
    const days = intoDays(
      ['2026-11-09', '2026-11-10', '2026-11-11', '2026-11-12'],
      { fires: [], freezes: [freeze] },
      zone,
    );
    expect(days.map((one) => one.freezes.length)).toEqual([0, 1, 1, 0]);
  });

  it('filters by runbook and by what comes of a fire', () => {
    const fires = [fire('2026-11-10T00:00:00Z', 'blocked'), fire('2026-11-10T01:00:00Z', 'fired', 'other')];
    const count = (only: { runbook?: string; outcome?: string }) =>
      intoDays(['2026-11-10'], { fires, freezes: [] }, zone, only)[0]?.fires.length;
    expect([
      count({}),
      count({ runbook: 'tide' }),
      count({ outcome: 'blocked' }),
      count({ outcome: 'paused' }),
    ]).toEqual([2, 1, 1, 0]);
  });
});

describe('an override', () => {
  const asked = { status: 'requested', requestedBy: 'carol' };

  it('is decided by somebody else with a role', () => {
    expect(whyNotDecide(asked, { name: 'bob', roles: ['change-approver'] })).toBeNull();
    expect(whyNotDecide(asked, { name: 'carol', roles: ['commander'] })).toBe('own');
    expect(whyNotDecide(asked, { name: 'dave', roles: ['engineer'] })).toBe('role');
    expect(whyNotDecide(asked, null)).toBe('signIn');
    expect(whyNotDecide({ ...asked, status: 'approved' }, { name: 'bob', roles: ['commander'] })).toBe('decided');
  });
});

it('reads of an address what it knows, and leaves out the rest', () => {
  expect(readSchedule({ view: 'month', day: '2026-11-10', runbook: '', outcome: 'blocked' })).toEqual({
    view: 'month',
    day: '2026-11-10',
    runbook: undefined,
    outcome: 'blocked',
  });
  expect(readSchedule({ view: 'year', day: '2026-99-10' })).toEqual({
    view: undefined,
    day: undefined,
    runbook: undefined,
    outcome: undefined,
  });
});
