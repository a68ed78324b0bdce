import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { parseSearch, readSearch, stringifySearch } from './data/search.ts';
import { Broken } from './shell/broken.tsx';
import { NotFound } from './shell/not-found.tsx';
import { Shell } from './shell/shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, validateSearch: readSearch });

const routes = [
  createRoute({
    getParentRoute: () => root,
    path: '/',
    component: lazyRouteComponent(() => import('./views/overview/overview.tsx'), 'Overview'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/traces',
    component: lazyRouteComponent(() => import('./views/traces/traces.tsx'), 'Traces'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/logs',
    component: lazyRouteComponent(() => import('./views/logs/logs.tsx'), 'Logs'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/metrics',
    component: lazyRouteComponent(() => import('./views/metrics/metrics.tsx'), 'Metrics'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/pipeline',
    component: lazyRouteComponent(() => import('./views/pipeline/pipeline.tsx'), 'Pipeline'),
  }),
];

/** Each view is a separate chunk, so that the first view loads no other. */
export const router = createRouter({
  routeTree: root.addChildren(routes),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPendingMinMs: 0,
  defaultErrorComponent: ({ error, reset }) => <Broken error={error} reset={reset} />,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
