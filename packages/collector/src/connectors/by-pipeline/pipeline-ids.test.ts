import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatConfigError } from '../../config/config-error.ts';
import { loadConfig } from '../../config/load.ts';
import { registry } from '../../registry.generated.ts';

/** Returns the errors of a configuration with the given connectors and pipelines. */
async function errorsOf(connectors: string, pipelines: string): Promise<string[]> {
  const text = `receivers: {otlp: {protocols: {grpc: {endpoint: '127.0.0.1:0'}}}}
exporters: {nop: {}}
connectors:
${connectors}
service:
  pipelines:
${pipelines}`;
  const loaded = await loadConfig({ sources: [{ name: 'c.yaml', text }], environment: {}, registry });
  return loaded.ok ? [] : loaded.errors.map(formatConfigError);
}

const ROUTING = `  routing:
    default_pipelines: [traces/rest]
    table:
      - condition: span.name == "x"
        pipelines: [traces/slow]`;
const TRACES = '    traces: {receivers: [otlp], exporters: [routing]}';
const SLOW = '    traces/slow: {receivers: [routing], exporters: [nop]}';
const REST = '    traces/rest: {receivers: [routing], exporters: [nop]}';

test('accepts pipelines that begin with the connector', async () => {
  assert.deepEqual(await errorsOf(ROUTING, [TRACES, SLOW, REST].join('\n')), []);
});

test('reports an unknown pipeline at its place, with the nearest name', async () => {
  const misspelled = ROUTING.replace('[traces/slow]', '[traces/slwo]');
  assert.deepEqual(await errorsOf(misspelled, [TRACES, SLOW, REST].join('\n')), [
    'c.yaml:8:21: connectors.routing.table[0].pipelines[0]: expected a pipeline of traces that has routing as a receiver (traces/slow or traces/rest), got "traces/slwo"; did you mean "traces/slow"?',
  ]);
});

test('reports a pipeline that does not have the connector as a receiver', async () => {
  const errors = await errorsOf(ROUTING, [TRACES, SLOW, REST.replace('[routing]', '[otlp]')].join('\n'));
  assert.deepEqual(errors, [
    'c.yaml:5:25: connectors.routing.default_pipelines[0]: expected a pipeline of traces that has routing as a receiver (traces/slow), got "traces/rest"',
  ]);
});

test('reports pipelines of another signal than those that end in the connector', async () => {
  const logs =
    '    logs: {receivers: [otlp], exporters: [routing]}\n    logs/slow: {receivers: [routing], exporters: [nop]}';
  const errors = await errorsOf(ROUTING, [TRACES, SLOW, REST, logs].join('\n'));
  assert.equal(errors.length, 2);
  for (const error of errors)
    assert.match(error, /expected a pipeline of logs that has routing as a receiver \(logs\/slow\)/);
});

test('reports a connector that is only an exporter, only a receiver, or of other signals', async () => {
  const onlyExporter = await errorsOf('  round_robin: {}', '    traces: {receivers: [otlp], exporters: [round_robin]}');
  assert.match(onlyExporter.join(), /round_robin: expected a pipeline with this connector as a receiver/);
  const onlyReceiver = await errorsOf('  round_robin: {}', '    traces: {receivers: [round_robin], exporters: [nop]}');
  assert.match(onlyReceiver.join(), /round_robin: expected a pipeline with this connector as an exporter/);
  const pair = await errorsOf(
    '  count: {}',
    '    logs: {receivers: [otlp], exporters: [count]}\n    logs/b: {receivers: [count], exporters: [nop]}',
  );
  assert.match(pair.join(), /expected a connector from logs to logs, got "count", which joins traces to metrics/);
});
