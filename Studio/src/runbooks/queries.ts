import { queryOptions } from '@tanstack/react-query';
import { api, type Schema, take } from '../api/client';
import type { ArgumentSchema } from './forms/schema';

/** What a step can run; its arguments as the JSON schema says. */
export type Activity = Omit<Schema<'ActivityResponse'>, 'arguments'> & { arguments: ArgumentSchema };

/** Every activity: there are some dozens. */
export const activitiesQuery = queryOptions({
  queryKey: ['activities'],
  queryFn: async ({ signal }) => {
    const { items } = await take(api.GET('/api/activities', { params: { query: { limit: 1000 } }, signal }));
    return items as Activity[];
  },
  staleTime: Infinity,
});

/** Every runbook, as a start by name runs it. */
export const runbooksQuery = queryOptions({
  queryKey: ['runbooks', 'list'],
  queryFn: ({ signal }) => take(api.GET('/api/runbooks', { params: { query: { limit: 500 } }, signal })),
});

/** The text that a start by name runs. Also of a runbook with problems, which has no detail. */
export const currentVersionQuery = (name: string) =>
  queryOptions({
    queryKey: ['runbooks', 'version', name, 'current'],
    queryFn: ({ signal }) =>
      take(
        api.GET('/api/runbooks/{name}/versions/{digest}', { params: { path: { name, digest: 'current' } }, signal }),
      ),
    staleTime: 0,
  });

export const versionsQuery = (name: string) =>
  queryOptions({
    queryKey: ['runbooks', 'versions', name],
    queryFn: ({ signal }) =>
      take(api.GET('/api/runbooks/{name}/versions', { params: { path: { name }, query: { limit: 200 } }, signal })),
  });

export const versionQuery = (name: string, digest: string) =>
  queryOptions({
    queryKey: ['runbooks', 'version', name, digest],
    queryFn: ({ signal }) =>
      take(api.GET('/api/runbooks/{name}/versions/{digest}', { params: { path: { name, digest } }, signal })),
    staleTime: Infinity,
  });

export const diffQuery = (name: string, from: string, to: string) =>
  queryOptions({
    queryKey: ['runbooks', 'diff', name, from, to],
    queryFn: ({ signal }) =>
      take(api.GET('/api/runbooks/{name}/diff', { params: { path: { name }, query: { from, to } }, signal })),
  });

/** The latest runs of a runbook's name, as a start by hand or a trigger began them. */
export const lastRunQuery = (name: string) =>
  queryOptions({
    queryKey: ['lastRun', name],
    queryFn: ({ signal }) => take(api.GET('/api/runs', { params: { query: { runbook: name, limit: 1 } }, signal })),
    refetchInterval: 15_000,
  });

export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: ({ signal }) => take(api.GET('/api/roles', { params: { query: { limit: 500 } }, signal })),
});
