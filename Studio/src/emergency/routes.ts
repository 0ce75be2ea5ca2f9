import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../routing/root';

export const emergencyRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/emergency',
    component: lazyRouteComponent(() => import('./EmergencyPage'), 'EmergencyPage'),
  }),
] as const;
