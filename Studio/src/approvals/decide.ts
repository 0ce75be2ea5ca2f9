import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, take } from '../api/client';
import { sayProblem } from '../ui/toasts';

export interface Decision {
  run: string;
  path: string;
  approve: boolean;
  comment?: string;
  onBehalfOf?: string;
}

async function decide({ run, path, approve, comment, onBehalfOf }: Decision): Promise<void> {
  const request = { params: { path: { run } }, body: { path, comment, onBehalfOf } };
  await take(
    approve ? api.POST('/api/approvals/{run}/approve', request) : api.POST('/api/approvals/{run}/reject', request),
  );
}

/** Approves or rejects as the person at this page. */
export function useDecide() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: decide,
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['approvals'] }),
        client.invalidateQueries({ queryKey: ['runs'] }),
      ]),
    onError: sayProblem,
  });
}
