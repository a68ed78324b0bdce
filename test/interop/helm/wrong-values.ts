/** Values that the chart refuses, with a part of the message. */
export const WRONG_VALUES: readonly {
  readonly what: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly message: string;
}[] = [
  { what: 'an unknown mode', values: { mode: 'sidecar' }, message: '/mode' },
  { what: 'an unknown value', values: { modus: 'agent' }, message: 'modus' },
  { what: 'an unknown value of a preset', values: { 'presets.hostMetrics.enable': true }, message: 'enable' },
  { what: 'a text for a number', values: { replicas: 'two' }, message: '/replicas' },
  { what: 'a negative number', values: { replicas: -1 }, message: '/replicas' },
  { what: 'an endpoint without scheme', values: { 'export.endpoint': 'otelier:4317' }, message: '/export/endpoint' },
  { what: 'a protocol', values: { 'export.protocol': 'udp' }, message: '/export/protocol' },
  {
    what: 'an interval without unit',
    values: { 'serviceMonitor.interval': '30' },
    message: '/serviceMonitor/interval',
  },
  { what: 'a retention', values: { 'store.retention': 'a week' }, message: '/store/retention' },
  { what: 'a digest', values: { 'image.digest': 'latest' }, message: '/image/digest' },
  { what: 'a header with its value', values: { 'export.headers': { a: 'secret' } }, message: '/export/headers/a' },
  { what: 'a header without key', values: { 'export.headers': { a: { secret: 's' } } }, message: 'key' },
  {
    what: 'a port',
    values: { 'service.extraPorts': { zipkin: { port: 0 } } },
    message: '/service/extraPorts/zipkin/port',
  },
  { what: 'the name of a port', values: { 'service.extraPorts': { Zipkin_: { port: 1 } } }, message: 'Zipkin_' },
  {
    what: 'an agent without destination',
    values: { mode: 'agent' },
    message: 'export.endpoint: expected where the agent sends to',
  },
  {
    what: 'a gateway without destination',
    values: { mode: 'gateway' },
    message: 'export.endpoint: expected where the gateway sends to',
  },
  {
    what: 'logs of nodes outside of an agent',
    values: { 'presets.logsCollection.enabled': true },
    message: 'presets.logsCollection: expected mode agent',
  },
  {
    what: 'events of the cluster from several pods',
    values: { mode: 'gateway', 'export.endpoint': 'http://a', 'presets.kubernetesEvents.enabled': true },
    message: 'presets.kubernetesEvents: expected a single pod',
  },
  {
    what: 'events of the cluster from each node',
    values: { mode: 'agent', 'export.endpoint': 'http://a', 'presets.kubernetesEvents.enabled': true },
    message: 'presets.kubernetesEvents: expected a single pod',
  },
  {
    what: 'metrics of the cluster from several pods',
    values: { mode: 'gateway', 'export.endpoint': 'http://a', 'presets.clusterMetrics.enabled': true },
    message: 'presets.clusterMetrics: expected a single pod',
  },
  {
    what: 'kubelets outside of an agent',
    values: { 'presets.kubeletMetrics.enabled': true },
    message: 'presets.kubeletMetrics: expected mode agent',
  },
  {
    what: 'scaling of a store',
    values: { 'autoscaling.enabled': true },
    message: 'autoscaling.enabled: expected mode gateway',
  },
  {
    what: 'scaling by nothing',
    values: { mode: 'gateway', 'export.endpoint': 'http://a', 'autoscaling.enabled': true, 'autoscaling.targetCPU': 0 },
    message: 'autoscaling: expected targetCPU or targetQueueFill',
  },
  {
    what: 'a page without token for all',
    values: { 'workbench.ingress.enabled': true },
    message: 'a token in workbench.token.secret',
  },
  {
    what: 'an ingress without host',
    values: { 'workbench.ingress.enabled': true, 'workbench.token.secret': 's' },
    message: 'workbench.ingress.host: expected a host name',
  },
];
