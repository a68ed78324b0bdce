import { NOW } from './demo.ts';
import { type GrafanaRequest, nanoRange, RANGE_SECONDS } from './panels.ts';

const END = NOW / 1000;
const SECONDS = `start=${END - RANGE_SECONDS}&end=${END}`;
const RANGE = { start: String(END - RANGE_SECONDS), end: String(END) };
const LOKI = '/loki/loki/api/v1';
const SHOP = encodeURIComponent('{service_name="checkout"}');

/**
 * Requests of the stock data sources besides those of panels, by data source and purpose. They are reconstructed from
 * Grafana's source (pkg/promlib, pkg/tsdb/{loki,tempo,jaeger} and the plugins' code for browsers), because Grafana does not
 * run here. `TRACE` stands for the id of a trace.
 */
export const REQUESTS: readonly GrafanaRequest[] = [
  {
    name: 'Prometheus, test of the connection',
    path: '/prometheus/api/v1/query',
    form: { query: '1+1', time: String(END) },
  },
  { name: 'Prometheus, version', path: '/prometheus/api/v1/status/buildinfo' },
  { name: 'Prometheus, metadata', path: '/prometheus/api/v1/metadata?limit=1000' },
  { name: 'Prometheus, names of labels', path: '/prometheus/api/v1/labels', form: { ...RANGE, limit: '40000' } },
  {
    name: 'Prometheus, names of the labels of a metric',
    path: '/prometheus/api/v1/labels',
    form: { ...RANGE, 'match[]': 'process_memory_usage_bytes' },
  },
  { name: 'Prometheus, names of metrics', path: `/prometheus/api/v1/label/__name__/values?${SECONDS}&limit=40000` },
  {
    name: 'Prometheus, values of a label with selectors',
    path: `/prometheus/api/v1/label/job/values?${SECONDS}&match[]=${encodeURIComponent('{__name__=~"process_.+"}')}`,
  },
  {
    name: 'Prometheus, series',
    path: '/prometheus/api/v1/series',
    form: { ...RANGE, 'match[]': 'http_server_request_duration_seconds_count' },
  },
  {
    name: 'Prometheus, label with a quoted name',
    path: `/prometheus/api/v1/label/U__http_2e_route/values?${SECONDS}&match[]=${encodeURIComponent('{"http.server.request.duration_count"}')}`,
  },
  {
    name: 'Loki, test of the connection',
    path: `${LOKI}/query?direction=backward&query=${encodeURIComponent('vector(1)+vector(1)')}&time=${NOW}000000`,
  },
  { name: 'Loki, names of labels', path: `${LOKI}/labels?${nanoRange()}` },
  {
    name: 'Loki, values of a label with a selector',
    path: `${LOKI}/label/service_name/values?${nanoRange()}&query=${encodeURIComponent('{service_namespace="shop"}')}`,
  },
  { name: 'Loki, series', path: `${LOKI}/series?${nanoRange()}&match[]=${SHOP}` },
  { name: 'Loki, statistics', path: `${LOKI}/index/stats?${nanoRange()}&query=${SHOP}` },
  { name: 'Loki, volume', path: `${LOKI}/index/volume?${nanoRange()}&query=${SHOP}&limit=100` },
  {
    name: 'Loki, volume by time',
    path: `${LOKI}/index/volume_range?${nanoRange()}&query=${SHOP}&step=60&targetLabels=service_name`,
  },
  { name: 'Loki, fields', path: `${LOKI}/detected_fields?${nanoRange()}&query=${SHOP}` },
  { name: 'Loki, labels', path: `${LOKI}/detected_labels?${nanoRange()}&query=${SHOP}` },
  {
    name: 'Loki, histogram of a search',
    path: `${LOKI}/query_range?${nanoRange()}&direction=backward&step=15000ms&query=${encodeURIComponent('sum by (level, detected_level) (count_over_time({service_name="checkout"} | drop __error__[15s]))')}`,
    headers: { 'x-query-tags': 'Source=logvolhist' },
  },
  {
    name: 'Loki, lines around a line',
    path: `${LOKI}/query_range?${nanoRange()}&direction=forward&limit=50&step=15000ms&query=${SHOP}`,
  },
  {
    name: 'Loki, logs of a trace, by the correlation of the provisioning',
    path: `${LOKI}/query_range?${nanoRange()}&direction=backward&limit=1000&step=15000ms&query=${encodeURIComponent('{service_name=~".+"} | trace_id="TRACE"')}`,
  },
  {
    name: "Loki, logs of a trace, by Grafana's own query",
    path: `${LOKI}/query_range?${nanoRange()}&direction=backward&limit=1000&step=15000ms&query=${encodeURIComponent('{service_name=~".+"} | label_format log_line_contains_trace_id=`{{ contains "TRACE" __line__  }}` | log_line_contains_trace_id="true" OR trace_id="TRACE"')}`,
  },
  { name: 'Tempo, test of the connection', path: '/tempo/api/echo' },
  { name: 'Tempo, version', path: '/tempo/api/status/buildinfo' },
  { name: 'Tempo, names of attributes', path: `/tempo/api/v2/search/tags?${SECONDS}` },
  {
    name: 'Tempo, names of attributes of a scope',
    path: `/tempo/api/v2/search/tags?limit=5000&scope=resource&${SECONDS}`,
  },
  {
    name: 'Tempo, values of an attribute',
    path: `/tempo/api/v2/search/tag/resource.service.name/values?q=${encodeURIComponent('{}')}&${SECONDS}`,
  },
  {
    name: 'Tempo, values of an intrinsic',
    path: `/tempo/api/v2/search/tag/name/values?q=${encodeURIComponent('{resource.service.name="checkout"}')}&${SECONDS}`,
  },
  {
    name: 'Tempo, a trace as protobuf',
    path: `/tempo/api/v2/traces/TRACE?${SECONDS}`,
    headers: { accept: 'application/protobuf' },
  },
  {
    name: 'Tempo, a trace of version 1 as protobuf',
    path: `/tempo/api/traces/TRACE?${SECONDS}`,
    headers: { accept: 'application/protobuf' },
  },
  {
    name: 'Tempo, metrics at one time',
    path: `/tempo/api/metrics/query?${SECONDS}&q=${encodeURIComponent('{} | count_over_time() by (resource.service.name)')}`,
    headers: { accept: 'application/json' },
  },
  { name: 'Jaeger, services', path: '/jaeger/api/services' },
  { name: 'Jaeger, operations', path: '/jaeger/api/services/checkout/operations' },
  {
    name: 'Jaeger, search',
    path: `/jaeger/api/traces?service=checkout&start=${NOW - RANGE_SECONDS * 1000}000&end=${NOW}000&lookback=custom&limit=20`,
  },
  {
    name: 'Jaeger, search at the root of the address',
    path: '/api/traces?limit=20&service=checkout&tags=%7B%22error%22%3A%22true%22%7D',
  },
  { name: 'Jaeger, a trace', path: '/jaeger/api/traces/TRACE' },
  { name: 'Jaeger, dependencies', path: `/jaeger/api/dependencies?endTs=${NOW}&lookback=${RANGE_SECONDS * 1000}` },
];
