import { endpointsOf, type Monitor, type MonitorEndpoint } from './monitor.ts';

/**
 * Returns why a monitor cannot be served to collectors; `undefined` if it can. It can name files of the collectors if
 * `allowFiles` is set.
 */
export function rejectionOf(monitor: Monitor, allowFiles: boolean): string | undefined {
  const { scrapeClass } = monitor.spec;
  if (scrapeClass !== undefined) return `scrapeClass: expected none, got ${scrapeClass}`;
  const list = monitor.kind === 'ServiceMonitor' ? 'endpoints' : 'podMetricsEndpoints';
  for (const [index, endpoint] of endpointsOf(monitor).entries()) {
    const secret = secretOf(endpoint);
    if (secret !== undefined)
      return `${list}[${index}].${secret}: expected no reference to a secret, because collectors read scrape configurations over HTTP`;
    const file = allowFiles ? undefined : fileOf(endpoint);
    if (file !== undefined)
      return `${list}[${index}].${file}: expected no file of the collectors without prometheus_cr.allow_files`;
  }
  return undefined;
}

/** Returns the field of an endpoint that refers to a secret. */
function secretOf(endpoint: MonitorEndpoint): string | undefined {
  const { authorization, bearerTokenSecret, tlsConfig = {} } = endpoint;
  const { ca, cert, keySecret } = tlsConfig;
  const references: Readonly<Record<string, unknown>> = {
    basicAuth: endpoint.basicAuth,
    oauth2: endpoint.oauth2,
    bearerTokenSecret: bearerTokenSecret?.name || undefined,
    'authorization.credentials': authorization?.credentials,
    proxyConnectHeader: endpoint.proxyConnectHeader,
    'tlsConfig.ca': ca?.secret ?? ca?.configMap,
    'tlsConfig.cert': cert?.secret ?? cert?.configMap,
    'tlsConfig.keySecret': keySecret,
  };
  return Object.keys(references).find((name) => references[name] !== undefined);
}

/** Returns the field of an endpoint that names a file. */
function fileOf({ bearerTokenFile, tlsConfig }: MonitorEndpoint): string | undefined {
  if (bearerTokenFile) return 'bearerTokenFile';
  const field = (['caFile', 'certFile', 'keyFile'] as const).find((name) => tlsConfig?.[name]);
  return field && `tlsConfig.${field}`;
}
