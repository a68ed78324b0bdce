/** Versions of the client libraries. */
export const LIBRARIES: readonly string[] = ['dd-trace@6.21.0', '@datadog/datadog-api-client@1.64.0'];

/** Number of traces of each version of the protocol, with two spans each. */
export const TRACES = 100;
/** Number of points of each version of the API of metrics. */
export const POINTS = 50;
/** Number of logs. */
export const LOGS = 50;

/** A span that the tracer says it has sent. */
export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly service: string;
  readonly isError: boolean;
}

/** Sends traces with the tracer for Node.js, and prints the spans. Takes the port. */
export const TRACER = `
const tracer = require('dd-trace').init({
  url: 'http://127.0.0.1:' + process.argv[2], service: 'shop', env: 'test', version: '1.2.3',
  flushInterval: 200, startupLogs: false, plugins: false,
});
const sent = [];
function note(span, parentId, name, service, isError) {
  const context = span.context();
  sent.push({ traceId: context.toTraceId(true), spanId: context.toSpanId(true), parentId, name, service, isError });
}
for (let i = 0; i < ${TRACES}; i++) {
  const root = tracer.startSpan('http.request', { tags: {
    'span.kind': 'server', 'resource.name': 'GET /cart', 'span.type': 'web', 'http.method': 'GET', 'http.status_code': '200', n: i } });
  const child = tracer.startSpan('pg.query', { childOf: root, tags: { 'service.name': 'db', 'span.kind': 'client', 'db.type': 'postgres' } });
  if (i % 10 === 0) child.setTag('error', new TypeError('boom ' + i));
  child.addLink({ context: root.context(), attributes: { reason: 'retry' } });
  child.addEvent('cache.miss', { key: 'k' });
  note(root, '0000000000000000', 'http.request', 'shop', false);
  note(child, root.context().toSpanId(true), 'pg.query', 'db', i % 10 === 0);
  child.finish();
  root.finish();
}
process.stdout.write(JSON.stringify(sent));
// Statistics are sent every ten seconds.
setTimeout(() => process.exit(), 11_500);
`;

/** Sends metrics and logs with the API client for Node.js. Takes the port. */
export const API_CLIENT = `
const { client, v1, v2 } = require('@datadog/datadog-api-client');
const configuration = client.createConfiguration({ authMethods: { apiKeyAuth: 'key', appKeyAuth: 'key' } });
configuration.setServerVariables({});
const server = new client.BaseServerConfiguration('http://127.0.0.1:' + process.argv[2], {});
for (const api of ['v1.MetricsApi.submitMetrics', 'v2.MetricsApi.submitMetrics', 'v1.ServiceChecksApi.submitServiceCheck', 'v2.LogsApi.submitLog'])
  configuration.operationServers = { ...configuration.operationServers, [api]: [server] };
configuration.servers = [server];
const now = Math.floor(Date.now() / 1000);
(async () => {
  const times = Array.from({ length: ${POINTS} }, (_, i) => now - 10 * i);
  await new v1.MetricsApi(configuration).submitMetrics({ body: { series: [{
    metric: 'shop.v1', type: 'count', interval: 10, host: 'web-1', tags: ['env:test', 'team:cart', 'bare'], points: times.map((time, i) => [time, i]) }] } });
  await new v2.MetricsApi(configuration).submitMetrics({ contentEncoding: 'deflate', body: { series: [{
    metric: 'shop.v2', type: 3, unit: 'By', tags: ['version:1.2'], resources: [{ type: 'host', name: 'web-1' }], points: times.map((timestamp, value) => ({ timestamp, value })) }] } });
  await new v1.ServiceChecksApi(configuration).submitServiceCheck({ body: [{ check: 'shop.up', hostName: 'web-1', status: 0, tags: ['env:test'], timestamp: now }] });
  await new v2.LogsApi(configuration).submitLog({ contentEncoding: 'gzip', body: Array.from({ length: ${LOGS} }, (_, i) => ({
    message: 'line ' + i, ddsource: 'nginx', ddtags: 'env:test,team:cart', hostname: 'web-1', service: 'shop', additionalProperties: { status: 'warn' } })) });
})().catch((error) => { console.error(error); process.exit(1); });
`;
