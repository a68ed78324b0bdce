import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ACCEPTED, type Outcome, requestToJson } from '@otelier/otlp';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { systemClock } from '@otelier/transport/clock';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import { createHttpClient } from '@otelier/transport/http-client';
import { load, startGateway } from '../../service/reload/gateway.testing.ts';
import { createService } from '../../service/service.ts';
import { startWorkers, until } from '../../workers/service.testing.ts';
import { SpanExporter } from './span-exporter.ts';

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, string | number>>;
}

interface SpanJson {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly events?: readonly { readonly name: string; readonly attributes: readonly Attribute[] }[];
  readonly links?: readonly { readonly spanId: string }[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

/** Returns the spans of the process that a sink has received. */
function ownSpans({ requests }: Pick<RecordingHandler, 'requests'>): SpanJson[] {
  return requests.flatMap(({ body, headers }) => {
    if (headers['otelier-own-traces'] === undefined) return [];
    const { resourceSpans } = JSON.parse(requestToJson('traces', body));
    return resourceSpans[0].scopeSpans[0].spans as SpanJson[];
  });
}

function valuesOf({ attributes }: Pick<SpanJson, 'attributes'>): Readonly<Record<string, string | number | undefined>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

async function startSink(t: TestContext, respond?: () => Outcome) {
  const handler = createRecordingHandler();
  if (respond !== undefined) handler.response = respond;
  const server = await createGrpcServer({ endpoint: '127.0.0.1:0' }, handler);
  t.after(() => server.shutdown(0));
  return { handler, address: server.address };
}

const REQUEST = encodeRequest('traces', {
  resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'a' }, { name: 'b' }] }] }],
});

interface Options {
  readonly own: string;
  readonly destination?: string;
  readonly traces?: object;
  readonly exporter?: object;
  readonly processors?: object;
}

const config = ({ own, destination = own, traces, exporter, processors = {} }: Options) =>
  JSON.stringify({
    receivers: {
      otlp: { protocols: { http: { endpoint: '127.0.0.1:0' }, grpc: { endpoint: '127.0.0.1:0' } } },
    },
    processors,
    exporters: {
      'otlp_grpc/out': {
        endpoint: destination,
        tls: { insecure: true },
        sending_queue: { enabled: false },
        ...exporter,
      },
    },
    service: {
      telemetry: {
        traces: {
          processors: [{ batch: { exporter: { otlp: { protocol: 'grpc', endpoint: `http://${own}` } } } }],
          ...traces,
        },
      },
      pipelines: Object.fromEntries(
        ['traces', 'logs'].map((signal) => [
          signal,
          { receivers: ['otlp'], processors: Object.keys(processors), exporters: ['otlp_grpc/out'] },
        ]),
      ),
    },
  });

const PARENT = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';

test('traces a request from its client to its destination', async (t) => {
  const own = await startSink(t);
  const destination = await startSink(t);
  const gateway = await startGateway(
    t,
    config({ own: own.address, destination: destination.address, traces: { propagators: ['tracecontext', 'b3'] } }),
  );
  const client = createGrpcClient({ endpoint: `http://${gateway.address('grpc')}` });
  t.after(() => client.shutdown());
  assert.deepEqual(await client.export('traces', [REQUEST], { headers: { traceparent: PARENT } }), ACCEPTED);
  await gateway.service.shutdown();
  const spans = ownSpans(own.handler);
  assert.deepEqual(
    spans.map(({ name }) => name),
    ['exporter/otlp_grpc/out/traces', 'receiver/otlp/TraceDataReceived'],
  );
  const [sent, received] = spans;
  assert.ok(sent !== undefined && received !== undefined);
  assert.equal(received.traceId, '0123456789abcdef0123456789abcdef');
  assert.equal(received.parentSpanId, '0123456789abcdef');
  assert.equal(sent.parentSpanId, received.spanId);
  assert.deepEqual(valuesOf(received), {
    transport: 'grpc',
    format: 'protobuf',
    accepted_spans: '2',
    refused_spans: '0',
  });
  assert.deepEqual(valuesOf(sent), {
    exporter: 'otlp_grpc/out',
    data_type: 'traces',
    'items.sent': '2',
    'items.failed': '0',
  });
  const { headers } = destination.handler.requests[0] ?? {};
  assert.equal(headers?.['traceparent'], `00-${sent.traceId}-${sent.spanId}-01`);
  assert.equal(headers?.['x-b3-spanid'], sent.spanId);
});

