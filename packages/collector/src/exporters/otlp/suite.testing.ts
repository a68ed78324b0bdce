import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACCEPTED, type Outcome, SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import { createCertificates } from '@otelier/testkit/certificates';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { exporterContract } from '@otelier/testkit/component-contract';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import type { ExportHandler, ExportServer, ServerTlsOptions } from '@otelier/transport';
import type { ExporterDefinition } from '../../component/define.ts';

/** An OTLP exporter under test, with its server. */
export interface OtlpExporterUnderTest {
  readonly definition: ExporterDefinition;
  readonly compressions: readonly string[];
  /** Name of the request header that names the compression. */
  readonly encodingHeader: string;
  /** Whether a retry joins the first attempt while that attempt has no response. */
  readonly joinsAttempts?: boolean;
  createServer(options: ServerOptions, handler: ExportHandler): Promise<ExportServer>;
  /** Returns the exporter configuration for a server, with or without TLS. */
  configFor(address: string, secure?: boolean): Config;
}

interface ServerOptions {
  readonly endpoint: string;
  readonly tls?: ServerTlsOptions;
}

type Config = Readonly<Record<string, unknown>>;

/** A server, and a service with the exporter under test. */
interface World {
  readonly bench: ComponentBench;
  readonly handler: RecordingHandler;
  readonly server: ExportServer;
}

interface WorldOptions {
  readonly config?: Config;
  readonly signals?: readonly Signal[];
  readonly tls?: ServerTlsOptions;
  readonly endpoint?: string;
}

