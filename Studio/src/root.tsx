import { createRootRoute } from '@tanstack/react-router';
import { Crashed } from './shell/CrashBoundary';
import { NotFound } from './shell/NotFound';
import { Shell } from './shell/Shell';

/** The route that every page's is a child of. */
export const rootRoute = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: ({ error }) => <Crashed error={error instanceof Error ? error : new Error(String(error))} />,
});
