import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../routing/root';
import { readDesign, readList, readNew, readVersions } from './search';

export const runbooksRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/runbooks',
    validateSearch: readList,
    component: lazyRouteComponent(() => import('./list/RunbooksPage'), 'RunbooksPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/new-runbook',
    validateSearch: readNew,
    component: lazyRouteComponent(() => import('./design/NewPage'), 'NewPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/runbooks/$name',
    validateSearch: readDesign,
    component: lazyRouteComponent(() => import('./design/DesignPage'), 'DesignPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/runbooks/$name/versions',
    validateSearch: readVersions,
    component: lazyRouteComponent(() => import('./versions/VersionsPage'), 'VersionsPage'),
  }),
] as const;
