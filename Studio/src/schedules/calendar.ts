import type { Schema } from '../api/client';
import type { ScheduleSearch } from './search';

type Fire = Schema<'CalendarFire'>;
type Freeze = Schema<'CalendarFreeze'>;

export const roles = ['commander', 'change-approver'];

const day = 86_400_000;
const dayFormats = new Map<string, Intl.DateTimeFormat>();

/** The day on which a moment lies in a zone, as in 2026-11-10. */
export function dayIn(at: number | string, zone: string): string {
  let format = dayFormats.get(zone);
  if (format == null) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
    dayFormats.set(zone, format);
  }
  return format.format(new Date(at));
}

export const plusDays = (from: string, days: number): string =>
  new Date(Date.parse(from) + days * day).toISOString().slice(0, 10);

/** The days that a view shows: a week from Monday, or the weeks that a month lies in. */
export function daysOf(view: NonNullable<ScheduleSearch['view']>, of: string): string[] {
  const monday = (date: string) => plusDays(date, -((new Date(date).getUTCDay() + 6) % 7));
  if (view === 'week') return Array.from({ length: 7 }, (_, index) => plusDays(monday(of), index));
  const first = `${of.slice(0, 7)}-01`;
  const last = plusDays(plusDays(first, 31).slice(0, 8) + '01', -1);
  const start = monday(first);
  const weeks = Math.ceil(((Date.parse(last) - Date.parse(start)) / day + 1) / 7);
  return Array.from({ length: weeks * 7 }, (_, index) => plusDays(start, index));
}

/** The stretch before or after. */
export function turn(view: NonNullable<ScheduleSearch['view']>, of: string, by: 1 | -1): string {
  if (view === 'week') return plusDays(of, 7 * by);
  const first = `${of.slice(0, 7)}-01`;
  return by > 0 ? `${plusDays(first, 31).slice(0, 7)}-01` : `${plusDays(first, -1).slice(0, 7)}-01`;
}

/** Asked of the server: the days with one more on either side, so that no zone's day is cut. */
export function stretch(days: readonly string[]): { from: string; to: string } {
  return {
    from: `${plusDays(days[0] as string, -1)}T00:00:00Z`,
    to: `${plusDays(days[days.length - 1] as string, 2)}T00:00:00Z`,
  };
}

export interface CalendarDay {
  day: string;
  fires: Fire[];
  freezes: Freeze[];
}

/** Fires in their days, in order, and each freeze window in every day that it reaches into; its end is not included. */
export function intoDays(
  days: readonly string[],
  calendar: Pick<Schema<'CalendarResponse'>, 'fires' | 'freezes'>,
  zone: string,
  only: Pick<ScheduleSearch, 'runbook' | 'outcome'> = {},
): CalendarDay[] {
  const byDay = new Map(days.map((one) => [one, { day: one, fires: [] as Fire[], freezes: [] as Freeze[] }]));
  for (const fire of calendar.fires) {
    if (only.runbook != null && fire.runbook !== only.runbook) continue;
    if (only.outcome != null && fire.outcome !== only.outcome) continue;
    byDay.get(dayIn(fire.at, zone))?.fires.push(fire);
  }
  for (const freeze of calendar.freezes) {
    const first = dayIn(freeze.from, zone);
    const last = dayIn(Date.parse(freeze.to) - 1, zone);
    for (const [one, into] of byDay) if (one >= first && one <= last) into.freezes.push(freeze);
  }
  for (const one of byDay.values()) one.fires.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return [...byDay.values()];
}

/** Why somebody may not decide on an override; null: they may. */
export function whyNotDecide(
  asked: Pick<Schema<'OverrideResponse'>, 'status' | 'requestedBy'>,
  person: { name: string; roles: string[] } | null,
): 'decided' | 'signIn' | 'own' | 'role' | null {
  if (asked.status !== 'requested') return 'decided';
  if (person == null) return 'signIn';
  if (asked.requestedBy === person.name) return 'own';
  return person.roles.some((role) => roles.includes(role)) ? null : 'role';
}
