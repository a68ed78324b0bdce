/**
 * Measures LogQL and TraceQL through the APIs of Loki and Tempo over a store of generated log records and spans:
 * `node bench/store/query-apis.ts DIR [--records 1000000] [--times 5]`. Fills an empty directory with as many records as
 * spans, spread over an hour.
 */
import { parseArgs } from 'node:util';
import { localContext, requestFromJson, type Signal } from '@otelier/otlp';
import { openStore, type Store } from '@otelier/store';
import { createRandom, startTestApi } from '@otelier/testkit';
import { SPANS_PER_REQUEST, SpanGenerator } from './telemetry.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    records: { type: 'string', default: '1000000' },
    times: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
  },
});
const [directory] = positionals;
if (directory === undefined) throw new Error('expected the directory of a store');
const START = 1_790_000_000n;
const HOUR = 3600n;
const NANOS = 1_000_000_000n;
const RECORDS = Number(values.records);

const store = await openStore({ directory, maxBytes: 60e9, retentionMillis: 1e13 });
if ((await store.stats()).signals['logs'] === undefined) await fill(store);
const server = await startTestApi({ memory: store });

const range = { start: `${START}`, end: `${START + HOUR}`, step: '60' };
const logs: readonly (readonly [string, string])[] = [
  ['all lines', 'sum(count_over_time({service_name=~".+"}[1m]))'],
  ['by service', 'sum by (service_name) (rate({service_name=~".+"}[5m]))'],
  ['by level', 'sum by (level, detected_level) (count_over_time({service_name="svc-1"}[1m]))'],
  ['line filter', 'sum(count_over_time({service_name="svc-1"} |= "timeout" [1m]))'],
  ['pushed label', 'sum by (job) (count_over_time({job="job-3"}[1m]))'],
  ['parser', 'sum by (path) (count_over_time({service_name="svc-1"} | logfmt | status="500" [1m]))'],
  ['unwrap', 'quantile_over_time(0.95, {service_name="svc-1"} | logfmt | unwrap took [1m]) by (service_name)'],
  ['lines with a pushed label', '{job="job-3"} |= "timeout"'],
  ['lines with metadata', '{user="user-77"}'],
];
const traces: readonly (readonly [string, string])[] = [
  ['rate', '{} | rate()'],
  ['rate by service', '{} | rate() by (resource.service.name)'],
  ['server errors', '{ kind = server && status = error } | count_over_time() by (name)'],
  ['by an attribute', '{ span.http.route = "/cart" } | rate()'],
  ['OR', '{ span.app.attr.8 = "value-7" || span.app.attr.9 = "value-9" } | rate()'],
  ['quantile', '{ resource.service.name = "svc-1" } | quantile_over_time(duration, .9)'],
];
for (const [name, query] of logs) await measure(`LogQL ${name}`, '/loki/api/v1/query_range', { query, ...range });
for (const [name, q] of traces) await measure(`TraceQL ${name}`, '/tempo/api/metrics/query_range', { q, ...range });
await measure('Loki index/stats', '/loki/api/v1/index/stats', { query: '{service_name="svc-1"}', ...range });
await measure('Loki series', '/loki/api/v1/series', { 'match[]': '{job="job-3"}', ...range });
await measure('Jaeger operations', '/jaeger/api/operations', { service: 'svc-1' });
const end = { endTs: `${(START + HOUR) * 1000n}`, lookback: '3600000' };
await measure('Jaeger dependencies', '/jaeger/api/dependencies', end);
await measure('Jaeger calls', '/jaeger/api/metrics/calls', { service: 'svc-1', step: '60000', ...end });
await server.shutdown(0);
await store.close();

async function measure(name: string, path: string, parameters: Readonly<Record<string, string>>): Promise<void> {
  if (!name.includes(values.only)) return;
  const millis: number[] = [];
  const before = process.cpuUsage();
  let note = '';
  for (let i = 0; i < Number(values.times); i++) {
    const started = performance.now();
    const response = await fetch(`${server.url}${path}?${new URLSearchParams(parameters)}`);
    const text = await response.text();
    millis.push(performance.now() - started);
    note = response.ok ? `${text.length} bytes` : `${response.status} ${text.slice(0, 100)}`;
  }
  const { user, system } = process.cpuUsage(before);
  millis.sort((a, b) => a - b);
  const cpu = (user + system) / 1000 / millis.length;
  const median = millis[Math.floor(millis.length / 2)] ?? 0;
  console.log(
    `${name.padEnd(36)} p50 ${median.toFixed(0).padStart(7)} ms, CPU ${cpu.toFixed(0).padStart(7)} ms  ${note}`,
  );
}

async function fill(into: Store): Promise<void> {
  const random = createRandom(7);
  const requests = Math.ceil(RECORDS / SPANS_PER_REQUEST);
  const spacing = (HOUR * NANOS) / BigInt(requests);
  const spans = new SpanGenerator();
  for (let i = 0; i < requests; i++) {
    const time = START * NANOS + spacing * BigInt(i);
    await append(into, 'traces', spans.next(time, spacing).bytes);
    await append(into, 'logs', logRequest(random, i, time, spacing));
    if (i % 100 === 99) await into.stats();
  }
  await into.flush();
}

async function append(into: Store, signal: Signal, bytes: Uint8Array): Promise<void> {
  const batch = {
    ...({ signal, parts: [bytes], itemCount: SPANS_PER_REQUEST, sizeBytes: bytes.length } as const),
    context: localContext(0),
  };
  for (let outcome = await into.append(batch); outcome.kind !== 'accepted'; outcome = await into.append(batch)) {
    if (outcome.kind !== 'retry') throw new Error(JSON.stringify(outcome));
    await into.flush();
  }
}

/** A request of one service and pushed label `job`, whose records have lines in logfmt and two attributes. */
function logRequest(random: (below: number) => number, index: number, time: bigint, length: bigint): Uint8Array {
  const attribute = (key: string, value: string): object => ({ key, value: { stringValue: value } });
  const logRecords = Array.from({ length: SPANS_PER_REQUEST }, (_, at) => {
    const status = random(20) === 0 ? 500 : 200;
    const what = random(50) === 0 ? 'timeout while reading the response' : 'request completed';
    const severity = status === 500 ? { severityNumber: 17, severityText: 'ERROR' } : { severityNumber: 9 };
    return {
      timeUnixNano: `${time + (length * BigInt(at)) / BigInt(SPANS_PER_REQUEST)}`,
      ...severity,
      body: { stringValue: `msg="${what}" path=/api/v1/item/${random(30)} status=${status} took=${random(900)}` },
      attributes: [attribute('user', `user-${random(1000)}`), attribute('region', `r-${random(4)}`)],
    };
  });
  const resource = {
    attributes: [
      attribute('service.name', `svc-${index % 20}`),
      attribute('job', `job-${index % 20}`),
      attribute('k8s.pod.name', `pod-${index % 100}`),
      attribute('loki.resource.labels', 'job'),
    ],
  };
  const request = requestFromJson(
    'logs',
    JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }),
  );
  if (!request.ok) throw new Error(request.reason);
  return request.bytes;
}
