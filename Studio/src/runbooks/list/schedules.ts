import { queryOptions } from '@tanstack/react-query';

interface Schedule {
  runbook: string;
  next: { at: string; expected: string }[];
}

/** Triggers with their next fires; none where a server has no schedules. */
export const schedulesQuery = queryOptions({
  queryKey: ['schedules', 'list'],
  queryFn: async ({ signal }): Promise<Schedule[]> => {
    const answer = await fetch('/api/schedules?limit=500', { signal });
    if (!answer.ok) return [];
    return ((await answer.json()) as { items: Schedule[] }).items;
  },
});
