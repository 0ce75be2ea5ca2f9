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

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: ZoneChoice, kind: 'time' | 'full' | 'day'): Intl.DateTimeFormat {
  const id = `${language()} ${zone} ${kind}`;
  let made = formats.get(id);
  if (made == null) {
    const date = { month: '2-digit', day: '2-digit' } as const;
    const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
    made = new Intl.DateTimeFormat(language() === 'zh' ? 'zh-CN' : 'en-GB', {
      timeZone: zoneName(zone),
      ...(kind === 'time' ? time : kind === 'day' ? date : { ...date, ...time, year: 'numeric' }),
    });
    formats.set(id, made);
  }
  return made;
}

export const timeOfDay = (at: string | number | Date, zone: ZoneChoice): string =>
  format(zone, 'time').format(new Date(at));
export const dayOf = (at: string | number | Date, zone: ZoneChoice): string => format(zone, 'day').format(new Date(at));
export const fullTime = (at: string | number | Date, zone: ZoneChoice): string =>
  format(zone, 'full').format(new Date(at));

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