test('records errors and retries, and begins traces without propagators', async (t) => {
  const own = await startSink(t);
  const outcomes: Outcome[] = [{ kind: 'retry', afterMillis: undefined, reason: 'busy' }];
  const destination = await startSink(t, () => outcomes.shift() ?? { kind: 'refused', reason: 'no such tenant' });
  const exporter = { retry_on_failure: { initial_interval: '1ms' } };
  const gateway = await startGateway(t, config({ own: own.address, destination: destination.address, exporter }));
  const client = createHttpClient({ endpoint: `http://${gateway.address('http')}` });
  t.after(() => client.shutdown());
  const logs = encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityNumber: 9 }] }] }] });
  const outcome = await client.export('logs', [logs], { headers: { traceparent: PARENT } });
  assert.equal(outcome.kind, 'refused');
  await gateway.service.shutdown();
  const [sent, received] = ownSpans(own.handler);
  assert.ok(sent !== undefined && received !== undefined);
  assert.equal(received.name, 'receiver/otlp/LogsReceived');
  assert.equal(received.parentSpanId ?? '', '');
  assert.deepEqual(valuesOf(received), {
    transport: 'http',
    format: 'protobuf',
    accepted_log_records: '0',
    refused_log_records: '1',
  });
  for (const span of [sent, received]) {
    assert.equal(span.status?.code, 2);
    assert.match(span.status?.message ?? '', /no such tenant/);
  }
  assert.equal(valuesOf(sent)['items.failed'], '1');
  assert.deepEqual(
    sent.events?.map(({ name }) => name),
    ['Sending request.', 'Exporting failed. Will retry the request after interval.', 'Sending request.'],
  );
  assert.equal(destination.handler.requests[0]?.headers['traceparent'], undefined);
});

test('continues a trace through a queue in memory', async (t) => {
  const own = await startSink(t);
  const destination = await startSink(t);
  const exporter = { sending_queue: { enabled: true } };
  const gateway = await startGateway(t, config({ own: own.address, destination: destination.address, exporter }));
  const client = createGrpcClient({ endpoint: `http://${gateway.address('grpc')}` });
  t.after(() => client.shutdown());
  for (let request = 0; request < 5; request++) await client.export('traces', [REQUEST]);
  await gateway.service.shutdown();
  const spans = ownSpans(own.handler);
  const received = spans.filter(({ name }) => name.startsWith('receiver/'));
  const sent = spans.filter(({ name }) => name.startsWith('exporter/'));
  assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 5);
  assert.deepEqual(sent.map(({ parentSpanId }) => parentSpanId).sort(), received.map(({ spanId }) => spanId).sort());
});

test('links the span of a merged batch to its requests', async (t) => {
  const own = await startSink(t);
  const destination = await startSink(t);
  const gateway = await startGateway(
    t,
    config({
      own: own.address,
      destination: destination.address,
      processors: { batch: { send_batch_size: 4, timeout: '1h' } },
    }),
  );
  const client = createGrpcClient({ endpoint: `http://${gateway.address('grpc')}` });
  t.after(() => client.shutdown());
  await Promise.all([client.export('traces', [REQUEST]), client.export('traces', [REQUEST])]);
  await gateway.service.shutdown();
  const spans = ownSpans(own.handler);
  const received = spans.filter(({ name }) => name.startsWith('receiver/'));
  const sent = spans.find(({ name }) => name.startsWith('exporter/'));
  assert.equal(valuesOf(sent ?? { attributes: [] })['items.sent'], '4');
  assert.equal(sent?.parentSpanId ?? '', '');
  assert.deepEqual(sent?.links?.map(({ spanId }) => spanId).sort(), received.map(({ spanId }) => spanId).sort());
});

for (const [what, traces] of [
  ['no processors', { processors: [] }],
  ['the level none', { level: 'none' }],
  ['a sampler that is always off', { sampler: { always_off: {} } }],
  ['a ratio of 0', { sampler: { parent_based: { root: { trace_id_ratio_based: { ratio: 0 } } } } }],
] as const) {
  test(`sends no spans with ${what}`, async (t) => {
    const own = await startSink(t);
    const gateway = await startGateway(t, config({ own: own.address, traces }));
    const client = createGrpcClient({ endpoint: `http://${gateway.address('grpc')}` });
    t.after(() => client.shutdown());
    await client.export('traces', [REQUEST]);
    await gateway.service.shutdown();
    assert.equal(own.handler.requests.length, 1);
    assert.deepEqual(ownSpans(own.handler), []);
  });
}

test('continues no trace that its client does not sample', async (t) => {
  const own = await startSink(t);
  const gateway = await startGateway(t, config({ own: own.address, traces: { propagators: ['b3'] } }));
  const client = createGrpcClient({ endpoint: `http://${gateway.address('grpc')}` });
  t.after(() => client.shutdown());
  await client.export('traces', [REQUEST], { headers: { b3: '0123456789abcdef-0123456789abcdef-0' } });
  await gateway.service.shutdown();
  assert.equal(own.handler.requests[0]?.headers['x-b3-traceid'], '00000000000000000123456789abcdef');
  assert.equal(own.handler.requests[0]?.headers['x-b3-sampled'], '0');
  assert.deepEqual(ownSpans(own.handler), []);
});