/** Defines the tests that run an exporter against a real server. */
export function otlpExporterTests(exporter: OtlpExporterUnderTest): void {
  const { definition } = exporter;

  const withWorld = async (options: WorldOptions, run: (world: World) => Promise<void>): Promise<void> => {
    const { config = {}, signals = ['traces'], tls, endpoint = '127.0.0.1:0' } = options;
    const handler = createRecordingHandler();
    const server = await exporter.createServer({ endpoint, ...(tls && { tls }) }, handler);
    const bench = await createComponentBench(definition, {
      signals,
      random: () => 0.5,
      config: { ...exporter.configFor(server.address, tls !== undefined), ...config },
    });
    try {
      await bench.start();
      await run({ bench, handler, server });
    } finally {
      await bench.close();
      await server.shutdown(0);
    }
  };

  exporterContract(definition, {
    config: exporter.configFor('127.0.0.1:1'),
    async destination() {
      const server = await exporter.createServer({ endpoint: '127.0.0.1:0' }, createRecordingHandler());
      return { config: exporter.configFor(server.address), close: () => server.shutdown(0) };
    },
  });

  for (const compression of exporter.compressions) {
    test(`sends every signal with compression ${compression}`, () =>
      withWorld({ config: { compression }, signals: SIGNAL_NAMES }, async ({ bench, handler }) => {
        for (const [index, signal] of SIGNAL_NAMES.entries()) {
          const batch = sampleBatch(signal, 50);
          assert.deepEqual(await bench.send(batch), ACCEPTED);
          await handler.untilRequests(index + 1);
          const request = handler.requests[index];
          assert.equal(request?.signal, signal);
          assert.deepEqual(Buffer.from(request.body), Buffer.concat(batch.parts));
          assert.equal(
            request.headers[exporter.encodingHeader],
            compression === 'none' ? undefined : encodingOf(compression),
          );
        }
      }));
  }

  test('compresses with gzip by default', () =>
    withWorld({}, async ({ bench, handler }) => {
      await bench.send(sampleBatch('traces'));
      await handler.untilRequests(1);
      assert.equal(handler.requests[0]?.headers[exporter.encodingHeader], 'gzip');
    }));

  test('sends the configured headers with every request', () =>
    withWorld({ config: { headers: { 'X-Api-Key': 'hunter2' } } }, async ({ bench, handler }) => {
      for (let count = 1; count <= 2; count++) {
        await bench.send(sampleBatch('traces'));
        await handler.untilRequests(count);
      }
      assert.deepEqual(
        handler.requests.map(({ headers }) => headers['x-api-key']),
        ['hunter2', 'hunter2'],
      );
      assert.doesNotMatch(JSON.stringify([bench.logs, bench.service.graph()]), /hunter2/);
    }));

  test('sends the parts of a merged batch as one request', () =>
    withWorld({}, async ({ bench, handler }) => {
      const batch = sampleBatch('traces', 2);
      const parts = [...batch.parts, ...batch.parts];
      await bench.send({ ...batch, parts, itemCount: 4, sizeBytes: 2 * batch.sizeBytes });
      await handler.untilRequests(1);
      assert.deepEqual(Buffer.from(handler.requests[0]?.body ?? []), Buffer.concat(parts));
    }));

  test('retries after the delay of the server, even if that is longer than its own', () =>
    withWorld(
      { config: { retry_on_failure: { initial_interval: '1s', randomization_factor: 0 } } },
      async ({ bench, handler }) => {
        handler.response = () => ({ kind: 'retry', afterMillis: 7000, reason: 'the disk is full' });
        await bench.send(sampleBatch('traces'));
        await until(() => bench.error() !== undefined);
        assert.match(bench.error() ?? '', /^retrying, the server responded\b.*the disk is full/);
        await bench.clock.advance(6999);
        assert.equal(handler.requests.length, 1);
        handler.response = () => ACCEPTED;
        await bench.clock.advance(1);
        await handler.untilRequests(2);
        await until(() => bench.error() === undefined);
        assert.deepEqual(bench.dropped(), {});
      },
    ));

  test('counts rejected and refused items, and does not retry them', () =>
    withWorld({}, async ({ bench, handler }) => {
      handler.response = () => ({ kind: 'partial', rejectedItems: 2, reason: 'too old' });
      await bench.send(sampleBatch('traces', 5));
      await until(() => bench.dropped()['rejected'] === 2);
      handler.response = () => ({ kind: 'refused', reason: 'no such tenant' });
      await bench.send(sampleBatch('traces', 3));
      await until(() => bench.dropped()['refused'] === 3);
      const lost = bench.logs.filter(({ msg }) => msg === 'telemetry lost');
      assert.deepEqual(
        lost.map(({ items, reason }) => [items, reason]),
        [[2, 'too old']],
      );
      assert.equal(handler.requests.length, 2);
    }));

  test('returns a retryable error when the queue is full', () =>
    withWorld({ config: { sending_queue: { queue_size: 2, num_consumers: 1 } } }, async ({ bench, handler }) => {
      const slow = Promise.withResolvers<Outcome>();
      handler.response = () => slow.promise;
      const outcomes: string[] = [];
      for (let index = 0; index < 3; index++) outcomes.push((await bench.send(sampleBatch('traces'))).kind);
      assert.deepEqual(outcomes, ['accepted', 'accepted', 'retry']);
      slow.resolve(ACCEPTED);
      await handler.untilRequests(2);
      await until(() => bench.service.graph().admission.inFlightBytes === 0);
    }));

  test('returns the outcome of the server without a queue', () =>
    withWorld({ config: { sending_queue: { enabled: false } } }, async ({ bench, handler }) => {
      handler.response = () => ({ kind: 'refused', reason: 'no such tenant' });
      const outcome = await bench.send(sampleBatch('traces'));
      assert.equal(outcome.kind, 'refused');
      assert.match(outcome.kind === 'refused' ? outcome.reason : '', /no such tenant/);
    }));

  test('aborts an attempt at the timeout, reports it, and retries', () =>
    withWorld(
      { config: { timeout: '3s', retry_on_failure: { initial_interval: '1s' } } },
      async ({ bench, handler }) => {
        const never = Promise.withResolvers<Outcome>();
        handler.response = () => never.promise;
        await bench.send(sampleBatch('traces'));
        await handler.untilRequests(1);
        await bench.clock.advance(3000);
        await until(() => bench.error() !== undefined);
        assert.match(bench.error() ?? '', /^retrying, .*no response within 3s/);
        handler.response = () => ACCEPTED;
        await bench.clock.advance(1000);
        if (exporter.joinsAttempts === true) never.resolve(ACCEPTED);
        else await handler.untilRequests(2);
        await until(() => bench.error() === undefined);
        assert.equal(handler.requests.length, exporter.joinsAttempts === true ? 1 : 2);
        never.resolve(ACCEPTED);
      },
    ));

  test('waits without limit with a timeout of 0', () =>
    withWorld({ config: { timeout: '0s' } }, async ({ bench, handler }) => {
      const late = Promise.withResolvers<Outcome>();
      handler.response = () => late.promise;
      await bench.send(sampleBatch('traces'));
      await handler.untilRequests(1);
      await bench.clock.advance(3_600_000);
      assert.equal(bench.error(), undefined);
      late.resolve(ACCEPTED);
      await until(() => bench.service.graph().admission.inFlightBytes === 0);
      assert.equal(handler.requests.length, 1);
      assert.deepEqual(bench.dropped(), {});
    }));

  test('sends the queue before it stops', () =>
    withWorld({ config: { sending_queue: { num_consumers: 1 } } }, async ({ bench, handler }) => {
      const first = Promise.withResolvers<Outcome>();
      handler.response = () => first.promise;
      for (let index = 0; index < 4; index++) await bench.send(sampleBatch('traces', 2));
      await handler.untilRequests(1);
      handler.response = () => ACCEPTED;
      const drained = bench.service.drain();
      first.resolve(ACCEPTED);
      const { forwardedItems, lostItems } = await drained;
      assert.deepEqual(
        { forwardedItems, lostItems, requests: handler.requests.length },
        { forwardedItems: 8, lostItems: 0, requests: 4 },
      );
    }));

  test('reports items that were not sent before the deadline', () =>
    withWorld({ config: { sending_queue: { num_consumers: 1 } } }, async ({ bench, handler }) => {
      const never = Promise.withResolvers<Outcome>();
      handler.response = () => never.promise;
      for (let index = 0; index < 3; index++) await bench.send(sampleBatch('traces', 2));
      await handler.untilRequests(1);
      const drained = bench.service.drain(2000);
      await bench.clock.advance(2000);
      const { lostItems } = await drained;
      assert.equal(lostItems, 6);
      assert.deepEqual(bench.dropped(), { shutdown: 6 });
      never.resolve(ACCEPTED);
    }));

  test('connects to a server that starts later', { skip: process.platform === 'win32' }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'otelier-otlp-'));
    const endpoint = `unix:${join(directory, 'socket')}`;
    const bench = await createComponentBench(definition, {
      signals: ['traces'],
      config: { ...exporter.configFor(endpoint), retry_on_failure: { initial_interval: '1s' } },
    });
    await bench.start();
    await bench.send(sampleBatch('traces'));
    await until(() => bench.error() !== undefined);
    assert.match(bench.error() ?? '', /^retrying, .*ENOENT/);
    const handler = createRecordingHandler();
    const server = await exporter.createServer({ endpoint }, handler);
    await bench.clock.advance(2000);
    await handler.untilRequests(1);
    await until(() => bench.error() === undefined);
    await bench.close();
    await server.shutdown(0);
    await rm(directory, { recursive: true });
  });

  test('connects with TLS by the configured CA, and sends a client certificate', async () => {
    const { ca, server: identity, client } = await createCertificates();
    const tls = { certPem: identity.cert, keyPem: identity.key, caPem: ca.cert };
    const config = { tls: { ca_pem: ca.cert, cert_pem: client.cert, key_pem: client.key } };
    await withWorld({ tls, config }, async ({ bench, handler }) => {
      await bench.send(sampleBatch('traces'));
      await handler.untilRequests(1);
      assert.deepEqual(bench.dropped(), {});
    });
  });

  test('sends nothing to a server with an untrusted certificate, or to one that does not trust the client', async () => {
    const { ca, otherCa, server: identity, otherClient } = await createCertificates();
    const tls = { certPem: identity.cert, keyPem: identity.key };
    const once = { retry_on_failure: { enabled: false }, sending_queue: { enabled: false } };
    for (const [serverTls, clientTls] of [
      [tls, { ca_pem: otherCa.cert }],
      [tls, {}],
      [{ ...tls, caPem: ca.cert }, { ca_pem: ca.cert }],
      [
        { ...tls, caPem: ca.cert },
        { ca_pem: ca.cert, cert_pem: otherClient.cert, key_pem: otherClient.key },
      ],
    ] as const) {
      await withWorld({ tls: serverTls, config: { ...once, tls: clientTls } }, async ({ bench, handler }) => {
        const outcome = await bench.send(sampleBatch('traces'));
        assert.equal(outcome.kind, 'retry', JSON.stringify(outcome));
        assert.equal(handler.requests.length, 0);
      });
    }
    await withWorld({ tls, config: { ...once, tls: { insecure_skip_verify: true } } }, async ({ bench }) => {
      assert.deepEqual(await bench.send(sampleBatch('traces')), ACCEPTED);
    });
  });

  test('rejects an unreadable certificate when the configuration is read, and names field and file', async () => {
    const config = { ...exporter.configFor('127.0.0.1:1', true), tls: { ca_file: '/no/such/ca.pem' } };
    await assert.rejects(
      createComponentBench(definition, { config, signals: ['traces'] }),
      /exporters\.tested\.tls\.ca_file: expected a readable file, got \/no\/such\/ca\.pem: there is no such file/,
    );
  });

  test('rejects an invalid endpoint when the configuration is read', async () => {
    for (const endpoint of ['nonsense', 'host:99999', 'http://user:pass@host:4318']) {
      await assert.rejects(createComponentBench(definition, { config: { endpoint } }), (error: Error) => {
        assert.match(error.message, /exporters\.tested\.endpoint: expected (host:port|a URL)/);
        assert.doesNotMatch(error.message, /endpoint: endpoint/);
        return true;
      });
    }
  });
}

function encodingOf(compression: string): string {
  return compression === 'brotli' ? 'br' : compression === 'zlib' ? 'deflate' : compression;
}

/** Yields to the event loop until a condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
