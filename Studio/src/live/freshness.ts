import type { QueryClient } from '@tanstack/react-query';
import type { Batch, RunEvent } from './connection';

/** First words of query keys, and the events after which what they hold is no longer so. */
const stale: Record<string, (event: RunEvent) => boolean> = {
  runs: () => true,
  wall: () => true,
  approvals: ({ event }) => event.startsWith('approval-') || event === 'run-ended' || event.startsWith('step-'),
  fleet: ({ event }) => event === 'fact-reported',
  units: ({ event }) => event === 'fact-reported',
  ledger: ({ event }) => event === 'fact-reported',
  emergency: ({ event }) => event === 'fact-reported' || event === 'run-ended',
  inspections: ({ event }) => event === 'fact-reported',
};

const pause = 1_000;

/** Asks again for the lists that entries have changed, at most once a second each, and only for those on the page. */
export class Freshness {
  private readonly waiting = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = 0;

  constructor(private readonly client: QueryClient) {}

  take({ entries }: Batch): void {
    for (const [key, changes] of Object.entries(stale)) {
      if (!this.waiting.has(key) && entries.some((entry) => entry.events.some(changes))) this.waiting.add(key);
    }
    this.schedule();
  }

  private schedule(): void {
    if (this.waiting.size > 0) this.timer ??= setTimeout(this.ask, Math.max(0, this.last + pause - performance.now()));
  }

  private readonly ask = (): void => {
    this.timer = undefined;
    this.last = performance.now();
    for (const key of this.waiting) {
      // A list that is being asked for holds what was true when it was asked: let it end, then ask again. Breaking it
      // off would starve a list whose answer takes longer than the pause.
      if (this.client.isFetching({ queryKey: [key] }) > 0) continue;
      this.waiting.delete(key);
      void this.client.invalidateQueries({ queryKey: [key] });
    }
    this.schedule();
  };
}
