import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, take } from '../api/client';

/** Clusters, units, traffic and invariants as the journal's facts show them. */
export const fleetQuery = queryOptions({
  queryKey: ['fleet'],
  queryFn: ({ signal }) => take(api.GET('/api/fleet', { signal })),
});

/** A cluster's nodes as its own API shows them; that changes without an entry in the journal. */
export const nodeMapQuery = (cluster: string) =>
  queryOptions({
    queryKey: ['nodes', cluster],
    queryFn: ({ signal }) =>
      take(api.GET('/api/fleet/clusters/{id}/map', { params: { path: { id: cluster } }, signal })),
    refetchInterval: 6_000,
  });

/** Who held what from when to when, and what it cost; of one run's tree, or of all. */
export const ledgerQuery = (run: string | undefined) =>
  queryOptions({
    queryKey: ['ledger', run],
    queryFn: ({ signal }) => take(api.GET('/api/fleet/ledger/timeline', { params: { query: { run } }, signal })),
    placeholderData: keepPreviousData,
    // What is held goes on being held, without an entry.
    refetchInterval: 10_000,
  });

export const unitQuery = (id: string) =>
  queryOptions({
    queryKey: ['units', id],
    queryFn: ({ signal }) => take(api.GET('/api/units/{id}', { params: { path: { id } }, signal })),
  });
