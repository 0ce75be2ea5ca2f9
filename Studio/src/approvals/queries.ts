import { queryOptions } from '@tanstack/react-query';
import { api, take } from '../api/client';
import { type Identity, useIdentity } from '../identity/identity';

/** The approvals that wait, the longest waiting first, at most 200; each says whether the person may decide. */
export const approvalsQuery = (person: Identity | null) =>
  queryOptions({
    queryKey: ['approvals', 'list', person],
    queryFn: ({ signal }) => take(api.GET('/api/approvals', { params: { query: { limit: 200 } }, signal })),
  });

export const useApprovalsQuery = () => approvalsQuery(useIdentity());

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
