import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import {
  defineConnector,
  defineExporter,
  defineProcessor,
  defineReceiver,
  defineSendingExporter,
} from '../component/define.ts';
import { duration, secret, z } from '../component/schema.ts';
import { formatConfigError } from './config-error.ts';
import { type LoadOptions, loadConfig } from './load.ts';
import type { Registry } from './registry.ts';

const about = { summary: 'For tests.', stability: 'development', examples: [] } as const;
const take = () => ({ consume: () => ACCEPTED });

const registry: Registry = {
  receiver: {
    otlp: {
      load: async () =>
        defineReceiver({
          ...about,
          signals: ['traces', 'metrics', 'logs'],
          config: z.object({
            protocols: z
              .object({
                grpc: z
                  .object({ endpoint: z.string().prefault('127.0.0.1:4317'), maxRecvMsgSizeMib: z.int().prefault(4) })
                  .optional(),
                http: z.object({ endpoint: z.string().prefault('127.0.0.1:4318') }).optional(),
              })
              .prefault({}),
          }),
          create: () => ({}),
        }),
    },
  },
  processor: {
    batch: {
      load: async () =>
        defineProcessor({
          ...about,
          signals: ['traces', 'metrics', 'logs'],
          config: z.object({
            sendBatchSize: z.int().min(0).prefault(8192),
            timeout: duration().prefault('200ms'),
            metadataKeys: z.array(z.string()).prefault([]),
          }),
          create: take,
        }),
    },
    traces_only: {
      load: async () => defineProcessor({ ...about, signals: ['traces'], config: z.object({}), create: take }),
    },
  },
  exporter: {
    nop: {
      load: async () =>
        defineExporter({ ...about, signals: ['traces', 'metrics', 'logs'], config: z.object({}), create: take }),
    },
    otlp_grpc: {
      aliases: ['otlp'],
      load: async () =>
        defineSendingExporter({
          ...about,
          signals: ['traces', 'metrics', 'logs'],
          config: z.object({
            endpoint: z.string().min(1),
            token: secret().min(20).optional(),
            headers: z.record(z.string(), z.string()).prefault({}),
          }),
          create: () => ({ send: async () => ACCEPTED }),
        }),
    },
  },
  connector: {
    forward: {
      load: async () =>
        defineConnector({
          ...about,
          joins: { traces: ['traces'], logs: ['logs'] },
          config: z.object({}),
          create: take,
        }),
    },
  },
  extension: {},
};

async function load(text: string, options: Partial<LoadOptions> = {}) {
  return loadConfig({ sources: [{ name: 'c.yaml', text }], environment: {}, registry, ...options });
}

async function errorsOf(text: string, options: Partial<LoadOptions> = {}): Promise<string[]> {
  const loaded = await load(text, options);
  return loaded.errors.map(formatConfigError);
}

async function configOf(text: string, options: Partial<LoadOptions> = {}) {
  const loaded = await load(text, options);
  assert.ok(loaded.ok, loaded.errors.map(formatConfigError).join('\n'));
  return loaded.config;
}

const PIPELINE = 'service: {pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}';

test('reads a configuration with defaults and keys in camel case', async () => {
  const config = await configOf(`
receivers:
  otlp:
    protocols:
      grpc: {max_recv_msg_size_mib: 64}
      http:
processors:
  batch:
  batch/2: {send_batch_size: 10, timeout: 1m30s}
exporters:
  nop:
service:
  pipelines:
    traces/a: {receivers: [otlp], processors: [batch, batch/2], exporters: [nop]}
`);
  assert.deepEqual(config.receivers.get('otlp')?.config, {
    protocols: { grpc: { endpoint: '127.0.0.1:4317', maxRecvMsgSizeMib: 64 }, http: { endpoint: '127.0.0.1:4318' } },
  });
  assert.deepEqual(config.processors.get('batch')?.config, { sendBatchSize: 8192, timeout: 200, metadataKeys: [] });
  assert.equal(config.processors.get('batch/2')?.config['timeout'], 90_000);
  assert.equal(config.processors.get('batch/2')?.type, 'batch');
  const [pipeline] = config.service.pipelines;
  assert.equal(pipeline?.signal, 'traces');
  assert.deepEqual(
    pipeline?.processors.map(({ id }) => id),
    ['batch', 'batch/2'],
  );
});

