import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schema, take } from '../api/client';

// What fires and what is decided about freezes are no entries of a run's journal, hence the intervals.
const often = 5_000;

export const triggersQuery = queryOptions({
  queryKey: ['schedules', 'triggers'],
  queryFn: ({ signal }) =>
    take(api.GET('/api/schedules', { params: { query: { next: 3, last: 3, limit: 200 } }, signal })),
  refetchInterval: often,
});

export const statusQuery = queryOptions({
  queryKey: ['schedules', 'status'],
  queryFn: ({ signal }) => take(api.GET('/api/schedules/status', { signal })),
  refetchInterval: often,
});

/** Fires and freeze windows of a stretch: past ones as they went, those to come as things stand. */
export const calendarQuery = (from: string, to: string) =>
  queryOptions({
    queryKey: ['schedules', 'calendar', from, to],
    queryFn: ({ signal }) => take(api.GET('/api/schedules/calendar', { params: { query: { from, to } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: often,
  });

export const freezesQuery = queryOptions({
  queryKey: ['schedules', 'freezes'],
  queryFn: ({ signal }) => take(api.GET('/api/schedules/freezes', { params: { query: { limit: 200 } }, signal })),
  refetchInterval: often,
});

export const overridesQuery = queryOptions({
  queryKey: ['schedules', 'overrides'],
  queryFn: ({ signal }) =>
    take(api.GET('/api/schedules/overrides', { params: { query: { expired: true, limit: 50 } }, signal })),
  refetchInterval: often,
});

function useAsked<Input, Output>(ask: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ask,
    onSuccess: () =>
      Promise.all(['schedules', 'approvals'].map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}

export const useHold = () =>
  useAsked(({ id, resume, reason }: { id: string; resume: boolean; reason: string }) =>
    take(
      resume
        ? api.POST('/api/schedules/{id}/resume', { params: { path: { id } }, body: { reason } })
        : api.POST('/api/schedules/{id}/pause', { params: { path: { id } }, body: { reason } }),
    ),
  );

export const useAddFreeze = () =>
  useAsked((body: Schema<'FreezeRequest'>) => take(api.POST('/api/schedules/freezes', { body })));

export const useRemoveFreeze = () =>
  useAsked(({ id, reason }: { id: string; reason: string }) =>
    take(api.DELETE('/api/schedules/freezes/{id}', { params: { path: { id }, query: { reason } } })),
  );

export const useAskOverride = () =>
  useAsked((body: Schema<'OverrideRequest'>) => take(api.POST('/api/schedules/overrides', { body })));
