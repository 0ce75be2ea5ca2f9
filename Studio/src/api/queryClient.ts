import { QueryClient } from '@tanstack/react-query';
import { Problem } from './problem';

/** Server state. Live entries keep it fresh, so nothing is asked again only because a window was looked at. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && (!(error instanceof Problem) || error.passes),
    },
    mutations: { retry: false },
  },
});
