import createClient, { type Middleware } from 'openapi-fetch';
import { type ProblemBody, Problem } from './problem';
import type { components, paths } from './schema';

/** The records of the API by name, as in `Schema<'RunResponse'>`. Properties that are null are left out of answers. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

const unreachable: Middleware = {
  onError() {
    return Problem.unreachable();
  },
};

/** The API of the server that this page came from; the browser sends along who uses it. */
export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: (request) => fetch(request) });
api.use(unreachable);

/** The answer's data; throws the {@link Problem} that the server answered with. */
export async function take<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  throw Problem.of(response.status, error as ProblemBody | undefined);
}
