import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, take } from '../api/client';
import { type Identity, useIdentity } from '../identity/identity';

/** The approvals that wait, the longest waiting first, at most 200; each says whether the person may decide. */
export const approvalsQuery = (person: Identity | null) =>
  queryOptions({
    queryKey: ['approvals', 'list', person],
    queryFn: ({ signal }) => take(api.GET('/api/approvals', { params: { query: { limit: 200 } }, signal })),
  });

export const useApprovalsQuery = () => approvalsQuery(useIdentity());

/** Everything that waits for people's decision, what is due first at its head. Plans and freezes are no entries of a run's journal, hence the interval. */
export const decisionsQuery = (person: Identity | null) =>
  queryOptions({
    queryKey: ['approvals', 'decisions', person],
    queryFn: ({ signal }) => take(api.GET('/api/decisions', { params: { query: { limit: 500 } }, signal })),
    refetchInterval: 5_000,
  });

export const useDecisionsQuery = () => decisionsQuery(useIdentity());

/** What was decided, newest first, page by page. */
export const historyQuery = infiniteQueryOptions({
  queryKey: ['approvals', 'history'],
  queryFn: ({ pageParam, signal }) =>
    take(api.GET('/api/decisions/history', { params: { query: { limit: 20, cursor: pageParam } }, signal })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next ?? undefined,
});

/** What rejecting would do, as things stand. */
export const rejectionQuery = (run: string, path: string) =>
  queryOptions({
    queryKey: ['approvals', 'rejection', run, path],
    queryFn: ({ signal }) =>
      take(api.GET('/api/approvals/{run}/rejection', { params: { path: { run }, query: { path } }, signal })),
  });

/** One question in full: what it opens the way to, and what speaks for and against. */
export const approvalQuery = (run: string, path: string, person: Identity | null) =>
  queryOptions({
    queryKey: ['approvals', 'one', run, path, person],
    queryFn: ({ signal }) =>
      take(api.GET('/api/approvals/{run}', { params: { path: { run }, query: { path } }, signal })),
  });

/** Who decides for whom, now. */
export const delegationsQuery = queryOptions({
  queryKey: ['approvals', 'delegations'],
  queryFn: ({ signal }) => take(api.GET('/api/approvals/delegations', { params: { query: { limit: 100 } }, signal })),
});
