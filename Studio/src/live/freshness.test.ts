import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Batch } from './connection';
import { Freshness } from './freshness';

const batch: Batch = {
  entries: [
    { run: 'r', version: 1, at: '', events: [{ event: 'run-started' }] } as unknown as Batch['entries'][number],
  ],
  progress: [],
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('lets a list that takes long end before it asks again, and then asks once for all that came', async () => {
  const client = new QueryClient();
  const asked: number[] = [];
  const shown: number[] = [];
  const stop = new QueryObserver(client, {
    queryKey: ['runs'],
    queryFn: async ({ signal }) => {
      const number = asked.push(Date.now());
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      return signal.aborted ? -1 : number;
    },
  }).subscribe(({ data }) => data != null && shown.at(-1) !== data && shown.push(data));
  const freshness = new Freshness(client);

  for (let tenth = 0; tenth < 60; tenth++) {
    freshness.take(batch);
    await vi.advanceTimersByTimeAsync(100);
  }

  expect(shown).toEqual([1, 2]);
  stop();
});
