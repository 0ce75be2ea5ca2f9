import { describe, expect, it } from 'vitest';
import type { Schema } from '../api/client';
import { byRank, isCurrent, mayLift, mistakes, readiness } from './readiness';

type Answer = Schema<'EmergencyResponse'>;

const content = { lines: [] as Schema<'EmergencyLine'>[] } as Schema<'EmergencyPlan'>;
const plan = (state: string) => ({ id: 'p', state, content }) as Schema<'KeptPlanResponse'>;
const answer = (state: string | null, mayTrigger?: boolean) =>
  ({ now: content, plan: state == null ? undefined : plan(state), mayTrigger }) as Answer;

describe('the cover of the handle', () => {
  it('can be lifted when an approved plan and a role are there', () => {
    expect(mayLift(readiness(answer('approved', true), true))).toBe(true);
  });

  it.each([
    ['without a plan', answer(null, true), true, 'plan'],
    ['while approvals are missing', answer('open', true), true, 'approved'],
    ['of a plan that has expired', answer('expired', true), true, 'fresh'],
    ['of a plan that was pulled', answer('triggered', true), true, 'fresh'],
    ['for somebody without the role', answer('approved', false), true, 'role'],
    ['for nobody', answer('approved'), false, 'person'],
  ] as const)('stays shut %s', (_, given, signedIn, inTheWay) => {
    const holds = readiness(given, signedIn);
    expect(mayLift(holds)).toBe(false);
    expect(holds[inTheWay]).toBe(false);
  });

  it('says nothing of approvals before there is a plan that could have them', () => {
    expect(readiness(answer(null), false)).toEqual({
      plan: false,
      fresh: null,
      approved: null,
      person: false,
      role: null,
    });
  });
});

describe('the plan', () => {
  it('is current while it is open or approved', () => {
    expect(['open', 'approved', 'triggered', 'expired'].map((state) => isCurrent(plan(state)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(isCurrent(undefined)).toBe(false);
  });

  it('comes down by rank, lines of one rank in their order', () => {
    const line = (rank: number, id: string) => ({ rank, id }) as Schema<'EmergencyLine'>;
    const ranks = byRank([line(3, 'a'), line(1, 'home'), line(3, 'b'), line(2, 'u')]);
    expect(ranks.map(({ rank, lines }) => [rank, ...lines.map((one) => one.id)])).toEqual([
      [1, 'home'],
      [2, 'u'],
      [3, 'a', 'b'],
    ]);
  });
});

describe('a pull', () => {
  it('wants the very name and a reason', () => {
    expect(mistakes({ name: 'double-11', reason: 'fire' }, 'double-11')).toEqual([]);
    expect(mistakes({ name: 'Double-11', reason: ' ' }, 'double-11')).toEqual(['reason', 'name']);
    expect(mistakes({ name: 'double-11 ', reason: 'fire' }, 'double-11')).toEqual(['name']);
  });
});
