import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { parseSearch, readSearch, stringifySearch } from './data/search.ts';
import { Broken, ViewLoadError } from './shell/broken.tsx';
import { NotFound } from './shell/not-found.tsx';
import { Shell } from './shell/shell.tsx';

/**
 * Returns a view's component. If a file is missing, the router would reload the page, which shows nothing while otelier
 * is stopped.
 */
function view<M extends Record<string, unknown>, Name extends keyof M & string>(load: () => Promise<M>, name: Name) {
  return lazyRouteComponent<M, Name>(async () => {
    try {
      return await load();
    } catch (cause) {
      throw new ViewLoadError(cause);
    }
  }, name);
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, validateSearch: readSearch });

const routes = [
  createRoute({
    getParentRoute: () => root,
    path: '/',
    component: view(() => import('./views/overview/overview.tsx'), 'Overview'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/traces',
    component: view(() => import('./views/traces/traces.tsx'), 'Traces'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/logs',
    component: view(() => import('./views/logs/logs.tsx'), 'Logs'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/metrics',
    component: view(() => import('./views/metrics/metrics.tsx'), 'Metrics'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/boards',
    component: view(() => import('./views/boards/boards.tsx'), 'Boards'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/map',
    component: view(() => import('./views/map/map.tsx'), 'ServiceMapView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/errors',
    component: view(() => import('./views/errors/errors.tsx'), 'Errors'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/services/$name',
    component: view(() => import('./views/service/service.tsx'), 'ServiceView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/pipeline',
    component: view(() => import('./views/pipeline/pipeline.tsx'), 'Pipeline'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/cost',
    component: view(() => import('./views/cost/cost.tsx'), 'CostView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/query',
    component: view(() => import('./views/query/query.tsx'), 'Query'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/alerts',
    component: view(() => import('./views/alerts/alerts.tsx'), 'Alerts'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/senders',
    component: view(() => import('./views/senders/senders.tsx'), 'Senders'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/certificates',
    component: view(() => import('./views/certificates/certificates.tsx'), 'Certificates'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/health',
    component: view(() => import('./views/health/health.tsx'), 'Health'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/admin',
    component: view(() => import('./views/admin/admin.tsx'), 'Admin'),
  }),
];

/** The page's router. Each view is a separate chunk, so that the first view loads only its own code. */
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
