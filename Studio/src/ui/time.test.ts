// @vitest-environment jsdom
import { afterEach, describe, expect, it } from 'vitest';
import { changeLanguage, type Language } from '../i18n/i18n';
import {
  dateName,
  dayOf,
  fullTime,
  fullTimeIn,
  momentIn,
  monthName,
  offsetOf,
  readBack,
  shortTime,
  stretchName,
  timeOfDay,
  typedIn,
} from './time';

const peak = '2026-11-11T16:12:05Z';
const zone = 'Asia/Shanghai';

afterEach(() => changeLanguage('en'));

const inBoth = <T>(ask: () => T): T[] =>
  (['en', 'zh'] satisfies Language[]).map((language) => {
    changeLanguage(language);
    return ask();
  });

describe('a moment', () => {
  it('is the same day for every reader, with its month named', () => {
    expect(inBoth(() => `${dayOf(peak, 'promotion')} ${timeOfDay(peak, 'promotion')}`)).toEqual([
      '12 Nov 00:12:05',
      '11月12日 00:12:05',
    ]);
    expect(inBoth(() => fullTime(peak, 'promotion'))).toEqual([
      '12 Nov 2026 00:12:05 UTC+8',
      '2026年11月12日 00:12:05 UTC+8',
    ]);
    expect(inBoth(() => fullTimeIn(peak, 'UTC'))).toEqual(['11 Nov 2026 16:12:05', '2026年11月11日 16:12:05']);
  });

  it('is never two numbers that change places', () => {
    for (let day = 0; day < 366; day++) {
      const at = Date.UTC(2028, 0, 1, 12) + day * 86_400_000;
      for (const said of inBoth(() => [dayOf(at, 'promotion'), fullTime(at, 'promotion'), readBack(at, zone)]).flat())
        expect(said).not.toMatch(/\d[/.-]\d/);
    }
  });

  it('says how far its zone is from UTC', () => {
    expect(offsetOf(peak, zone)).toBe('UTC+8');
    expect(offsetOf(peak, 'America/St_Johns')).toBe('UTC-3:30');
    expect(offsetOf('2026-07-01T00:00:00Z', 'Europe/Paris')).toBe('UTC+2');
    expect(offsetOf(peak, 'UTC')).toBe('UTC');
  });

  it('says its day where that is not today', () => {
    const now = Date.parse(peak);
    const ago = (hours: number) => inBoth(() => shortTime(now - hours * 3_600_000, now, 'promotion'));
    expect(ago(0.1)).toEqual(['00:06:05', '00:06:05']);
    expect(ago(1)).toEqual(['11 Nov 23:12:05', '11月11日 23:12:05']);
    expect(ago(24 * 365)).toEqual(['12 Nov 00:12:05', '11月12日 00:12:05']);
    expect(inBoth(() => shortTime(peak, null, 'promotion'))).toEqual(['12 Nov 00:12:05', '11月12日 00:12:05']);
  });

  it('begins its day at 00, not at 24', () => {
    expect(timeOfDay('2026-11-11T16:00:00Z', 'promotion')).toBe('00:00:00');
  });
});

describe('a date', () => {
  it('is named with its weekday', () => {
    expect(inBoth(() => dateName('2026-11-12'))).toEqual(['Thu 12 Nov', '11月12日 周四']);
  });

  it('is the end of a stretch, whose year is said once', () => {
    expect(inBoth(() => stretchName('2026-11-09', '2026-11-15'))).toEqual([
      '9 Nov – 15 Nov 2026',
      '2026年11月9日 – 11月15日',
    ]);
    expect(inBoth(() => stretchName('2026-12-28', '2027-01-03'))).toEqual([
      '28 Dec 2026 – 3 Jan 2027',
      '2026年12月28日 – 2027年1月3日',
    ]);
    expect(inBoth(() => monthName('2026-11-01'))).toEqual(['Nov 2026', '2026年11月']);
  });
});

describe('a moment that is typed', () => {
  it('has one order for everybody and is read back in words', () => {
    const at = momentIn('2026-11-12 00:12', zone);
    expect(at).toBe('2026-11-11T16:12:00.000Z');
    expect(inBoth(() => readBack(at ?? '', zone))).toEqual([
      'Thu 12 Nov 2026 00:12 UTC+8',
      '2026年11月12日 周四 00:12 UTC+8',
    ]);
    expect(typedIn(at ?? '', zone)).toBe('2026-11-12 00:12');
  });

  it.each(['11/12/2026 00:12', '2026-11-31 00:00', '2026-02-29 00:00', '2026-11-12', '2026-11-12 24:61', 'soon'])(
    'is none as %s',
    (typed) => expect(momentIn(typed, zone)).toBeNull(),
  );
});

describe('a moment of a field', () => {
  it('is one of the zone', () => {
    expect(momentIn('2026-11-10T00:00', zone)).toBe('2026-11-09T16:00:00.000Z');
    expect(momentIn('2026-07-01T12:00', 'Europe/Paris')).toBe('2026-07-01T10:00:00.000Z');
  });

  it('is the first of two, and after the gap when it is in none', () => {
    expect(momentIn('2026-10-25T02:30', 'Europe/Paris')).toBe('2026-10-25T00:30:00.000Z');
    expect(momentIn('2026-03-29T02:30', 'Europe/Paris')).toBe('2026-03-29T01:30:00.000Z');
  });

  it('is none of what is no time', () => {
    expect(momentIn('', zone)).toBeNull();
    expect(momentIn('2026-13-40T99:99', zone)).toBeNull();
  });
});
