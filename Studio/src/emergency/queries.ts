import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, take } from '../api/client';
import type { Identity } from '../identity/identity';

/** What an emergency stop would take down now, and the plan made last. A plan ages without an entry, and approvals are none of a run's, hence the interval. */
export const emergencyQuery = (person: Identity | null) =>
  queryOptions({
    queryKey: ['emergency', person],
    queryFn: ({ signal }) => take(api.GET('/api/emergency', { signal })),
    refetchInterval: 4_000,
  });

export interface Scope {
  clusters: string[];
  units: string[];
}

function useAsked<Input, Output>(ask: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ask,
    // A refusal often says that the state is another one by now.
    onSettled: () =>
      Promise.all(['emergency', 'approvals', 'wall'].map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}

/** Keeps what an emergency stop would take down now as a plan. */
export const useKeepPlan = () => useAsked((scope: Scope) => take(api.POST('/api/emergency/plan', { body: scope })));

/** Pulls the handle; pulled twice with one plan it is one run. */
export const usePull = () =>
  useAsked((body: { plan: string; confirm: string; reason: string }) =>
    take(api.POST('/api/emergency/scale-down', { body })),
  );

/** What an emergency holds back; nothing of it is an entry of one run, hence the interval. */
export const heldQuery = queryOptions({
  queryKey: ['emergency', 'held'],
  queryFn: ({ signal }) => take(api.GET('/api/emergency/held', { signal })),
  refetchInterval: 4_000,
});

export interface LetGo {
  /** Runs are cancelled instead of resumed. */
  drop: boolean;
  reason: string;
  /** Only these; absent, as the triggers: all. */
  runs?: string[];
  triggers?: string[];
}

/** Releases or drops what an emergency holds back. */
export const useLetGo = () =>
  useAsked(({ drop, ...body }: LetGo) =>
    take(drop ? api.POST('/api/emergency/drop', { body }) : api.POST('/api/emergency/release', { body })),
  );
