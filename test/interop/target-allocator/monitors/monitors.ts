import type {
  Monitor,
  MonitorEndpoint,
  MonitorSpec,
} from '../../../../packages/collector/src/extensions/target_allocator/monitors/monitor.ts';

const SELECTOR = { matchLabels: { app: 'web' } };

/** Monitors with each field that the Prometheus operator turns into scrape configurations. */
export const MONITORS: readonly Monitor[] = [
  service('plain', {}, { port: 'http' }),
  service('endpoints', {}, { port: 'http' }, { port: 'admin', path: '/admin/metrics' }, { targetPort: 9090 }),
  service('labels', {
    selector: { matchLabels: { 'app.kubernetes.io/name': 'web', tier: 'front', a: '' } },
    targetLabels: ['team', 'app.kubernetes.io/part-of'],
    podTargetLabels: ['version', 'pod-template-hash'],
    jobLabel: 'app.kubernetes.io/name',
  }),
  service('expressions', {
    selector: {
      matchExpressions: [
        { key: 'app', operator: 'In', values: ['web', 'shop.example'] },
        { key: 'env/name', operator: 'NotIn', values: ['test', 'dev'] },
        { key: 'scrape', operator: 'Exists' },
        { key: 'legacy', operator: 'DoesNotExist' },
      ],
    },
  }),
  service('all-services', { selector: {} }),
  service('role-selector', {
    selectorMechanism: 'RoleSelector',
    selector: {
      matchLabels: { tier: 'front', app: 'web' },
      matchExpressions: [
        { key: 'env', operator: 'NotIn', values: ['test', 'dev'] },
        { key: 'legacy', operator: 'DoesNotExist' },
        { key: 'scrape', operator: 'Exists' },
        { key: 'zone', operator: 'In', values: ['b', 'a'] },
      ],
    },
  }),
  service('any-namespace', { namespaceSelector: { any: true } }),
  service('namespaces', { namespaceSelector: { matchNames: ['one', 'two'] } }),
  service('target-port-name', {}, { targetPort: 'metrics' }),
  service('target-port-text', {}, { targetPort: '8080' }),
  service('no-port', {}, {}),
  service(
    'request',
    {},
    {
      port: 'http',
      interval: '1m30s',
      scrapeTimeout: '5s',
      path: '/federate',
      scheme: 'https',
      params: { 'match[]': ['{job="a"}', 'up'], module: ['one'] },
      followRedirects: false,
      enableHttp2: false,
    },
  ),
  service(
    'samples',
    {},
    {
      port: 'http',
      honorLabels: true,
      honorTimestamps: false,
      trackTimestampsStaleness: true,
    },
  ),
  service('all-pods', {}, { port: 'http', filterRunning: false }),
  service(
    'proxy',
    {},
    {
      port: 'http',
      proxyUrl: 'http://proxy:3128',
      noProxy: 'localhost,10.0.0.0/8',
    },
  ),
  service(
    'tls',
    {},
    {
      port: 'https',
      scheme: 'https',
      tlsConfig: {
        caFile: '/etc/ca.pem',
        certFile: '/etc/client.pem',
        keyFile: '/etc/client.key',
        serverName: 'web.shop.svc',
        insecureSkipVerify: false,
        minVersion: 'TLS12',
        maxVersion: 'TLS13',
      },
      bearerTokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    },
  ),
  service(
    'rules',
    {},
    {
      port: 'http',
      relabelings: [
        { sourceLabels: ['__meta_kubernetes_pod_node_name'], targetLabel: 'node', action: 'Replace' },
        { sourceLabels: ['a', 'b'], separator: '', regex: '(.*)x', replacement: '$1-$2', targetLabel: 'c' },
        { sourceLabels: ['__address__'], targetLabel: 'shard', modulus: 4, action: 'HashMod' },
        { regex: '__meta_kubernetes_pod_label_(.+)', action: 'labelmap' },
        { sourceLabels: ['a'], targetLabel: 'b', replacement: '' },
        { sourceLabels: ['tier'], targetLabel: 'tier', action: 'Lowercase' },
      ],
      metricRelabelings: [
        { sourceLabels: ['__name__'], regex: 'go_.*', action: 'drop' },
        { regex: 'id|uid', action: 'LabelDrop' },
        { sourceLabels: ['a'], targetLabel: 'b', action: 'KeepEqual' },
      ],
    },
  ),
  service('limits', {
    sampleLimit: 10_000,
    targetLimit: 100,
    labelLimit: 30,
    labelNameLengthLimit: 100,
    labelValueLengthLimit: 200,
    keepDroppedTargets: 10,
    bodySizeLimit: '10MB',
  }),
  service('histograms', {
    scrapeProtocols: ['PrometheusProto', 'OpenMetricsText1.0.0', 'PrometheusText1.0.0'],
    fallbackScrapeProtocol: 'PrometheusText0.0.4',
    nativeHistogramBucketLimit: 160,
    nativeHistogramMinBucketFactor: '1100m',
    scrapeClassicHistograms: true,
    convertClassicHistogramsToNHCB: false,
  }),
  service('node', { attachMetadata: { node: true } }),
  service('without-node', { attachMetadata: {} }),
  pod('plain', {}, { port: 'http' }),
  pod('endpoints', {}, { port: 'http' }, { portNumber: 9090 }, { targetPort: 'metrics' }, { targetPort: 8080 }, {}),
  pod('labels', {
    selector: { matchLabels: { 'app.kubernetes.io/name': 'web', tier: 'front' } },
    podTargetLabels: ['version', 'pod-template-hash'],
    jobLabel: 'app.kubernetes.io/name',
  }),
  pod('expressions', {
    selector: {
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'env/name', operator: 'NotIn', values: ['test'] },
        { key: 'zone', operator: 'In', values: ['a', 'b'] },
        { key: 'scrape', operator: 'Exists' },
        { key: 'legacy', operator: 'DoesNotExist' },
      ],
    },
    namespaceSelector: { matchNames: ['one'] },
  }),
  pod('role-selector', { selectorMechanism: 'RoleSelector', attachMetadata: { node: true } }),
  pod('all', { selector: {}, namespaceSelector: { any: true } }, { port: 'http', filterRunning: false }),
  pod(
    'everything',
    {
      sampleLimit: 500,
      bodySizeLimit: '1MiB',
      scrapeProtocols: ['PrometheusText0.0.4'],
      nativeHistogramMinBucketFactor: '1.5',
    },
    {
      port: 'http',
      interval: '10s',
      scrapeTimeout: '10s',
      path: '/metrics/cadvisor',
      params: { a: ['b'] },
      honorLabels: true,
      honorTimestamps: true,
      followRedirects: true,
      enableHttp2: true,
      tlsConfig: { insecureSkipVerify: true },
      relabelings: [{ targetLabel: 'cluster', replacement: 'eu-1' }],
      metricRelabelings: [{ sourceLabels: ['__name__'], regex: 'up', action: 'keep' }],
    },
  ),
];

function service(name: string, spec: MonitorSpec, ...endpoints: readonly MonitorEndpoint[]): Monitor {
  const listed = endpoints.length > 0 ? endpoints : [{ port: 'http' }];
  return monitor('ServiceMonitor', name, { selector: SELECTOR, ...spec, endpoints: listed });
}

function pod(name: string, spec: MonitorSpec, ...endpoints: readonly MonitorEndpoint[]): Monitor {
  const listed = endpoints.length > 0 ? endpoints : [{ port: 'http' }];
  return monitor('PodMonitor', name, { selector: SELECTOR, ...spec, podMetricsEndpoints: listed });
}

function monitor(kind: Monitor['kind'], name: string, spec: MonitorSpec): Monitor {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind,
    metadata: { name, namespace: 'shop', uid: `${kind}-${name}` },
    spec,
  };
}