test('does not trace its own traces when it sends them to itself', async (t) => {
  const destination = await startSink(t);
  const probe = await createGrpcServer({ endpoint: '127.0.0.1:0' }, createRecordingHandler());
  await probe.shutdown(0);
  const yaml = JSON.parse(config({ own: probe.address, destination: destination.address }));
  yaml.receivers.otlp.protocols.grpc.endpoint = probe.address;
  const { otlp } = yaml.service.telemetry.traces.processors[0].batch.exporter;
  yaml.service.telemetry.traces.processors = [{ simple: { exporter: { otlp } } }];
  yaml.processors = { batch: { timeout: '1ms' } };
  yaml.service.pipelines.traces.processors = ['batch'];
  const gateway = await startGateway(t, JSON.stringify(yaml));
  const client = createGrpcClient({ endpoint: `http://${gateway.address('grpc')}` });
  t.after(() => client.shutdown());
  const spansAtSink = () =>
    destination.handler.requests.flatMap(({ body }) =>
      JSON.parse(requestToJson('traces', body)).resourceSpans.flatMap(
        ({ scopeSpans }: { scopeSpans: { spans: SpanJson[] }[] }) => scopeSpans.flatMap(({ spans }) => spans),
      ),
    );
  for (let round = 1; round <= 3; round++) {
    await client.export('traces', [REQUEST]);
    await until('own spans', () => spansAtSink().length >= round * 4);
  }
  await gateway.service.drain();
  // Three requests with two spans each, a span for each receipt and for each batch, and nothing for the spans themselves.
  assert.equal(spansAtSink().length, 12);
});

test('exports the spans of worker threads', async (t) => {
  const own = await startSink(t);
  const { service, clients } = await startWorkers(t, config({ own: own.address }));
  await Promise.all(clients(8).map((client) => client.export('traces', [REQUEST])));
  await service.shutdown();
  const spans = ownSpans(own.handler);
  assert.equal(spans.filter(({ name }) => name === 'receiver/otlp/TraceDataReceived').length, 8);
  assert.equal(spans.filter(({ name }) => name === 'exporter/otlp_grpc/out/traces').length, 8);
});

test('counts the spans that it drops, and sends again when the destination recovers', async (t) => {
  const own = await startSink(t);
  const destination = await startSink(t);
  own.handler.response = () => ({ kind: 'refused', reason: 'not now' });
  const otlp = { protocol: 'grpc', endpoint: `http://${own.address}` };
  const traces = { processors: [{ batch: { max_queue_size: 1, schedule_delay: 1, exporter: { otlp } } }] };
  const yaml = JSON.parse(config({ own: own.address, destination: destination.address, traces }));
  yaml.service.telemetry.metrics = {
    readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: 0 } } } }],
  };
  const gateway = await startGateway(t, JSON.stringify(yaml));
  const client = createGrpcClient({ endpoint: `http://${gateway.address('grpc')}` });
  t.after(() => client.shutdown());
  const metrics = gateway.lines.find(({ msg }) => msg === 'own metrics listening')?.['address'];
  const isDropped = async (reason: string) => {
    await client.export('traces', [REQUEST]);
    const body = await (await fetch(`http://${metrics}/metrics`)).text();
    return new RegExp(`otelier_own_spans_dropped\\{reason="${reason}"\\} [1-9]`).test(body);
  };
  await until('an overflow', () => isDropped('queue_full'));
  await until('a failed export', () => isDropped('export_failed'));
  own.handler.response = () => ACCEPTED;
  await until('the recovery', async () => {
    await client.export('traces', [REQUEST]);
    return gateway.lines.some(({ msg }) => msg === 'export of own traces recovered');
  });
  await gateway.service.shutdown();
  const count = (text: string) => gateway.lines.filter(({ msg }) => msg === text).length;
  assert.equal(count('own traces dropped: the queue is full'), 1);
  assert.equal(count('own traces not exported'), 1);
});

test('writes spans to the console', async () => {
  const loaded = await load(
    config({ own: '127.0.0.1:1', traces: { processors: [{ simple: { exporter: { console: {} } } }] } }),
  );
  const { service } = loaded;
  const lines: string[] = [];
  const exporter = new SpanExporter(service.telemetry.traces, (line) => lines.push(line));
  const tracer = exporter.createTracer(systemClock);
  const span = tracer?.receive('otlp', {
    signal: 'logs',
    encoding: 'json',
    headers: {},
    subject: undefined,
    transport: 'http',
  });
  span?.end(2, { kind: 'partial', rejectedItems: 1, reason: 'one is too old' });
  const { logger } = createService({ config: loaded });
  await exporter.start({ clock: systemClock, logger, resource: {}, scope: { name: 'otelier', version: '1' } });
  await exporter.shutdown();
  assert.equal(lines.length, 1);
  const written = JSON.parse(lines[0] ?? '').resourceSpans[0].scopeSpans[0].spans[0] as SpanJson;
  assert.equal(written.name, 'receiver/otlp/LogsReceived');
  assert.equal(written.status?.code, undefined);
  assert.deepEqual(valuesOf(written), {
    transport: 'http',
    format: 'json',
    accepted_log_records: '1',
    refused_log_records: '1',
  });
});

test('refuses exporters and samplers that are ambiguous', async () => {
  const own = '127.0.0.1:1';
  await assert.rejects(
    load(config({ own, traces: { sampler: { always_on: {}, always_off: {} } } })),
    /sampler: expected exactly one sampler/,
  );
  await assert.rejects(
    load(config({ own, traces: { processors: [{ simple: { exporter: {} } }] } })),
    /exporter: expected either otlp or console/,
  );
});
