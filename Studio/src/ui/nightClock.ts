import { useEffect, useState } from 'react';

/** The night's clock as the page knows it: a simulated night may run many times faster than the wall's. It goes on from what the server said last. */
class NightClock {
  private anchor: { night: number; wall: number; speed: number } | null = null;

  private readonly waiting: (() => void)[] = [];

  /** Calls back when the time is known for the first time. */
  whenSet(tell: () => void): void {
    if (this.anchor == null) this.waiting.push(tell);
  }

  /** The server says what time of the night it is, and how much faster than the wall's its clock runs. */
  set(night: string, speed: number): void {
    const first = this.anchor == null;
    this.anchor = { night: Date.parse(night), wall: performance.now(), speed };
    if (first) for (const tell of this.waiting.splice(0)) tell();
  }

  /** Now, in ms; null while nothing has told the time. */
  now(): number | null {
    return this.anchor == null ? null : this.anchor.night + (performance.now() - this.anchor.wall) * this.anchor.speed;
  }
}

export const nightClock = new NightClock();

/** The night's time, a second or so fresh; null while unknown. */
export function useNight(every = 1_000): number | null {
  const [now, setNow] = useState(() => nightClock.now());
  useEffect(() => {
    const show = () => setNow(nightClock.now());
    nightClock.whenSet(show);
    const timer = setInterval(show, every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
