import { queryOptions } from '@tanstack/react-query';
import { api, take } from '../api/client';
import type { Identity } from '../identity/identity';
import { nightClock } from '../ui/nightClock';

/** The night at a glance. Entries make it stale; what a cluster's own API shows changes without one, hence the interval. */
export const wallQuery = (person: Identity | null) =>
  queryOptions({
    queryKey: ['wall', person],
    queryFn: async ({ signal }) => {
      const wall = await take(api.GET('/api/wall', { signal }));
      nightClock.set(wall.at, wall.speed);
      return wall;
    },
    refetchInterval: 5_000,
  });

/** What every page's head says of the night: its clock is set again now and then, and goes on by itself in between. */
export const nightQuery = queryOptions({
  queryKey: ['night'],
  queryFn: async ({ signal }) => {
    const { at, speed, simulated, fleet } = await take(api.GET('/api/wall', { signal }));
    nightClock.set(at, speed);
    return { speed, simulated, fleet };
  },
  staleTime: Infinity,
  refetchInterval: 60_000,
});
