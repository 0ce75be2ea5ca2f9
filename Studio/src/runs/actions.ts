import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, take } from '../api/client';
import { sayProblem } from '../ui/toasts';

/** What an operator can do to a run, or to one step of it. */
export type RunAction = 'pause' | 'resume' | 'cancel' | 'undo' | 'retry' | 'skip';

export interface ActionRequest {
  run: string;
  action: RunAction;
  /** The step, for retry and skip. */
  path?: string;
  reason?: string;
}

async function act({ run, action, path, reason }: ActionRequest): Promise<void> {
  const params = { path: { id: run } };
  const body = { path, reason };
  switch (action) {
    case 'pause':
      await take(api.POST('/api/runs/{id}/pause', { params, body }));
      break;
    case 'resume':
      await take(api.POST('/api/runs/{id}/resume', { params }));
      break;
    case 'cancel':
      await take(api.POST('/api/runs/{id}/cancel', { params, body }));
      break;
    case 'undo':
      await take(api.POST('/api/runs/{id}/undo', { params, body }));
      break;
    case 'retry':
      await take(api.POST('/api/runs/{id}/retry', { params, body }));
      break;
    case 'skip':
      await take(api.POST('/api/runs/{id}/skip', { params, body }));
      break;
  }
}

/** Acts on a run; a refusal is said with its fix. */
export function useAct() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: () => client.invalidateQueries({ queryKey: ['runs'] }),
    onError: sayProblem,
  });
}
