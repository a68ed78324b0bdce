import { metric, type ScrapedMetric } from '../scraping/reading.ts';

/** The metrics of the receiver, as the Collector has them. */
export const TCP_CHECK_METRICS = {
  'tcpcheck.duration': metric('gauge', 'int', 'ms', true, 'Measures the duration of TCP connection.'),
  'tcpcheck.error': metric('counter', 'int', '{errors}', true, 'Records errors occurring during TCP check.'),
  'tcpcheck.status': metric('gauge', 'int', '1', true, '1 if the TCP client successfully connected, otherwise 0.'),
} as const satisfies Readonly<Record<string, ScrapedMetric>>;