test('reports all errors at once, each with its line and the nearest valid name', async () => {
  assert.deepEqual(
    await errorsOf(`receivers:
  otlp: {protocols: {grpc: {}}}
  otpl:
processors:
  batch:
    send_batch_sise: 10
    timeout: 200
exporters:
  nop:
service:
  pipelines:
    trace: {receivers: [otlp], exporters: [nop]}
    traces: {receivers: [otlp], processors: [batch], exporters: [nopp]}
`),
    [
      'c.yaml:3:3: receivers.otpl: expected a known receiver type (otlp), got unknown receiver type "otpl"; did you mean "otlp"?',
      'c.yaml:6:5: processors.batch.send_batch_sise: expected one of send_batch_size, timeout or metadata_keys, got "send_batch_sise"; did you mean "send_batch_size"?',
      'c.yaml:7:14: processors.batch.timeout: expected a duration such as "200ms", "5s" or "1h30m", got 200',
      'c.yaml:12:5: service.pipelines.trace: expected a pipeline named after traces, metrics, logs or profiles, got "trace"; did you mean "traces"?',
      'c.yaml:13:66: service.pipelines.traces.exporters: expected a configured exporter (nop), got "nopp"; did you mean "nop"?',
    ],
  );
});

test('does not report an invalid component as unknown where it is used', async () => {
  assert.deepEqual(await errorsOf(`receivers: {otlp: {protocol: 1}}\nexporters: {nop: {}}\n${PIPELINE}`), [
    'c.yaml:1:20: receivers.otlp.protocol: expected one of protocols, got "protocol"; did you mean "protocols"?',
  ]);
});

test('lists the known types for an unknown type', async () => {
  const [errorReport] = await errorsOf(
    `receivers: {otlp: {}}\nprocessors: {own_sampling: {}}\nexporters: {nop: {}}\n${PIPELINE}`,
  );
  assert.equal(
    errorReport,
    'c.yaml:2:14: processors.own_sampling: expected a known processor type (batch or traces_only), got unknown processor type "own_sampling"',
  );
});

test('reports every syntax error of YAML with its line', async () => {
  assert.deepEqual(await errorsOf('receivers:\n  otlp: {\nexporters: ['), [
    'c.yaml:2:9: expected "}" that closes this "{", got none',
    'c.yaml:3:12: expected "]" that closes this "[", got none',
  ]);
});

test('reports missing values at their path', async () => {
  assert.deepEqual(
    await errorsOf(`receivers: {otlp: {}}
exporters:
  otlp_grpc: {sending_queue: {wait_for_result: true, storage: file_storage}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [otlp_grpc]}}}`),
    [
      'c.yaml:3:14: exporters.otlp_grpc.endpoint: expected a text, got nothing',
      'c.yaml:3:48: exporters.otlp_grpc.sending_queue.wait_for_result: expected false, because batches with storage are accepted once they are stored, got true',
    ],
  );
});

test('resolves an alias to its component', async () => {
  const config = await configOf(`receivers: {otlp: {}}
exporters: {otlp/x: {endpoint: a}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [otlp/x]}}}`);
  assert.equal(config.exporters.get('otlp/x')?.type, 'otlp_grpc');
});

test('never prints a secret, whether declared, recognized by name or from the environment', async () => {
  const lines = await errorsOf(
    `receivers: {otlp: {}}
processors: {batch: {timeout: '\${env:T}'}}
exporters: {otlp_grpc: {endpoint: a, token: hunter2, headers: {x: [hunter2], authorization: 5}}}
service: {pipelines: {traces: {receivers: [otlp], processors: [batch], exporters: [otlp_grpc]}}}`,
    { environment: { T: 'hunter2' } },
  );
  assert.equal(lines.length, 4);
  assert.doesNotMatch(lines.join('\n'), /hunter2/);
  assert.match(lines.join('\n'), /got a text from \$\{env:T\}/);
  assert.match(lines.join('\n'), /exporters\.otlp_grpc\.token: expected a text of at least 20 characters/);
});

