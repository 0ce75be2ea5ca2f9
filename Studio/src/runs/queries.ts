import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, type Schema, take } from '../api/client';
import { type Planned, plannedOf } from './remaining';
import { titlesOf } from './titles';
import type { Entry } from '../live/connection';
import type { RunFilters } from './search';

/** Runs, newest first, a page at a time. */
export const runsQuery = (filters: RunFilters) =>
  infiniteQueryOptions({
    queryKey: ['runs', 'list', filters],
    queryFn: ({ signal, pageParam }) =>
      take(
        api.GET('/api/runs', {
          params: {
            query: {
              runbook: filters.runbook,
              status: filters.status,
              open: filters.open,
              lane: filters.lane,
              startedBy: filters.startedBy,
              rootsOnly: filters.children !== true,
              cursor: pageParam ?? undefined,
              limit: 50,
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

/** A run: its inputs, how far it is, what waits and on whom. */
export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', 'one', id],
    queryFn: ({ signal }) => take(api.GET('/api/runs/{id}', { params: { path: { id } }, signal })),
  });

/** One step in full: inputs, result, attempts, undo, facts and log. Asked again when `mark`, what is known of its state, changes. */
export const stepQuery = (run: string, path: string, mark: string) =>
  queryOptions({
    queryKey: ['runs', 'step', run, path, mark] as const,
    // Its own earlier state until the later one is there, and never another step's.
    placeholderData: (before: Schema<'StepDetail'> | undefined, query) =>
      query?.queryKey[3] === path ? before : undefined,
    queryFn: ({ signal }) =>
      take(
        api.GET('/api/runs/{id}/steps/{path}', {
          params: { path: { id: run, path } },
          pathSerializer: keepSlashes,
          signal,
        }),
      ),
    retry: false,
  });

/** A step's path is part of the address as it is, slashes and all. */
function keepSlashes(template: string, values: Record<string, unknown>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) =>
    String(values[name]).split('/').map(encodeURIComponent).join('/'),
  );
}

/** The runbooks that the server knows. */
export const runbookNamesQuery = queryOptions({
  queryKey: ['runbooks', 'names'],
  queryFn: ({ signal }) => take(api.GET('/api/runbooks', { params: { query: { limit: 1_000 } }, signal })),
});

/** One runbook as a start by name runs it. */
export const runbookQuery = (name: string) =>
  queryOptions({
    queryKey: ['runbooks', 'one', name],
    queryFn: ({ signal }) => take(api.GET('/api/runbooks/{name}', { params: { path: { name } }, signal })),
  });

/** What a run was started with. */
export const runInputsQuery = (run: string) =>
  queryOptions({
    // Not under 'runs': what happens in the run changes nothing of it. Its runbook may change, so it is asked again when looked at.
    queryKey: ['run-inputs', run],
    queryFn: ({ signal }) => take(api.GET('/api/runs/{id}/inputs', { params: { path: { id: run } }, signal })),
  });

/** The runbook that a run pinned as a graph, with what happened at each step. */
export const graphQuery = (run: string) =>
  queryOptions({
    queryKey: ['runs', 'graph', run],
    queryFn: ({ signal }) => take(api.GET('/api/runs/{id}/graph', { params: { path: { id: run } }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });

/** What a run's pinned runbook says of its steps: their titles, and which there are. It stays, so it is asked for once. */
const pinnedQuery = (run: string) =>
  queryOptions({
    // Not under 'runs': what happens in the run changes nothing of it.
    queryKey: ['pinned', run],
    queryFn: async ({ signal }): Promise<Pinned> => {
      const { nodes } = await take(api.GET('/api/runs/{id}/graph', { params: { path: { id: run } }, signal }));
      return { titleOf: titlesOf(nodes), planned: plannedOf(nodes) };
    },
    staleTime: Infinity,
    retry: false,
  });

interface Pinned {
  titleOf: ReturnType<typeof titlesOf>;
  planned: Planned[];
}

/** The titles of a run's steps, by path. */
export const titlesQuery = (run: string) => ({ ...pinnedQuery(run), select: titleOf });

/** The steps that a run was to come to. */
export const plannedQuery = (run: string) => ({ ...pinnedQuery(run), select: plannedSteps });

const titleOf = (pinned: Pinned) => pinned.titleOf;
const plannedSteps = (pinned: Pinned) => pinned.planned;

const journalPage = 100;

/** The journal backwards from a version, a page of versions at a time; each page's entries are in order. */
export const journalQuery = (run: string, version: number) =>
  infiniteQueryOptions({
    // Not under 'runs': what was written stays as it is, and what comes the stream brings.
    queryKey: ['journal', run, version],
    staleTime: Infinity,
    queryFn: async ({ signal, pageParam: upTo }) => {
      const start = Math.max(0, upTo - journalPage);
      const items: Entry[] = [];
      // A page of entries that are large holds fewer of them than were asked for.
      for (let after = start; after < upTo;) {
        const page = await take(
          api.GET('/api/runs/{id}/journal', {
            params: { path: { id: run }, query: { after, limit: upTo - after } },
            signal,
          }),
        );
        items.push(...(page.items as unknown as Entry[]));
        if (page.next == null) break;
        after = Number(page.next);
      }
      return { after: start, items };
    },
    initialPageParam: version,
    getNextPageParam: (page) => (page.after === 0 ? undefined : page.after),
  });
