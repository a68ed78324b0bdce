import { metric, type ScrapedMetric } from '../scraping/reading.ts';

/** The metrics of the receiver, as the Collector has them. */
export const HTTP_CHECK_METRICS = {
  'httpcheck.duration': metric('gauge', 'int', 'ms', true, 'Measures the duration of the HTTP check.'),
  'httpcheck.error': metric('sum', 'int', '{error}', true, 'Records errors occurring during HTTP check.'),
  'httpcheck.status': metric(
    'sum',
    'int',
    '1',
    true,
    '1 if the check resulted in status_code matching the status_class, otherwise 0.',
  ),
  'httpcheck.tls.cert_remaining': metric(
    'gauge',
    'int',
    's',
    false,
    'Time in seconds until certificate expiry, as specified by NotAfter field in the x.509 certificate. Negative values represent time in seconds since expiration.',
  ),
} as const satisfies Readonly<Record<string, ScrapedMetric>>;
