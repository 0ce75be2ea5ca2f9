import { language } from '../i18n/i18n';

/** `5:03:09`, with days before it where there are any. */
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  const days = Math.floor(seconds / 86_400);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = `${two(Math.floor((seconds % 86_400) / 3_600))}:${two(Math.floor((seconds % 3_600) / 60))}:${two(seconds % 60)}`;
  return days > 0 ? `${days} d ${clock}` : clock;
}

/** For so long after the peak it is how long it is over that counts; then the next one. */
const afterPeak = 6 * 3_600_000;

/** Whether the last peak is what counts at a moment, and how far it, or the next one, is away. All in ms. */
export function peakAt(now: number, last: number, next: number): { over: boolean; away: number } {
  const since = now - last;
  return since >= 0 && since < afterPeak && since < next - now
    ? { over: true, away: since }
    : { over: false, away: next - now };
}

/** From this age on a guard's light says what was, and no more what is. Before a peak an evening's moves belong together. */
const lightLasts = 6 * 3_600_000;

/** Whether a light is of a time that is past; one without a time is of now. */
export function isPast(light: { at?: string | null }, now: number | null): boolean {
  return light.at != null && now != null && now - Date.parse(light.at) > lightLasts;
}

export function wholeNumber(value: number): string {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: 0 }).format(value);
}
