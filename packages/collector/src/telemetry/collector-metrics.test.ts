import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFromJson, requestToJson } from '@otelier/otlp';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import { createHttpClient } from '@otelier/transport/http-client';
import { createHttpServer } from '@otelier/transport/http-server';
import { VERSION } from '../component/version.ts';
import { formatConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import { registry } from '../registry.generated.ts';
import { createLogger } from '../service/logging.ts';
import { createService, type Service } from '../service/service.ts';

interface Running {
  readonly service: Service;
  /** Addresses by component, and that of the metrics. */
  readonly address: (name: string) => string;
  readonly logs: readonly Record<string, unknown>[];
}

async function withService(telemetry: unknown, run: (running: Running) => Promise<void>): Promise<void> {
  const logs: Record<string, unknown>[] = [];
  const text = JSON.stringify({
    receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } },
    processors: {
      memory_limiter: { check_interval: '1s', limit_mib: 500 },
      'filter/x': { error_mode: 'ignore', traces: { span: ['name == "drop"'] } },
    },
    exporters: {
      nop: {},
      'otlp_http/dead': { endpoint: 'http://127.0.0.1:1', retry_on_failure: { enabled: false } },
    },
    service: {
      telemetry,
      pipelines: {
        traces: {
          receivers: ['otlp'],
          processors: ['memory_limiter', 'filter/x'],
          exporters: ['nop', 'otlp_http/dead'],
        },
        'traces/2': { receivers: ['otlp'], exporters: ['nop'] },
        logs: { receivers: ['otlp'], exporters: ['nop'] },
      },
    },
  });
  const loaded = await loadConfig({ sources: [{ name: 'c.yaml', text }], environment: {}, registry });
  assert.ok(loaded.ok, loaded.errors.map(formatConfigError).join('\n'));
  const logger = createLogger({ level: 'info', encoding: 'json' }, { write: (line) => logs.push(JSON.parse(line)) });
  const service = createService({ config: loaded.config, logger });
  const address = (name: string): string =>
    name === 'metrics'
      ? String(logs.find(({ msg }) => msg === 'own metrics listening')?.['address'])
      : (service.host.endpoints().find(({ component }) => component === name)?.address ?? '');
  try {
    await service.start();
    await run({ service, address, logs });
  } finally {
    await service.shutdown();
  }
}

