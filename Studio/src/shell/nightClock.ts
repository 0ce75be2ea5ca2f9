import { useEffect, useState } from 'react';

/** The night's clock as the page knows it: a simulated night may run many times faster than the wall's. It goes on from what the server said last. */
class NightClock {
  private anchor: { night: number; wall: number; speed: number } | null = null;

  /** The server says what time of the night it is, and how much faster than the wall's its clock runs. */
  set(night: string, speed: number): void {
    this.anchor = { night: Date.parse(night), wall: performance.now(), speed };
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
    const timer = setInterval(() => setNow(nightClock.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
