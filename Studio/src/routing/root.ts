import { createRootRoute } from '@tanstack/react-router';

/** The route that every page's is a child of; the router gives it the shell around the pages. */
export const rootRoute = createRootRoute();
