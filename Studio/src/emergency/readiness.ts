import type { Schema } from '../api/client';

type Plan = Schema<'KeptPlanResponse'>;
type Line = Schema<'EmergencyLine'>;

/** What has to be so before the handle can be triggered, in the order in which one brings it about. */
export const conditions = ['plan', 'fresh', 'approved', 'person', 'role'] as const;
export type Condition = (typeof conditions)[number];

/** Whether each condition holds; null: it cannot be told before an earlier one holds. */
export function readiness(answer: Schema<'EmergencyResponse'>, signedIn: boolean): Record<Condition, boolean | null> {
  const plan = answer.plan ?? null;
  const fresh = plan == null ? null : plan.state === 'open' || plan.state === 'approved';
  return {
    plan: plan != null,
    fresh,
    approved: plan == null || fresh !== true ? null : plan.state === 'approved',
    person: signedIn,
    role: signedIn ? answer.mayTrigger === true : null,
  };
}

export function mayLift(holds: Record<Condition, boolean | null>): boolean {
  return conditions.every((condition) => holds[condition] === true);
}

/** The plan is the one to approve and to pull; else what a new one would hold is the thing to look at. */
export function isCurrent(plan: Plan | null | undefined): plan is Plan {
  return plan != null && (plan.state === 'open' || plan.state === 'approved');
}

/** Lines in the order in which they come down: those of one rank go side by side. */
export function byRank(lines: readonly Line[]): { rank: number; lines: Line[] }[] {
  const ranks = new Map<number, Line[]>();
  for (const line of lines) {
    const own = ranks.get(line.rank);
    if (own == null) ranks.set(line.rank, [line]);
    else own.push(line);
  }
  return [...ranks].sort(([a], [b]) => a - b).map(([rank, own]) => ({ rank, lines: own }));
}

/** What is wrong with what was typed before a pull; empty: nothing. The name is compared letter by letter, as the server does. */
export function mistakes(typed: { name: string; reason: string }, confirm: string): ('name' | 'reason')[] {
  return [
    ...(typed.reason.trim() === '' ? (['reason'] as const) : []),
    ...(typed.name === confirm ? [] : (['name'] as const)),
  ];
}
