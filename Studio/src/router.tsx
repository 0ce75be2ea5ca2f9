import { createRouter } from '@tanstack/react-router';
import { approvalsRoutes } from './approvals/routes';
import { emergencyRoutes } from './emergency/routes';
import { fleetRoutes } from './fleet/routes';
import { inspectionsRoutes } from './inspections/routes';
import { rootRoute } from './routing/root';
import { runbooksRoutes } from './runbooks/routes';
import { runsRoutes } from './runs/routes';
import { schedulesRoutes } from './schedules/routes';
import { NotFound } from './shell/NotFound';
import { Shell } from './shell/Shell';
import { Crashed } from './ui/CrashBoundary';
import { Rows } from './ui/Rows';
import { wallRoutes } from './wall/routes';

rootRoute.update({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: ({ error }) => <Crashed error={error instanceof Error ? error : new Error(String(error))} />,
});

// One line a feature.
const routeTree = rootRoute.addChildren([
  ...wallRoutes,
  ...runsRoutes,
  ...approvalsRoutes,
  ...runbooksRoutes,
  ...fleetRoutes,
  ...inspectionsRoutes,
  ...schedulesRoutes,
  ...emergencyRoutes,
]);

export const router = createRouter({
  routeTree,
  defaultPendingComponent: Rows,
  defaultPendingMs: 150,
  defaultPreload: false,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
