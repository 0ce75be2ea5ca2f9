import { useSyncExternalStore } from 'react';
import { language } from '../i18n/i18n';

/** Whose zone times are shown in: the promotion's, or the one of the person at this page. */
export type ZoneChoice = 'promotion' | 'operator';

export const promotionZone = 'Asia/Shanghai';
export const operatorZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const key = 'orchestrator.zone';
const listeners = new Set<() => void>();
let choice: ZoneChoice = localStorage.getItem(key) === 'operator' ? 'operator' : 'promotion';

export function useZone(): ZoneChoice {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => choice,
  );
}

export function changeZone(next: ZoneChoice): void {
  choice = next;
  localStorage.setItem(key, next);
  for (const listener of listeners) listener();
}

export function zoneName(zone: ZoneChoice): string {
  return zone === 'promotion' ? promotionZone : operatorZone;
}

/** The numbers of a moment in a zone; nothing of them depends on the reader's language or locale. */
export interface Calendar {
  year: number;
  month: number;
  day: number;
  /** As in 00:12:05. */
  time: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(id: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  let made = formats.get(id);
  if (made == null) formats.set(id, (made = new Intl.DateTimeFormat('en-US', options)));
  return made;
}

function calendarIn(at: string | number | Date, timeZone: string): Calendar {
  const parts = format(timeZone, {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(at));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? '0';
  return {
    year: Number(part('year')),
    month: Number(part('month')),
    day: Number(part('day')),
    time: `${part('hour')}:${part('minute')}:${part('second')}`,
  };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const weekdays = {
  en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
  zh: ['周日', '周一', '周二', '周三', '周四', '周五', '周六'],
};

// A month is always named: 11/12 is another day for an English reader than for a Chinese one.
const dayAndMonth = ({ day, month }: Calendar): string =>
  language() === 'zh' ? `${month}月${day}日` : `${day} ${months[month - 1]}`;
const withYear = (date: Calendar): string =>
  language() === 'zh' ? `${date.year}年${dayAndMonth(date)}` : `${dayAndMonth(date)} ${date.year}`;

/** As in 00:12:05. */
export const timeOfDay = (at: string | number | Date, zone: ZoneChoice): string => calendarIn(at, zoneName(zone)).time;

/** As in 12 Nov or 11月12日. */
export const dayOf = (at: string | number | Date, zone: ZoneChoice): string =>
  dayAndMonth(calendarIn(at, zoneName(zone)));

/** The time of day alone where the moment is of today, else with its day: 00:12:05 of yesterday is not 00:12:05. Without a clock always with it. */
export function shortTime(at: string | number | Date, now: number | null, zone: ZoneChoice): string {
  const time = timeOfDay(at, zone);
  const date = dayOf(at, zone);
  const today = now != null && Math.abs(new Date(at).getTime() - now) < day && date === dayOf(now, zone);
  return today ? time : `${date} ${time}`;
}

/** As in 12 Nov 2026 00:12:05 UTC+8 or 2026年11月12日 00:12:05 UTC+8. */
export const fullTime = (at: string | number | Date, zone: ZoneChoice): string =>
  `${fullTimeIn(at, zoneName(zone))} ${offsetOf(at, zoneName(zone))}`;

/** The same in any zone of the IANA's, without saying which. */
export function fullTimeIn(at: string | number | Date, timeZone: string): string {
  const date = calendarIn(at, timeZone);
  return `${withYear(date)} ${date.time}`;
}

/** How far a zone is from UTC at a moment, as in UTC+8 or UTC-3:30. */
export function offsetOf(at: string | number | Date, timeZone: string): string {
  const parts = format(`${timeZone} offset`, { timeZone, timeZoneName: 'shortOffset' }).formatToParts(new Date(at));
  return (parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC')
    .replace('GMT', 'UTC')
    .replace(/^UTC\+0$/, 'UTC');
}

/** The day of a date without a time, as in Thu 12 Nov or 11月12日 周四. */
export function dateName(date: string): string {
  const known = calendarIn(date, 'UTC');
  const weekday = weekdays[language()][new Date(date).getUTCDay()];
  return language() === 'zh' ? `${dayAndMonth(known)} ${weekday}` : `${weekday} ${dayAndMonth(known)}`;
}

/** A moment in words for whoever has typed it, as in Thu 12 Nov 2026 00:12 UTC+8. */
export function readBack(at: string | number, timeZone: string): string {
  const date = calendarIn(at, timeZone);
  const weekday = weekdays[language()][new Date(typedIn(at, timeZone).slice(0, 10)).getUTCDay()];
  const time = `${date.time.slice(0, 5)} ${offsetOf(at, timeZone)}`;
  return language() === 'zh' ? `${withYear(date)} ${weekday} ${time}` : `${weekday} ${withYear(date)} ${time}`;
}

/** As in 9 Nov – 15 Nov 2026. */
export function stretchName(from: string, to: string): string {
  const [first, last] = [calendarIn(from, 'UTC'), calendarIn(to, 'UTC')];
  if (language() === 'zh')
    return `${withYear(first)} – ${first.year === last.year ? dayAndMonth(last) : withYear(last)}`;
  return `${first.year === last.year ? dayAndMonth(first) : withYear(first)} – ${withYear(last)}`;
}

/** As in Nov 2026 or 2026年11月. */
export function monthName(date: string): string {
  const { year, month } = calendarIn(date, 'UTC');
  return language() === 'zh' ? `${year}年${month}月` : `${months[month - 1]} ${year}`;
}

/** A length of time in its two largest units, as in `1 h 05 m`, `3.2 s`, `3 小时 05 分`. */
export function span(milliseconds: number): string {
  const ms = Math.abs(milliseconds);
  const { d, h, m, second } = units[language()];
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} ${second}`;
  const s = Math.round(ms / 1_000);
  if (s < 60) return `${s} ${second}`;
  if (s < 3_600) return `${Math.floor(s / 60)} ${m} ${pad(s % 60)} ${second}`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} ${h} ${pad(Math.floor((s % 3_600) / 60))} ${m}`;
  return `${Math.floor(s / 86_400)} ${d} ${pad(Math.floor((s % 86_400) / 3_600))} ${h}`;
}

const units = {
  en: { d: 'd', h: 'h', m: 'm', second: 's' },
  zh: { d: '天', h: '小时', m: '分', second: '秒' },
};

const pad = (value: number): string => String(value).padStart(2, '0');

const day = 86_400_000;
const typedMoment = /^(\d{4}-\d{2}-\d{2})[T ](\d{1,2}:\d{2})$/;

/** A moment of a form's field, which has none, in a zone: as the server takes it. Of the two that an hour coming twice has, the first. */
export function momentIn(local: string, zone: string): string | null {
  const [, date, time] = typedMoment.exec(local.trim()) ?? [];
  const wanted = Date.parse(`${date}T${time?.padStart(5, '0')}:00Z`);
  // The 31st of a month with 30 days is no day, whatever a parser makes of it.
  if (date == null || Number.isNaN(wanted) || new Date(wanted).toISOString().slice(0, 10) !== date) return null;
  const offset = (at: number) => {
    const shown = calendarIn(at, zone);
    const [hour, minute] = shown.time.split(':');
    return (
      Date.UTC(shown.year, shown.month - 1, shown.day, Number(hour), Number(minute)) - Math.floor(at / 60_000) * 60_000
    );
  };
  const found = [offset(wanted - day), offset(wanted + day)]
    .map((shift) => wanted - shift)
    .filter((at) => at + offset(at) === wanted);
  // A time that the clock leaves out: what the offset before it makes of it.
  return new Date(found.length > 0 ? Math.min(...found) : wanted - offset(wanted - day)).toISOString();
}

/** A moment as such a field shows it, as in 2026-11-12 00:12. */
export function typedIn(at: string | number, zone: string): string {
  const { year, month, day: dayOfMonth, time } = calendarIn(at, zone);
  return `${year}-${pad(month)}-${pad(dayOfMonth)} ${time.slice(0, 5)}`;
}