test('expands variables: a whole value is parsed as YAML, part of a text stays text', async () => {
  const text = `receivers: {otlp: {protocols: {grpc: {max_recv_msg_size_mib: '\${env:SIZE:-8}', endpoint: '\${HOST}:\${env:PORT:-4317}'}}}}
exporters: {otlp_grpc: {endpoint: '\${env:NUMBER}', headers: {cost: '5$$', other: 'a\${env:NOT_SET}b', nested: '\${env:A:-\${env:NUMBER}}'}}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [otlp_grpc]}}}`;
  const loaded = await load(text, { environment: { HOST: '0.0.0.0', NUMBER: '007' } });
  assert.ok(loaded.ok, loaded.errors.map(formatConfigError).join('\n'));
  assert.deepEqual(loaded.config.receivers.get('otlp')?.config['protocols'], {
    grpc: { endpoint: '0.0.0.0:4317', maxRecvMsgSizeMib: 8 },
  });
  const exporter = loaded.config.exporters.get('otlp_grpc')?.config;
  assert.equal(exporter?.['endpoint'], '007');
  assert.deepEqual(exporter?.['headers'], { cost: '5$', other: 'ab', nested: '007' });
  assert.deepEqual(loaded.errors.map(formatConfigError), [
    'c.yaml:2:82: warning: environment variable NOT_SET is not set, its value is empty',
  ]);
});

test('merges files: mappings merge, lists are replaced, settings override both', async () => {
  const loaded = await loadConfig({
    sources: [
      {
        name: 'a.yaml',
        text: `receivers: {otlp: {protocols: {grpc: {}}}}\nprocessors: {batch: {timeout: 1s, metadata_keys: [a, b]}}\nexporters: {nop: {}}\n${PIPELINE}`,
      },
      {
        name: 'b.yaml',
        text: 'processors: {batch: {metadata_keys: [c]}}\nservice: {pipelines: {traces: {processors: [batch]}}}',
      },
    ],
    settings: ['processors.batch.send_batch_size=5', 'receivers::otlp::protocols::http::endpoint=0.0.0.0:1'],
    environment: {},
    registry,
  });
  assert.ok(loaded.ok, loaded.errors.map(formatConfigError).join('\n'));
  assert.deepEqual(loaded.config.processors.get('batch')?.config, {
    sendBatchSize: 5,
    timeout: 1000,
    metadataKeys: ['c'],
  });
  assert.deepEqual(loaded.config.receivers.get('otlp')?.config['protocols'], {
    grpc: { endpoint: '127.0.0.1:4317', maxRecvMsgSizeMib: 4 },
    http: { endpoint: '0.0.0.0:1' },
  });
  assert.deepEqual(
    loaded.config.service.pipelines[0]?.processors.map(({ id }) => id),
    ['batch'],
  );
});

test('names the file of an error', async () => {
  const loaded = await loadConfig({
    sources: [
      { name: 'a.yaml', text: `receivers: {otlp: {}}\nexporters: {nop: {}}\n${PIPELINE}` },
      { name: 'b.yaml', text: 'exporters:\n  nop: {x: 1}' },
    ],
    settings: ['receivers.otlp.y=1', 'nonsense'],
    environment: {},
    registry,
  });
  assert.deepEqual(loaded.errors.map(formatConfigError), [
    '--set: expected KEY.KEY=VALUE, got "nonsense"',
    '--set: receivers.otlp.y: expected one of protocols, got "y"',
    'b.yaml:2:9: exporters.nop.x: expected nothing here, got "x"',
  ]);
  const without = await loadConfig({
    sources: [
      { name: 'a.yaml', text: `receivers: {otlp: {}}\nexporters: {nop: {}}\n${PIPELINE}` },
      { name: 'b.yaml', text: 'exporters:\n  nop: {x: 1}' },
    ],
    settings: ['receivers.otlp.y=1'],
    environment: {},
    registry,
  });
  assert.deepEqual(without.errors.map(formatConfigError), [
    '--set: receivers.otlp.y: expected one of protocols, got "y"',
    'b.yaml:2:9: exporters.nop.x: expected nothing here, got "x"',
  ]);
});

