import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../routing/root';
import { readInspections } from './search';

export const inspectionsRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/inspections',
    validateSearch: readInspections,
    component: lazyRouteComponent(() => import('./InspectionsPage'), 'InspectionsPage'),
  }),
] as const;
