import { createRouter } from '@tanstack/react-router';
import { approvalsRoutes } from './approvals/routes';
import { emergencyRoutes } from './emergency/routes';
import { fleetRoutes } from './fleet/routes';
import { inspectionsRoutes } from './inspections/routes';
import { rootRoute } from './root';
import { runbooksRoutes } from './runbooks/routes';
import { runsRoutes } from './runs/routes';
import { Rows } from './shell/Rows';
import { schedulesRoutes } from './schedules/routes';
import { wallRoutes } from './wall/routes';

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
