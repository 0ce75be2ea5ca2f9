import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { api, take } from '../api/client';
import type { InspectionSearch } from './search';

/** The last inspection of every unit that stands, by place, and the findings by cause. */
export const heatQuery = queryOptions({
  queryKey: ['inspections', 'heat'],
  queryFn: ({ signal }) => take(api.GET('/api/inspections/heat', { signal })),
});

/** Inspections, newest first, a page at a time. */
export const inspectionsQuery = ({ unit, place, passed }: InspectionSearch) =>
  infiniteQueryOptions({
    queryKey: ['inspections', 'list', unit, place, passed],
    queryFn: ({ signal, pageParam }) =>
      take(
        api.GET('/api/inspections', {
          params: { query: { unit, place, passed, cursor: pageParam ?? undefined, limit: 50 } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

export const inspectionQuery = (id: string) =>
  queryOptions({
    queryKey: ['inspections', 'one', id],
    queryFn: ({ signal }) => take(api.GET('/api/inspections/{id}', { params: { path: { id } }, signal })),
  });

/** Inspects units, or every one that stands: a run of its own. */
export function useInspect() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (units: string[]) => take(api.POST('/api/inspections', { body: { units } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['runs'] }),
  });
}
