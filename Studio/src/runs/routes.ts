import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../routing/root';
import { readFilters, readView } from './search';

export const runsRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/runs',
    validateSearch: readFilters,
    component: lazyRouteComponent(() => import('./RunsPage'), 'RunsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/runs/$id',
    validateSearch: readView,
    component: lazyRouteComponent(() => import('./RunPage'), 'RunPage'),
  }),
] as const;
