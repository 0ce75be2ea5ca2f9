import { useEffect, useState } from 'react';

/**
 * The night's clock as the page knows it: the simulated night may run many times faster than the wall's. It is anchored
 * by whatever tells a night time, and goes on from there at the speed that is known or was seen.
 */
class NightClock {
  private anchor: { night: number; wall: number } | null = null;
  private first: { night: number; wall: number } | null = null;
  private speed: number | null = null;

  /** The server said so. */
  set(night: string, speed: number): void {
    this.anchor = { night: Date.parse(night), wall: performance.now() };
    this.speed = speed;
  }

  /** Something happened at that moment of the night, just now; a better word of the clock is never overruled by it. */
  saw(night: string): void {
    const seen = { night: Date.parse(night), wall: performance.now() };
    if (this.speed != null || seen.night <= (this.anchor?.night ?? 0)) return;
    this.first ??= seen;
    this.anchor = seen;
  }

  /** Now, in ms; null while nothing has told the time. */
  now(): number | null {
    if (this.anchor == null) return null;
    return this.anchor.night + (performance.now() - this.anchor.wall) * (this.speed ?? this.seenSpeed());
  }

  private seenSpeed(): number {
    if (this.first == null || this.anchor == null || this.anchor.wall - this.first.wall < 2_000) return 1;
    return Math.max(1, (this.anchor.night - this.first.night) / (this.anchor.wall - this.first.wall));
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
