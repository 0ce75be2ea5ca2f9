import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../routing/root';
import { WallPage } from './WallPage';

export const wallRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/',
    // Not by itself: it is the page that the console opens with, and comes with its first script.
    component: WallPage,
  }),
] as const;
