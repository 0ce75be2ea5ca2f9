import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, take } from '../api/client';
import type { RunFilters } from './search';

/** Runs, newest first, a page at a time. */
export const runsQuery = (filters: RunFilters) =>
  infiniteQueryOptions({
    queryKey: ['runs', 'list', filters],
    queryFn: ({ signal, pageParam }) =>
      take(
        api.GET('/api/runs', {
          params: {
            query: {
              runbook: filters.runbook,
              status: filters.status,
              open: filters.open,
              lane: filters.lane,
              startedBy: filters.startedBy,
              rootsOnly: filters.children !== true,
              cursor: pageParam ?? undefined,
              limit: 50,
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

/** A run: its inputs, how far it is, what waits and on whom. */
export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', 'one', id],
    queryFn: ({ signal }) => take(api.GET('/api/runs/{id}', { params: { path: { id } }, signal })),
  });

/** One step with its arguments and result. */
export const stepQuery = (run: string, path: string) =>
  queryOptions({
    queryKey: ['runs', 'step', run, path],
    queryFn: async ({ signal }) => {
      const page = await take(
        api.GET('/api/runs/{id}/steps', { params: { path: { id: run }, query: { under: path, limit: 1 } }, signal }),
      );
      return page.items.find((step) => step.path === path) ?? null;
    },
  });

/** The runbooks that the server knows. */
export const runbookNamesQuery = queryOptions({
  queryKey: ['runbooks', 'names'],
  queryFn: ({ signal }) => take(api.GET('/api/runbooks', { params: { query: { limit: 1_000 } }, signal })),
});
