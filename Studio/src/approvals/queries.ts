import { queryOptions } from '@tanstack/react-query';
import { api, take } from '../api/client';

/** The approvals that wait, the first 200. */
export const approvalsQuery = queryOptions({
  queryKey: ['approvals'],
  queryFn: ({ signal }) => take(api.GET('/api/approvals', { params: { query: { limit: 200 } }, signal })),
});
