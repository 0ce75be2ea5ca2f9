import { queryOptions } from '@tanstack/react-query';
import { api, take } from '../api/client';

/** Clusters, units, traffic and invariants as the journal's facts show them. */
export const fleetQuery = queryOptions({
  queryKey: ['fleet'],
  queryFn: ({ signal }) => take(api.GET('/api/fleet', { signal })),
});