/** Sends two spans, one of which the filter drops, in each of three requests, and a log record. */
async function sendTelemetry({ address, service }: Running): Promise<void> {
  const span = (name: string) => ({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    name,
    startTimeUnixNano: '1',
    endTimeUnixNano: '2',
  });
  const client = createHttpClient({ endpoint: `http://${address('otlp')}` });
  const send = async (signal: 'traces' | 'logs', json: unknown): Promise<void> => {
    const request = requestFromJson(signal, JSON.stringify(json));
    assert.ok(request.ok);
    assert.equal((await client.export(signal, [request.bytes])).kind, 'accepted');
  };
  for (let index = 0; index < 3; index++) {
    await send('traces', { resourceSpans: [{ scopeSpans: [{ spans: [span('a'), span('drop')] }] }] });
  }
  await send('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'x' } }] }] }] });
  await client.shutdown();
  // The queue of the exporter is empty when all attempts have failed.
  const failed = () => service.graph().nodes.find(({ component }) => component === 'otlp_http/dead')?.dropped['failed'];
  while (failed() !== 3) await new Promise(setImmediate);
}

async function scrape(address: string, path = '/metrics'): Promise<{ status: number; type: string; body: string }> {
  const response = await fetch(`http://${address}${path}`);
  return { status: response.status, type: response.headers.get('content-type') ?? '', body: await response.text() };
}

/**
 * What the Collector 0.162 shows for the same configuration and telemetry, with one pipeline less, `# TYPE` lines first,
 * without the labels `transport`, `error_*`, `server_*` and `url_path`, which otelier does not have.
 */
const COLLECTOR = `
# TYPE otelcol_exporter_queue_size gauge
otelcol_exporter_queue_size{data_type="traces",exporter="otlp_http/dead"} 0
# TYPE otelcol_exporter_send_failed_spans counter
otelcol_exporter_send_failed_spans{exporter="otlp_http/dead"} 3
otelcol_exporter_sent_spans{exporter="otlp_http/dead"} 0
# TYPE otelcol_process_cpu_seconds counter
# TYPE otelcol_process_memory_rss gauge
# TYPE otelcol_process_runtime_heap_alloc_bytes gauge
# TYPE otelcol_process_runtime_total_sys_memory_bytes gauge
# TYPE otelcol_process_uptime counter
otelcol_processor_filter_spans_filtered{filter="filter/x"} 3
# TYPE otelcol_processor_incoming_items counter
otelcol_processor_incoming_items{otel_signal="traces",processor="filter/x"} 6
otelcol_processor_incoming_items{otel_signal="traces",processor="memory_limiter"} 6
otelcol_processor_outgoing_items{otel_signal="traces",processor="filter/x"} 3
otelcol_processor_outgoing_items{otel_signal="traces",processor="memory_limiter"} 6
otelcol_receiver_accepted_log_records{receiver="otlp"} 1
# TYPE otelcol_receiver_accepted_spans counter
otelcol_receiver_accepted_spans{receiver="otlp"} 6
otelcol_receiver_refused_log_records{receiver="otlp"} 0
otelcol_receiver_refused_spans{receiver="otlp"} 0
# TYPE target_info gauge
`;

const pull = (prometheus: unknown = { host: '127.0.0.1', port: 0 }) => [{ pull: { exporter: { prometheus } } }];

test("serves metrics with the Collector's names, labels and values", () =>
  withService({ metrics: { readers: pull() } }, async (running) => {
    await sendTelemetry(running);
    const { status, type, body } = await scrape(running.address('metrics'));
    assert.equal(status, 200);
    assert.equal(type, 'text/plain; version=0.0.4; charset=utf-8');
    const lines = new Set(body.split('\n'));
    assert.deepEqual(
      COLLECTOR.trim()
        .split('\n')
        .filter((line) => !lines.has(line)),
      [],
      body,
    );
    assert.equal((await scrape(running.address('metrics'), '/')).status, 404);
  }));

test('forms names and labels as configured', () => {
  const prometheus = {
    host: '127.0.0.1',
    port: 0,
    without_scope_info: false,
    without_units: false,
    without_type_suffix: false,
    with_resource_constant_labels: { included: ['service.*', 'team'], excluded: ['service.instance.id'] },
  };
  const resource = { 'service.name': 'gate"way', team: 'shop', 'service.version': '' };
  return withService({ metrics: { readers: pull(prometheus) }, resource }, async (running) => {
    await sendTelemetry(running);
    const { body } = await scrape(running.address('metrics'));
    const common = `otel_scope_name="otelier",otel_scope_version="${VERSION}"`;
    const line = `otelcol_receiver_accepted_spans_total{${common},receiver="otlp",service_name="gate\\"way",team="shop"} 6`;
    assert.ok(body.includes(`\n${line}\n`), body);
    assert.match(body, /\notelcol_process_memory_rss_bytes\{/);
    assert.match(body, /\notelcol_process_uptime_seconds_total\{/);
    assert.match(body, /\notelcol_process_cpu_seconds_total\{/);
    assert.match(
      body,
      /\ntarget_info\{service_instance_id="[0-9a-f-]{36}",service_name="gate\\"way",team="shop"\} 1\n$/,
    );
  });
});

test('drops, renames and merges metrics as views tell, and counts reloads', () => {
  const views = [
    { selector: { instrument_name: 'otelcol_process_*' }, stream: { aggregation: { drop: {} } } },
    {
      selector: { instrument_name: 'otelcol_processor_incoming_items' },
      stream: { name: 'incoming', attribute_keys: { excluded: ['processor'] } },
    },
  ];
  return withService({ metrics: { readers: pull(), views } }, async (running) => {
    await sendTelemetry(running);
    await running.service.host.configuration?.reload({ trigger: 'api' });
    const { body } = await scrape(running.address('metrics'));
    assert.doesNotMatch(body, /otelcol_process_|otelcol_processor_incoming/);
    assert.match(body, /\nincoming\{otel_signal="traces"\} 12\n/);
    assert.match(body, /\notelier_config_reloads\{result="rolled_back",trigger="api"\} 1\n/);
  });
});

test('has fewer metrics at level basic, and does not listen at level none', async () => {
  await withService({ metrics: { level: 'basic', readers: pull() } }, async ({ address }) => {
    const { body } = await scrape(address('metrics'));
    assert.match(body, /otelcol_process_uptime/);
    assert.doesNotMatch(body, /otelcol_exporter_queue_size|otelcol_processor/);
  });
  await withService({ metrics: { level: 'none', readers: pull() } }, async ({ address }) => {
    assert.equal(address('metrics'), 'undefined');
  });
});

for (const [protocol, createServer] of [
  ['grpc', createGrpcServer],
  ['http/protobuf', createHttpServer],
] as const) {
  test(`sends metrics over ${protocol} periodically, and once more when the service stops`, async () => {
    const handler = createRecordingHandler();
    const server = await createServer({ endpoint: '127.0.0.1:0' }, handler);
    const otlp = {
      protocol,
      endpoint: `http://${server.address}`,
      headers: [{ name: 'x-key', value: 'hunter2' }],
      compression: 'gzip',
    };
    const readers = [{ periodic: { interval: 20, exporter: { otlp } } }];
    await withService(
      { metrics: { readers }, resource: { attributes: [{ name: 'a', value: 1 }] } },
      async (running) => {
        await handler.untilRequests(2);
        await sendTelemetry(running);
        assert.doesNotMatch(JSON.stringify(running.logs), /hunter2/);
      },
    );
    const last = handler.requests.at(-1) ?? assert.fail('no request');
    assert.equal(last.headers['x-key'], 'hunter2');
    assert.equal(last.signal, 'metrics');
    const json = requestToJson('metrics', last.body);
    assert.match(json, /"key":"a","value":\{"stringValue":"1"\}/);
    const accepted = /"name":"otelcol_receiver_accepted_spans".*?"asInt":"(\d+)"/.exec(json);
    assert.equal(accepted?.[1], '6');
    await server.shutdown(0);
  });
}

test('logs once that the destination does not accept metrics', () => {
  const otlp = { protocol: 'grpc', endpoint: 'http://127.0.0.1:1' };
  return withService(
    { metrics: { readers: [{ periodic: { interval: 5, exporter: { otlp } } }] } },
    async ({ logs }) => {
      const failures = () => logs.filter(({ msg }) => msg === 'own metrics not exported');
      while (failures().length === 0) await new Promise(setImmediate);
      assert.equal(failures().length, 1);
    },
  );
});

test('fails to start on an address in use, and names the option', async () => {
  await withService({ metrics: { readers: pull() } }, async ({ address }) => {
    const [host, port] = address('metrics').split(':');
    await assert.rejects(
      withService({ metrics: { readers: pull({ host, port: Number(port) }) } }, async () => undefined),
      /^TelemetryError: service\.telemetry\.metrics\.readers: 127\.0\.0\.1:\d+ is in use by another program/,
    );
  });
});

for (const [readers, message] of [
  [[{}], /readers\[0\]: expected either pull or periodic/],
  [pull({ port: 70_000 }), /prometheus\.port: expected/],
  [[{ periodic: { exporter: { otlp: { protocol: 'udp', endpoint: 'x' } } } }], /otlp\.protocol: expected/],
  [[{ periodic: { exporter: { otlp: { protocol: 'grpc' } } } }], /otlp\.endpoint: expected/],
] as const) {
  test(`refuses ${JSON.stringify(readers)}`, async () => {
    await assert.rejects(
      withService({ metrics: { readers } }, async () => undefined),
      (error: Error) => message.test(error.message),
    );
  });
}
