import { msg } from '../locale/t.ts';
import type { IconName } from '../parts/icon.tsx';

/** A view of the page. */
export interface ViewEntry {
  readonly id: IconName;
  readonly path:
    | '/'
    | '/traces'
    | '/logs'
    | '/metrics'
    | '/boards'
    | '/errors'
    | '/map'
    | '/pipeline'
    | '/query'
    | '/cost'
    | '/alerts'
    | '/health'
    | '/senders'
    | '/certificates'
    | '/admin';
  readonly title: string;
  /** The letter that follows G in the view's shortcut. */
  readonly letter: string;
}

/** The views, in the order in which the rail lists them. */
export const VIEWS: readonly ViewEntry[] = [
  { id: 'overview', path: '/', title: msg('Overview'), letter: 'O' },
  { id: 'traces', path: '/traces', title: msg('Traces'), letter: 'T' },
  { id: 'logs', path: '/logs', title: msg('Logs'), letter: 'L' },
  { id: 'metrics', path: '/metrics', title: msg('Metrics'), letter: 'M' },
  { id: 'boards', path: '/boards', title: msg('Boards'), letter: 'B' },
  { id: 'errors', path: '/errors', title: msg('Errors'), letter: 'E' },
  { id: 'map', path: '/map', title: msg('Map'), letter: 'A' },
  { id: 'pipeline', path: '/pipeline', title: msg('Pipeline'), letter: 'P' },
  { id: 'cost', path: '/cost', title: msg('Cost'), letter: 'C' },
  { id: 'query', path: '/query', title: msg('Query'), letter: 'Q' },
  { id: 'alerts', path: '/alerts', title: msg('Alerts'), letter: 'R' },
  { id: 'health', path: '/health', title: msg('Health'), letter: 'H' },
  { id: 'senders', path: '/senders', title: msg('Senders'), letter: 'N' },
  { id: 'certificates', path: '/certificates', title: msg('Certificates'), letter: 'K' },
  { id: 'admin', path: '/admin', title: msg('Admin'), letter: 'S' },
];

/** The page of a service, which the rail shows as a part of the overview. */
const SERVICE: ViewEntry = { id: 'overview', path: '/', title: msg('Service'), letter: 'O' };

/** Returns the view at a path. */
export function viewAt(pathname: string): ViewEntry | undefined {
  if (pathname.startsWith('/services/')) return SERVICE;
  return VIEWS.find((view) => view.path === (pathname === '/' ? '/' : pathname.replace(/\/$/, '')));
}
