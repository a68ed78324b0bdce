import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registry } from '../registry.generated.ts';
import { formatConfigError } from './config-error.ts';
import { loadConfig } from './load.ts';

const RECEIVERS =
  'receivers: {otlp: {protocols: {grpc: {endpoint: 127.0.0.1:7317, max_recv_msg_size_mib: 64}, http: {endpoint: 127.0.0.1:7318}}}}';
const service = (pipeline: string, signals: readonly string[] = ['traces']) =>
  `service: {telemetry: {metrics: {level: none}}, pipelines: {${signals.map((signal) => `${signal}: {receivers: [otlp], ${pipeline}}`).join(', ')}}}`;
const NOP = 'exporters: {nop: {}}';
const GRPC = (compression: string) =>
  `exporters: {otlp_grpc: {endpoint: 127.0.0.1:5317, tls: {insecure: true}, compression: ${compression}, sending_queue: {enabled: true}}}`;
const ALL = ['traces', 'metrics', 'logs'];

/** Configurations written for the Collector. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  attributes: [
    RECEIVERS,
    'processors:\n  attributes: {actions: [{key: env, value: prod, action: insert},{key: user_agent.original, action: delete}]}',
    NOP,
    service('processors: [attributes], exporters: [nop]'),
  ],
  batch: [
    RECEIVERS,
    'processors: {batch: {send_batch_size: 8192}}',
    GRPC('none'),
    service('processors: [batch], exporters: [otlp_grpc]', ALL),
  ],
  'batch and gzip': [
    RECEIVERS,
    'processors: {batch: {send_batch_size: 8192}}',
    GRPC('gzip'),
    service('processors: [batch], exporters: [otlp_grpc]'),
  ],
  filter: [
    RECEIVERS,
    `processors:\n  filter: {error_mode: ignore, traces: {span: ['attributes["http.response.status_code"] == 500']}}`,
    NOP,
    service('processors: [filter], exporters: [nop]'),
  ],
  nop: [RECEIVERS, NOP, service('exporters: [nop]', ALL)],
  'probabilistic sampler': [
    RECEIVERS,
    'processors:\n  probabilistic_sampler: {sampling_percentage: 10}',
    NOP,
    service('processors: [probabilistic_sampler], exporters: [nop]'),
  ],
};

for (const [name, lines] of Object.entries(FILES)) {
  test(`a configuration of the Collector with ${name} loads unchanged`, async () => {
    const loaded = await loadConfig({
      sources: [{ name: 'c.yaml', text: lines.join('\n') }],
      environment: {},
      registry,
    });
    assert.deepEqual(loaded.errors.map(formatConfigError), []);
  });
}
