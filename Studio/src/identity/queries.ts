import { queryOptions } from '@tanstack/react-query';
import { api, take } from '../api/client';

/** The roles that runbooks ask and people have. */
export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: ({ signal }) => take(api.GET('/api/roles', { params: { query: { limit: 200 } }, signal })),
});
