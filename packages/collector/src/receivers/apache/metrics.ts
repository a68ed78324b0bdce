import { metric } from '../scraping/reading.ts';
import type { ServerMetrics } from '../scraping/server-scraper.ts';

/** The metrics of the receiver, with the names and units of the Collector. */
export const APACHE_METRICS = {
  metrics: {
    'apache.uptime': metric('counter', 'int', 's', true, 'Time since the start of the server.'),
    'apache.current_connections': metric('sum', 'int', '{connections}', true, 'Open connections.'),
    'apache.workers': metric('sum', 'int', '{workers}', true, 'Workers, by whether they are busy.'),
    'apache.requests': metric('counter', 'int', '{requests}', true, 'Requests since the start of the server.'),
    'apache.traffic': metric('counter', 'int', 'By', true, 'Bytes that were sent.'),
    'apache.cpu.time': metric('counter', 'double', '{jiff}', true, 'CPU time of processes, by level and mode.'),
    'apache.cpu.load': metric('gauge', 'double', '%', true, 'Share of the CPU that is used.'),
    'apache.load.1': metric('gauge', 'double', '%', true, 'Load average of one minute.'),
    'apache.load.5': metric('gauge', 'double', '%', true, 'Load average of five minutes.'),
    'apache.load.15': metric('gauge', 'double', '%', true, 'Load average of fifteen minutes.'),
    'apache.request.time': metric('counter', 'int', 'ms', true, 'Time that requests took.'),
    'apache.scoreboard': metric('sum', 'int', '{workers}', true, 'Workers by state.'),
  },
  resourceAttributes: { 'apache.server.name': true, 'apache.server.port': true },
} as const satisfies ServerMetrics;
