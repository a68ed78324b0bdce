import { metric } from '../scraping/reading.ts';
import type { ServerMetrics } from '../scraping/server-scraper.ts';

/** The metrics of the receiver, with the names and units of the Collector. */
export const NGINX_METRICS = {
  metrics: {
    'nginx.requests': metric('counter', 'int', 'requests', true, 'Requests since the start of the server.'),
    'nginx.connections_accepted': metric('counter', 'int', 'connections', true, 'Connections that were accepted.'),
    'nginx.connections_handled': metric(
      'counter',
      'int',
      'connections',
      true,
      'Connections that were handled: all accepted ones, unless a limit such as worker_connections was reached.',
    ),
    'nginx.connections_current': metric('sum', 'int', 'connections', true, 'Open connections by state.'),
  },
  resourceAttributes: {},
} as const satisfies ServerMetrics;
