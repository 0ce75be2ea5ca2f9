import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../routing/root';
import { readFleet } from './search';

export const fleetRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/fleet',
    validateSearch: readFleet,
    component: lazyRouteComponent(() => import('./FleetPage'), 'FleetPage'),
  }),
] as const;
