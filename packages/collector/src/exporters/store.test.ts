import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_TENANT, localContext, type Signal, takeBytes } from '@otelier/otlp';
import { openStore, type Store } from '@otelier/store';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { exporterContract } from '@otelier/testkit/component-contract';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { systemClock } from '@otelier/transport/clock';
import { passOwned, type SignalConsumers } from '../component/contract.ts';
import { defineReceiver } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { loadConfig } from '../config/load.ts';
import { registry } from '../registry.generated.ts';
import { createLogger } from '../service/logging.ts';
import { createService } from '../service/service.ts';
import { store } from './store.ts';

async function withTempDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-store-exporter-'));
  try {
    await run(join(directory, 'data'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

exporterContract(store, {
  clock: systemClock,
  async destination() {
    const directory = await mkdtemp(join(tmpdir(), 'otelier-store-exporter-'));
    return { config: { directory }, close: () => rm(directory, { recursive: true, force: true }) };
  },
});

const benchOn = (directory: string, signals?: readonly Signal[]): Promise<ComponentBench> =>
  createComponentBench(store, { config: { directory }, clock: systemClock, ...(signals && { signals }) });

function storeOf(bench: ComponentBench): Store {
  const open = bench.service.host.stores().get('tested');
  assert.ok(open, 'expected the store to be registered under the ID of its exporter');
  return open;
}

test('stores all signals in one store', () =>
  withTempDirectory(async (directory) => {
    const bench = await benchOn(directory);
    await bench.start();
    for (const signal of ['traces', 'metrics', 'logs'] as const) await bench.send(sampleBatch(signal, 3));
    const { signals } = await storeOf(bench).stats();
    assert.deepEqual(
      ['traces', 'metrics', 'logs'].map((signal) => {
        const { rows = 0, pendingRows = 0 } = signals[signal] ?? {};
        return rows + pendingRows;
      }),
      [3, 3, 3],
    );
    await bench.service.shutdown();
    assert.equal(bench.service.host.stores().size, 0);
  }));

test('keeps acknowledged telemetry across a restart', () =>
  withTempDirectory(async (directory) => {
    const bench = await benchOn(directory, ['logs']);
    await bench.start();
    await bench.send(sampleBatch('logs', 2));
    await bench.service.shutdown();
    const reopened = await openStore({ directory });
    const parts: Uint8Array[] = [];
    for await (const part of reopened.export({ tenant: DEFAULT_TENANT, signal: 'logs' })) parts.push(part);
    await reopened.close();
    assert.equal(parts.length, 1);
  }));

test('uses the memory of requests again only when the journal has their bytes', () =>
  withTempDirectory(async (directory) => {
    let next: SignalConsumers = {};
    const receiver = defineReceiver({
      summary: 'Receives requests of the test.',
      stability: 'development',
      signals: ['logs'],
      config: z.object({}),
      examples: [],
      create(_config, consumers) {
        next = consumers;
        return {};
      },
    });
    const pipelines = { logs: { receivers: ['in'], exporters: ['store'] } };
    const text = JSON.stringify({ receivers: { in: {} }, exporters: { store: { directory } }, service: { pipelines } });
    const receivers = { in: { load: async () => receiver } };
    const loaded = await loadConfig({
      sources: [{ name: 'test', text }],
      environment: {},
      registry: { ...registry, receiver: receivers },
    });
    assert.ok(loaded.ok, JSON.stringify(loaded));
    const service = createService({
      config: loaded.config,
      logger: createLogger({ level: 'silent', encoding: 'json' }),
    });
    await service.start();
    const sent: string[] = [];
    const memory = new Set<ArrayBufferLike>();
    const sendOne = async (index: number): Promise<void> => {
      const texts = Array.from({ length: 200 }, (_, i) => `request ${index}, record ${i} ${'x'.repeat(100)}`);
      const logRecords = texts.map((stringValue) => ({ body: { stringValue } }));
      const encoded = encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
      const bytes = takeBytes(encoded.length);
      memory.add(bytes.buffer);
      bytes.set(encoded);
      const context = localContext(Date.now());
      const { logs } = next;
      assert.ok(logs);
      const outcome = await passOwned(logs, {
        signal: 'logs',
        parts: [bytes],
        itemCount: texts.length,
        sizeBytes: bytes.length,
        context,
      });
      assert.deepEqual(outcome, { kind: 'accepted' });
      sent.push(...texts);
    };
    await Promise.all(
      Array.from({ length: 8 }, async (_, sender) => {
        for (let i = 0; i < 10; i++) await sendOne(sender * 10 + i);
      }),
    );
    await service.shutdown();
    assert.ok(memory.size < 40, `${memory.size} pieces of memory for 80 requests`);
    const reopened = await openStore({ directory });
    const stored: string[] = [];
    for await (const part of reopened.export({ tenant: DEFAULT_TENANT, signal: 'logs' }))
      stored.push(
        ...(Buffer.from(part)
          .toString()
          .match(/request \d+, record \d+ x+/g) ?? []),
      );
    await reopened.close();
    assert.deepEqual(stored.sort(), sent.sort());
  }));

test('fails to start on a directory that another process has open', () =>
  withTempDirectory(async (directory) => {
    const first = await benchOn(directory, ['logs']);
    await first.start();
    const second = await benchOn(directory, ['logs']);
    await assert.rejects(second.start(), {
      name: 'StartError',
      message: new RegExp(`^exporter tested: .*${directory}`),
    });
    assert.deepEqual(await first.send(sampleBatch('logs')), { kind: 'accepted' });
    await first.service.shutdown();
  }));

test('fails to start if the path is a file, and names it', () =>
  withTempDirectory(async (directory) => {
    await writeFile(directory, 'not a directory');
    const bench = await benchOn(directory, ['logs']);
    await assert.rejects(bench.start(), {
      message: new RegExp(`^exporter tested: ${directory}: expected a writable directory, got EEXIST`),
    });
    assert.equal(await readFile(directory, 'utf8'), 'not a directory');
  }));

/** Creates a service with two exporters that share a directory. */
async function twoExporters(directory: string, settings: string) {
  const text = `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
exporters: {store/a: {directory: ${directory}}, store/b: {directory: ${directory}/../data${settings}}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [store/a]}, logs: {receivers: [otlp], exporters: [store/b]}}}`;
  const loaded = await loadConfig({ sources: [{ name: 'c.yaml', text }], environment: {}, registry });
  assert.ok(loaded.ok, JSON.stringify(loaded.errors));
  return createService({ config: loaded.config, logger: createLogger({ level: 'silent', encoding: 'json' }) });
}

test('shares the store of two exporters on one directory, under both IDs', () =>
  withTempDirectory(async (directory) => {
    const service = await twoExporters(directory, '');
    await service.start();
    const stores = service.host.stores();
    assert.deepEqual([...stores.keys()].sort(), ['store/a', 'store/b']);
    assert.equal(stores.get('store/a'), stores.get('store/b'));
    await service.shutdown();
  }));

test('rejects two exporters on one directory with different settings', () =>
  withTempDirectory(async (directory) => {
    await assert.rejects(
      twoExporters(directory, ', retention: 1h'),
      /expected a path of its own, or the settings of .*store\/a.*, got .*data.* with other settings/,
    );
  }));

test('limits by signal are validated, and passed to the store', async () => {
  const parse = (retention: unknown) => store.config.safeParse({ retention });
  assert.deepEqual(parse({ traces: { maxAge: '72h', maxSize: '5GB' }, logs: { maxAge: 0 } }).data?.retention, {
    traces: { maxAge: 259_200_000, maxSize: 5e9 },
    logs: { maxAge: 0 },
  });
  assert.equal(parse('72h').data?.retention, 259_200_000);
  for (const wrong of [
    'soon',
    { spans: { maxAge: '1h' } },
    { traces: { maxAge: 'soon' } },
    { traces: { age: '1h' } },
    7,
  ]) {
    assert.equal(parse(wrong).success, false, JSON.stringify(wrong));
  }
});

test('purposes are validated, each with a message that says what was expected', () => {
  const messages = (purposes: unknown) => store.config.safeParse({ purposes }).error?.issues.map(reasonOf);
  const security = { attributes: { 'log.type': ['audit', 7], debug: '*' }, services: ['auth'], retention: '8760h' };
  assert.equal(messages({ security, forever: { tenants: ['acme'], retention: 0 } }), undefined);
  for (const [wrong, expected] of [
    [{ Security: security }, /lower-case letters/],
    [{ security: { ...security, retention: undefined } }, /expected a duration/],
    [{ security: { ...security, retention: 'a year' } }, /expected a duration/],
    [{ security: { retention: '1h' } }, /expected signals, tenants, services or attributes, got none/],
    [{ security: { ...security, signals: ['spans'] } }, /expected traces, metrics, logs or profiles/],
    [{ security: { ...security, services: [] } }, /at least one of names of services/],
    [{ security: { ...security, attributes: { kind: [] } } }, /expected at least one value|Invalid input/],
    [{ security: { ...security, service: 'auth' } }, /service/],
    [Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`p${i}`, security])), /at most 32 purposes/],
  ] as const) {
    assert.match(String(messages(wrong)), expected, JSON.stringify(wrong));
  }
});

/** Returns the message of an issue; for the name of a purpose, that of its name. */
function reasonOf(issue: { readonly message: string; readonly issues?: readonly { readonly message: string }[] }) {
  return [issue.message, ...(issue.issues ?? []).map(({ message }) => message)].join(': ');
}
