import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../routing/root';
import { readSchedule } from './search';

export const schedulesRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/schedule',
    validateSearch: readSchedule,
    component: lazyRouteComponent(() => import('./SchedulePage'), 'SchedulePage'),
  }),
] as const;
