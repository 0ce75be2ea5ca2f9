import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, take } from '../api/client';

function useAsked<Input, Output>(places: string[], ask: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ask,
    // A refusal often says that the state is another one by now.
    onSettled: () => Promise.all(places.map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}

/** Decisions about what is no step of a run: an emergency plan, an override of a freeze window, the removal of one. */
export const useApprovePlan = () =>
  useAsked(['emergency', 'approvals', 'wall'], ({ plan, comment }: { plan: string; comment?: string }) =>
    take(api.POST('/api/emergency/plan/{id}/approve', { params: { path: { id: plan } }, body: { comment } })),
  );

export const useDecideRemoval = () =>
  useAsked(
    ['schedules', 'approvals'],
    ({ id, approve, comment }: { id: string; approve: boolean; comment?: string }) => {
      const request = { params: { path: { id } }, body: { comment } };
      return take(
        approve
          ? api.POST('/api/schedules/freezes/{id}/removal/approve', request)
          : api.POST('/api/schedules/freezes/{id}/removal/reject', request),
      );
    },
  );

export const useDecideOverride = () =>
  useAsked(
    ['schedules', 'approvals'],
    ({ id, approve, comment }: { id: string; approve: boolean; comment?: string }) => {
      const request = { params: { path: { id } }, body: { comment } };
      return take(
        approve
          ? api.POST('/api/schedules/overrides/{id}/approve', request)
          : api.POST('/api/schedules/overrides/{id}/reject', request),
      );
    },
  );
