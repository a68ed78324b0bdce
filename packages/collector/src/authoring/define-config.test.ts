import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aggregate,
  defineConfig,
  defineExporter,
  defineRewriter,
  filterSpans,
  mapSpans,
  route,
  tailSample,
  z,
} from './components.ts';

const receivers = { otlp: { protocols: { grpc: { endpoint: '127.0.0.1:0' } } } };
const exporters = { nop: {}, 'otlp_grpc/far': { endpoint: 'far:4317', sending_queue: { queue_size: 10 } } };

test('returns the configuration unchanged', () => {
  const config = defineConfig({
    receivers,
    processors: {
      batch: { send_batch_size: 100, timeout: '1s' },
      'batch/large': null,
      noHealth: filterSpans(() => true),
    },
    exporters,
    connectors: { 'forward/all': {} },
    extensions: { health_check: { endpoint: '127.0.0.1:0' } },
    service: {
      extensions: ['health_check'],
      telemetry: { logs: { level: 'warn', initial_fields: { aB: 1 } } },
      shutdown_timeout: '1s',
      pipelines: {
        traces: { receivers: ['otlp'], processors: ['noHealth', 'batch'], exporters: ['forward/all'] },
        'traces/all': { receivers: ['forward/all'], processors: ['batch/large'], exporters: ['nop', 'otlp_grpc/far'] },
      },
    },
  });
  assert.deepEqual(Object.keys(config.processors ?? {}), ['batch', 'batch/large', 'noHealth']);
});

test('the compiler rejects unknown components, fields and references', () => {
  const pipelines = { traces: { receivers: ['otlp'], exporters: ['nop'] } } as const;
  // @ts-expect-error There is no such exporter.
  defineConfig({ receivers, exporters, service: { pipelines: { traces: { ...pipelines.traces, exporters: ['x'] } } } });
  // @ts-expect-error There is no such receiver.
  defineConfig({ receivers, exporters, service: { pipelines: { traces: { ...pipelines.traces, receivers: ['x'] } } } });
  // @ts-expect-error There is no such processor.
  defineConfig({ receivers, exporters, service: { pipelines: { logs: { ...pipelines.traces, processors: ['x'] } } } });
  // @ts-expect-error There is no such signal.
  defineConfig({ receivers, exporters, service: { pipelines: { trace: pipelines.traces } } });
  // @ts-expect-error There is no such type of receiver.
  defineConfig({ receivers: { ...receivers, oltp: {} }, exporters, service: { pipelines } });
  // @ts-expect-error There is no such type of processor.
  defineConfig({ receivers, exporters, processors: { bacth: {} }, service: { pipelines } });
  // @ts-expect-error There is no such field.
  defineConfig({ receivers, exporters, processors: { batch: { send_batch_sise: 1 } }, service: { pipelines } });
  // @ts-expect-error The field is a number.
  defineConfig({ receivers, exporters, processors: { batch: { send_batch_size: '1' } }, service: { pipelines } });
  // @ts-expect-error There is no such extension.
  defineConfig({ receivers, exporters, service: { pipelines, extensions: ['x'] } });
});

test('the compiler checks functions that sample, route and aggregate', () => {
  const pipelines = { traces: { receivers: ['otlp'], processors: ['slow'], exporters: ['some'] } } as const;
  const slow = tailSample((trace) => trace.spans.length > 3 || 0.5, { decision_wait: '1s' });
  const some = route({
    spans: (span) => (span.hasError ? 'traces/bad' : ['traces', 'traces/b']),
    logs: () => undefined,
  });
  defineConfig({ receivers, exporters, processors: { slow }, connectors: { some }, service: { pipelines } });
  aggregate({ dataPoints: (point, metric) => ({ key: { 'http.route': metric.name }, value: point.count ?? 1 }) });
  // @ts-expect-error A policy is true, false or a share.
  tailSample(() => 'yes');
  // @ts-expect-error There is no such pipeline.
  route({ spans: () => 'slow' });
  // @ts-expect-error A value is a number.
  aggregate({ spans: () => ({ value: '1' }) });
  // @ts-expect-error A connector is no processor.
  defineConfig({ receivers, exporters, processors: { slow: some }, connectors: { some }, service: { pipelines } });
});

test('the compiler checks the options of components that a configuration defines', () => {
  const about = { summary: 'Tests types.', stability: 'development', examples: [] } as const;
  const config = z.object({ maxNames: z.int().prefault(1) });
  const drop_names = defineRewriter({ ...about, signals: ['traces'], config, hooks: () => ({ item: () => 'drop' }) });
  const no_where = defineExporter({
    ...about,
    signals: ['traces'],
    config: z.object({ path: z.string() }),
    create: () => ({ consume: () => ({ kind: 'accepted' }) }),
  });
  const components = { drop_names, no_where };
  const pipelines = { traces: { receivers: ['otlp'], processors: ['drop_names/a'], exporters: ['no_where'] } } as const;
  const [processors, own] = [{ 'drop_names/a': { max_names: 3 } }, { no_where: { path: 'x' } }];
  defineConfig({ components, receivers, processors, exporters: own, service: { pipelines } });
  const wrong = { 'drop_names/a': { max_names: 'x' } };
  // @ts-expect-error The option is a number.
  defineConfig({ components, receivers, processors: wrong, exporters: own, service: { pipelines } });
  // @ts-expect-error The option is required.
  defineConfig({ components, receivers, processors, exporters: { no_where: {} }, service: { pipelines } });
  // @ts-expect-error Nothing defines the type.
  defineConfig({ components, receivers, processors, exporters: { ...own, no_there: {} }, service: { pipelines } });
});

test('the compiler checks what functions read and change', () => {
  filterSpans(({ name, kind, statusCode, durationNanos, traceId, attributes, resource, scope }) => {
    const texts: string[] = [name, traceId, scope.name, resource.serviceName ?? ''];
    return texts.length + kind + statusCode > 0 && durationNanos > 0n && attributes.has('http.route');
  });
  mapSpans((span) => {
    span.attributes.set('any name', 1).set('db.query.parameter.id', 2).delete('http.route');
    // @ts-expect-error Other spans share the resource.
    span.resource.attributes.set('a', 1);
  });
  // @ts-expect-error A filter does not change spans.
  filterSpans((span) => span.attributes.set('a', 1) !== undefined);
  // @ts-expect-error A filter returns true or false.
  filterSpans((span) => span.name);
  // @ts-expect-error A filter is not async.
  filterSpans(async () => true);
});
