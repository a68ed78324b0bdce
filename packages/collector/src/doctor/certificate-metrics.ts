import type { Clock } from '@otelier/transport';
import { certificateEntries, componentsOf, expiryOf, nameOf } from '../certificates/certificate-entries.ts';
import { gauge, type OwnMetric } from '../component/observe/own-metric.ts';
import type { ServiceConfig } from '../config/model.ts';

/** How long what was read of the files is used. */
const READ_INTERVAL_MILLIS = 60_000;
/** A bundle of authorities may have hundreds of certificates. */
const MAX_POINTS = 200;

/**
 * Returns a function that returns the metric `otelier_tls_certificate_expiry`: a point for each certificate and revocation list of
 * the configuration, those that expire first; no metric if there is none. Files are read at most once a minute.
 */
export function createCertificateMetrics(config: () => ServiceConfig, clock: Clock): () => readonly OwnMetric[] {
  let metrics: readonly OwnMetric[] = [];
  let read: { readonly config: ServiceConfig; readonly atMillis: number } | undefined;
  return () => {
    const now = clock.monotonic();
    if (read?.config !== config() || now - read.atMillis >= READ_INTERVAL_MILLIS) {
      read = { config: config(), atMillis: now };
      metrics = metricsOf(read.config);
    }
    return metrics;
  };
}

function metricsOf(config: ServiceConfig): readonly OwnMetric[] {
  const points = certificateEntries(componentsOf(config)).flatMap((entry) => {
    const expires = expiryOf(entry);
    if (expires === undefined) return [];
    const { component, file = '' } = entry;
    return [{ attributes: { component, file, certificate: nameOf(entry) }, value: expires.getTime() / 1000 }];
  });
  if (points.length === 0) return [];
  const description =
    'Time at which a certificate or a revocation list of the configuration expires, in seconds since the epoch.';
  const first = points.toSorted((a, b) => a.value - b.value).slice(0, MAX_POINTS);
  return [gauge('otelier_tls_certificate_expiry', 's', description, first)];
}
