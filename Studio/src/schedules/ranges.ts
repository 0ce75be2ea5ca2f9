import type { Schema } from '../api/client';
import { language } from '../i18n/i18n';
import { momentIn } from '../ui/time';

export const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** One stretch of a window as its form has it: two moments, or times of day that come again. */
export interface RangeDraft {
  kind: 'absolute' | 'recurring';
  from: string;
  to: string;
  begins: string;
  ends: string;
  /** Days on which it begins; none: every day. */
  days: string[];
  timeZone: string;
}

export const newRange = (timeZone: string): RangeDraft => ({
  kind: 'absolute',
  from: '',
  to: '',
  begins: '',
  ends: '',
  days: [],
  timeZone,
});

const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d$/;

/** A recurring stretch whose end is not after its beginning ends on the next day. */
export const overnight = ({ begins, ends }: RangeDraft): boolean =>
  timeOfDay.test(begins) && timeOfDay.test(ends) && ends <= begins;

/** As the server takes it; null while it is not complete, or ends before it begins. */
export function rangeOf(draft: RangeDraft, zone: string): Schema<'FreezeRangeResponse'> | null {
  if (draft.kind === 'recurring') {
    if (!timeOfDay.test(draft.begins) || !timeOfDay.test(draft.ends)) return null;
    return {
      kind: 'recurring',
      days: days.filter((day) => draft.days.includes(day)),
      from: draft.begins,
      to: draft.ends,
      timeZone: draft.timeZone,
    };
  }
  const from = momentIn(draft.from, zone);
  const to = momentIn(draft.to, zone);
  return from == null || to == null || Date.parse(to) <= Date.parse(from) ? null : { kind: 'absolute', from, to };
}

/** A day's name in the reader's language; a word that is no day stays. */
export function dayName(day: string, width: 'short' | 'long' = 'long'): string {
  const index = days.indexOf(day.toLowerCase() as (typeof days)[number]);
  if (index < 0) return day;
  const locale = language() === 'zh' ? 'zh-CN' : 'en-GB';
  // The fifth of January 1970 was a Monday.
  return new Intl.DateTimeFormat(locale, { weekday: width, timeZone: 'UTC' }).format(Date.UTC(1970, 0, 5 + index));
}