test('supports anchors and merge keys of YAML', async () => {
  const config = await configOf(
    `
defaults: &d {send_batch_size: 3, timeout: 2s}
receivers: {otlp: {}}
processors:
  batch/a: {<<: *d, timeout: 3s}
  batch/b: *d
exporters: {nop: {}}
${PIPELINE}`
      .replace('defaults: &d {send_batch_size: 3, timeout: 2s}\n', '')
      .replace('batch/a: {<<: *d', 'batch/0: &d {send_batch_size: 3, timeout: 2s}\n  batch/a: {<<: *d'),
  );
  assert.deepEqual(config.processors.get('batch/a')?.config, { sendBatchSize: 3, timeout: 3000, metadataKeys: [] });
  assert.deepEqual(config.processors.get('batch/b')?.config, { sendBatchSize: 3, timeout: 2000, metadataKeys: [] });
});

test('rejects aliases that expand exponentially', async () => {
  const levels = Array.from({ length: 30 }, (_, i) => `l${i + 1}: &l${i + 1} [*l${i}, *l${i}]`);
  const lines = await errorsOf(`l0: &l0 [x, x]\n${levels.join('\n')}`);
  assert.match(lines.join('\n'), /aliases that expand without end/);
});

test('checks references between components', async () => {
  const structure = async (service: string, connectors = '') =>
    errorsOf(
      `receivers: {otlp: {}}\nprocessors: {batch: {}, traces_only: {}}\nexporters: {nop: {}}\n${connectors}\n${service}`,
    );
  assert.deepEqual(await structure('service: {}'), [
    'c.yaml:5:1: service.pipelines: expected at least one pipeline, such as "traces", got none',
  ]);
  assert.deepEqual(
    await structure(
      'service: {extensions: [x], pipelines: {logs: {receivers: [otlp, otlp], processors: [traces_only], exporters: []}}}',
    ),
    [
      'c.yaml:5:24: service.extensions: expected a configured extension but none is configured under extensions, got "x"',
      'c.yaml:5:65: service.pipelines.logs.receivers: expected each component once, got "otlp" again',
      'c.yaml:5:85: service.pipelines.logs.processors: expected a processor of logs, got "traces_only", which serves traces',
      'c.yaml:5:110: service.pipelines.logs.exporters: expected at least one exporter, got none',
    ],
  );
  assert.deepEqual(
    await structure(
      'service: {pipelines: {traces: {receivers: [otlp], exporters: [forward]}}}',
      'connectors: {forward: {}}',
    ),
    [
      'c.yaml:4:14: connectors.forward: expected a pipeline with this connector as a receiver, because it is an exporter of traces; got none',
    ],
  );
  assert.deepEqual(
    await structure(
      'service: {pipelines: {traces: {receivers: [otlp], exporters: [forward]}, logs: {receivers: [forward], exporters: [nop]}}}',
      'connectors: {forward: {}}',
    ),
    [
      'c.yaml:5:63: service.pipelines.traces.exporters: expected a connector from traces to logs, got "forward", which joins traces to traces and logs to logs',
      'c.yaml:5:93: service.pipelines.logs.receivers: expected a connector to logs, got "forward", which produces none from traces',
    ],
  );
  assert.deepEqual(
    await structure(
      'service: {pipelines: {traces/a: {receivers: [otlp, forward/b], exporters: [forward/a]}, traces/b: {receivers: [forward/a], exporters: [forward/b]}}}',
      'connectors: {forward/a: {}, forward/b: {}}',
    ),
    ['c.yaml:5:23: service.pipelines.traces/a: expected pipelines without a cycle, got traces/a → traces/b → traces/a'],
  );
});

test("accepts the Collector's own telemetry settings", async () => {
  const config = await configOf(`receivers: {otlp: {}}
exporters: {nop: {}}
service:
  telemetry:
    logs: {level: WARN, encoding: json, output_paths: [stderr]}
    metrics: {level: none, readers: [{pull: {exporter: {prometheus: {host: localhost, port: 8888}}}}]}
    resource: {service.name: gateway}
  pipelines: {traces: {receivers: [otlp], exporters: [nop]}}`);
  assert.equal(config.service.telemetry.logs.level, 'warn');
  assert.equal(config.service.telemetry.logs.encoding, 'json');
});
