import { TENANT_LABEL } from '../../tenant-label.ts';
import type { RouteConfig } from '../config/model.ts';
import type { LabelSet } from '../matching/labels.ts';
import { formatMatchers, type Matcher, matchesAll, sortMatchers } from '../matching/matcher.ts';

/** A node of the routing tree, with what it inherits. */
export interface Route {
  readonly receiver: string;
  /** Names of the labels that group alerts; `all` groups by every label. */
  readonly groupBy: readonly string[] | 'all';
  readonly groupWaitMillis: number;
  readonly groupIntervalMillis: number;
  readonly repeatIntervalMillis: number;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  /** Labels of this route and those around it, which may be templates. */
  readonly labels: LabelSet;
  readonly matchers: readonly Matcher[];
  readonly isContinued: boolean;
  readonly routes: readonly Route[];
  /** Identifies the matchers on the way to this route; not unique. */
  readonly key: string;
  /** Identifies the route. */
  readonly id: string;
}

const DEFAULTS = {
  receiver: '',
  groupBy: [] as readonly string[] | 'all',
  groupWaitMillis: 30_000,
  groupIntervalMillis: 5 * 60_000,
  repeatIntervalMillis: 4 * 3_600_000,
  labels: {} as LabelSet,
};

/** Creates the tree of a configuration. */
export function createRoute(config: RouteConfig): Route {
  return build(config, undefined, 0);
}

function build(config: RouteConfig, parent: Route | undefined, index: number): Route {
  const inherited = parent ?? DEFAULTS;
  const matchers = sortMatchers(config.matchers);
  const text = formatMatchers(matchers);
  const own = {
    receiver: config.receiver ?? inherited.receiver,
    groupBy: config.groupBy ?? inherited.groupBy,
    groupWaitMillis: config.groupWaitMillis ?? inherited.groupWaitMillis,
    groupIntervalMillis: config.groupIntervalMillis ?? inherited.groupIntervalMillis,
    repeatIntervalMillis: config.repeatIntervalMillis ?? inherited.repeatIntervalMillis,
    labels: { ...inherited.labels, ...config.labels },
    muteTimeIntervals: config.muteTimeIntervals,
    activeTimeIntervals: config.activeTimeIntervals,
    matchers,
    isContinued: config.isContinued,
    key: parent === undefined ? text : `${parent.key}/${text}`,
    id: parent === undefined ? text : `${parent.id}/${text}/${index}`,
  };
  const routes: Route[] = [];
  const route: Route = { ...own, routes };
  routes.push(...config.routes.map((child, at) => build(child, route, at)));
  return route;
}

/** Returns the routes that take an alert: the first matching child at each level, and further ones after `continue`. */
export function matchRoutes(route: Route, labels: LabelSet): readonly Route[] {
  if (!matchesAll(route.matchers, labels)) return [];
  const found: Route[] = [];
  for (const child of route.routes) {
    const matches = matchRoutes(child, labels);
    found.push(...matches);
    if (matches.length > 0 && !child.isContinued) break;
  }
  return found.length > 0 ? found : [route];
}

/** Returns the labels by which a route groups an alert. */
export function groupLabelsOf({ groupBy }: Route, labels: LabelSet): LabelSet {
  if (groupBy === 'all') return labels;
  // Alerts of different tenants are never told together.
  return Object.fromEntries(
    [...groupBy, TENANT_LABEL].flatMap((name) => (Object.hasOwn(labels, name) ? [[name, labels[name] ?? '']] : [])),
  );
}
