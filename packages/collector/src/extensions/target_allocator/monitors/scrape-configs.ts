import { defined } from '../../../component/defined.ts';
import { endpointsOf, type LabelSelector, type Monitor, type MonitorEndpoint, type MonitorSpec } from './monitor.ts';
import { relabelingOf, rulesOf } from './relabeling.ts';

/** A scrape configuration under the names of Prometheus. */
export type WrittenJob = Readonly<Record<string, unknown>>;

/** Settings of the allocator for all monitors. */
export interface MonitorSettings {
  /** Interval of endpoints that do not have one: `30s`. */
  readonly scrapeInterval: string;
  /** Kubeconfig file of discovery. Default: the service account of the pod. */
  readonly kubeconfigFile?: string | undefined;
}

/** Returns the scrape configurations of a monitor, one for each endpoint, as the Prometheus operator writes them. */
export function scrapeConfigsOf(monitor: Monitor, settings: MonitorSettings): readonly WrittenJob[] {
  const { kind, metadata, spec } = monitor;
  const prefix = kind === 'ServiceMonitor' ? 'serviceMonitor' : 'podMonitor';
  return endpointsOf(monitor).map((endpoint, index) =>
    defined({
      job_name: `${prefix}/${metadata.namespace}/${metadata.name}/${index}`,
      kubernetes_sd_configs: [discoveryOf(monitor, settings)],
      scrape_interval: endpoint.interval || settings.scrapeInterval,
      ...requestFields(endpoint),
      relabel_configs: relabelingOf(monitor, endpoint),
      ...limitFields(spec),
      metric_relabel_configs: endpoint.metricRelabelings?.length ? rulesOf(endpoint.metricRelabelings) : undefined,
    }),
  );
}

function discoveryOf({ kind, metadata, spec }: Monitor, { kubeconfigFile }: MonitorSettings): WrittenJob {
  const { namespaceSelector = {}, attachMetadata, selector = {}, selectorMechanism } = spec;
  const { matchNames = [] } = namespaceSelector;
  const names = matchNames.length > 0 ? matchNames : [metadata.namespace];
  const role = kind === 'ServiceMonitor' ? 'endpointslice' : 'pod';
  const selected = kind === 'ServiceMonitor' ? [role, 'service'] : [role];
  const label = selectorText(selector);
  return defined({
    role,
    kubeconfig_file: kubeconfigFile,
    namespaces: namespaceSelector.any ? undefined : { names },
    attach_metadata: attachMetadata && { node: attachMetadata.node ?? false },
    selectors: selectorMechanism === 'RoleSelector' ? selected.map((one) => ({ role: one, label })) : undefined,
  });
}

function requestFields(endpoint: MonitorEndpoint): WrittenJob {
  const { authorization, tlsConfig: tls } = endpoint;
  return {
    honor_labels: endpoint.honorLabels ?? false,
    honor_timestamps: endpoint.honorTimestamps,
    track_timestamps_staleness: endpoint.trackTimestampsStaleness,
    scrape_timeout: endpoint.scrapeTimeout || undefined,
    metrics_path: endpoint.path || undefined,
    params: endpoint.params,
    scheme: endpoint.scheme?.toLowerCase() || undefined,
    follow_redirects: endpoint.followRedirects,
    enable_http2: endpoint.enableHttp2,
    proxy_url: endpoint.proxyUrl,
    no_proxy: endpoint.noProxy,
    proxy_from_environment: endpoint.proxyFromEnvironment,
    bearer_token_file: endpoint.bearerTokenFile || undefined,
    authorization: authorization && { type: authorization.type?.trim() || 'Bearer' },
    tls_config:
      tls &&
      defined({
        insecure_skip_verify: tls.insecureSkipVerify,
        server_name: tls.serverName || undefined,
        min_version: tls.minVersion,
        max_version: tls.maxVersion,
        ca_file: tls.caFile || undefined,
        cert_file: tls.certFile || undefined,
        key_file: tls.keyFile || undefined,
      }),
  };
}

function limitFields(spec: MonitorSpec): WrittenJob {
  const { nativeHistogramMinBucketFactor: factor, scrapeProtocols = [] } = spec;
  return {
    sample_limit: spec.sampleLimit,
    target_limit: spec.targetLimit,
    label_limit: spec.labelLimit,
    label_name_length_limit: spec.labelNameLengthLimit,
    label_value_length_limit: spec.labelValueLengthLimit,
    keep_dropped_targets: spec.keepDroppedTargets,
    native_histogram_bucket_limit: spec.nativeHistogramBucketLimit,
    native_histogram_min_bucket_factor: factor === undefined ? undefined : factorOf(factor),
    always_scrape_classic_histograms: spec.scrapeClassicHistograms,
    convert_classic_histograms_to_nhcb: spec.convertClassicHistogramsToNHCB,
    scrape_protocols: scrapeProtocols.length > 0 ? scrapeProtocols : undefined,
    fallback_scrape_protocol: spec.fallbackScrapeProtocol,
    body_size_limit: spec.bodySizeLimit || undefined,
  };
}

/** Returns a factor, which Kubernetes writes as a quantity: `1.1` or `1100m`. */
function factorOf(quantity: string | number): number {
  const [, digits = '', suffix] = /^([\d.]+)(m?)$/.exec(String(quantity)) ?? [];
  return Number(digits) / (suffix === 'm' ? 1000 : 1);
}

/** Returns a selector as the Kubernetes API reads it, ordered by key. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const terms = Object.entries(matchLabels).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  for (const { key, operator, values = [] } of matchExpressions) {
    const list = `(${[...values].sort().join(',')})`;
    const texts = { In: `${key} in ${list}`, NotIn: `${key} notin ${list}`, Exists: key, DoesNotExist: `!${key}` };
    terms.push({ key, text: texts[operator] });
  }
  terms.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return terms.map(({ text }) => text).join(',');
}
