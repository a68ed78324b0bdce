import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACCEPTED, type BatchContext } from '@otelier/otlp';
import { type BenchOptions, type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import { createHttpServer } from '@otelier/transport/http-server';
import { otlpGrpc } from '../../exporters/otlp_grpc.ts';
import { otlpHttp } from '../../exporters/otlp_http.ts';
import { basicAuth } from '../../extensions/basic_auth.ts';
import { bearerTokenAuth } from '../../extensions/bearer_token_auth.ts';
import { headersSetter } from '../../extensions/headers_setter.ts';

/** Both exporters with a client authenticator, each with a server. */
const EXPORTERS = [
  {
    name: 'otlp_http',
    definition: otlpHttp,
    createServer: createHttpServer,
    config: (address: string) => ({ endpoint: `http://${address}` }),
  },
  {
    name: 'otlp_grpc',
    definition: otlpGrpc,
    createServer: createGrpcServer,
    config: (address: string) => ({ endpoint: address, tls: { insecure: true } }),
  },
] as const;

type Extensions = NonNullable<BenchOptions['extensions']>;

interface World {
  readonly bench: ComponentBench;
  readonly handler: RecordingHandler;
  /** Sends a batch with a context through the exporter, and returns the headers of the request. */
  headers(context?: Partial<BatchContext>): Promise<Readonly<Record<string, unknown>>>;
}

async function withExporter(
  { definition, createServer, config }: (typeof EXPORTERS)[number],
  options: { readonly headers?: Readonly<Record<string, string>>; readonly extensions: Extensions },
  run: (world: World) => Promise<void>,
): Promise<void> {
  const handler = createRecordingHandler();
  const server = await createServer({ endpoint: '127.0.0.1:0' }, handler);
  const bench = await createComponentBench(definition, {
    signals: ['logs'],
    config: {
      ...config(server.address),
      headers: options.headers ?? {},
      auth: { authenticator: Object.keys(options.extensions)[0] },
      sending_queue: { enabled: false },
      retry_on_failure: { enabled: false },
    },
    extensions: options.extensions,
  });
  try {
    await bench.start();
    await run({
      bench,
      handler,
      async headers(context) {
        const batch = sampleBatch('logs');
        assert.deepEqual(await bench.send({ ...batch, context: { ...batch.context, ...context } }), ACCEPTED);
        return handler.requests.at(-1)?.headers ?? {};
      },
    });
  } finally {
    await bench.close();
    await server.shutdown(0);
  }
}

for (const exporter of EXPORTERS) {
  test(`${exporter.name} sends basic credentials, from files as well, and never logs them`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'otelier-credentials-'));
    await writeFile(join(directory, 'password'), 'hunter2\n');
    const config = { client_auth: { username: 'shop', password_file: join(directory, 'password') } };
    const extensions = { basic_auth: { definition: basicAuth, config } };
    await withExporter(exporter, { extensions }, async ({ bench, headers }) => {
      assert.equal((await headers())['authorization'], `Basic ${btoa('shop:hunter2')}`);
      await writeFile(join(directory, 'password'), 'a longer one');
      await bench.clock.advance(5_000);
      assert.equal((await headers())['authorization'], `Basic ${btoa('shop:a longer one')}`);
      assert.doesNotMatch(JSON.stringify([bench.logs, bench.service.graph()]), /hunter2|longer one/);
    });
    await rm(directory, { recursive: true });
  });

  test(`${exporter.name} sends a bearer token in place of a configured header`, async () => {
    const extensions = { bearer_token_auth: { definition: bearerTokenAuth, config: { token: 'hunter2' } } };
    const fixed = { Authorization: 'Basic old', 'X-Other': 'kept' };
    await withExporter(exporter, { headers: fixed, extensions }, async ({ headers }) => {
      const sent = await headers();
      assert.equal(sent['authorization'], 'Bearer hunter2');
      assert.equal(sent['x-other'], 'kept');
    });
  });

  test(`${exporter.name} sets headers from the received request and the sender`, async () => {
    const config = {
      additional_auth: 'bearer_token_auth',
      headers: [
        { key: 'X-Scope-OrgID', from_context: 'X-Tenant', default_value: 'none' },
        { action: 'insert', key: 'x-fixed', value: 'inserted' },
        { action: 'insert', key: 'x-new', value: 'inserted' },
        { action: 'update', key: 'X-FIXED', value: 'updated' },
        { action: 'update', key: 'x-absent', value: 'updated' },
        { action: 'delete', key: 'X-Secret' },
        { key: 'x-user', from_attribute: 'subject' },
      ],
    };
    const extensions = {
      headers_setter: { definition: headersSetter, config },
      bearer_token_auth: { definition: bearerTokenAuth, config: { token: 'hunter2' } },
    };
    const fixed = { 'x-fixed': 'configured', 'x-secret': 'dropped' };
    await withExporter(exporter, { headers: fixed, extensions }, async ({ bench, handler, headers }) => {
      const first = await headers({ metadata: { 'x-tenant': ['acme'] }, subject: 'shop' });
      const names = ['authorization', 'x-scope-orgid', 'x-fixed', 'x-new', 'x-absent', 'x-secret', 'x-user'];
      assert.deepEqual(
        names.map((name) => first[name]),
        ['Bearer hunter2', 'acme', 'updated', 'inserted', undefined, undefined, 'shop'],
      );
      assert.equal((await headers())['x-scope-orgid'], 'none');
      const batch = sampleBatch('logs');
      const context = { ...batch.context, metadata: { 'x-tenant': ['acme', 'globex'] } };
      assert.deepEqual(await bench.send({ ...batch, context }), {
        kind: 'refused',
        reason: 'expected one value for the header x-scope-orgid, got 2',
      });
      assert.equal(handler.requests.length, 2);
    });
  });
}

test('rejects an authenticator that does not exist, or that only checks received requests', async () => {
  const config = { endpoint: 'http://127.0.0.1:1', auth: { authenticator: 'basic_auth' } };
  await assert.rejects(
    createComponentBench(otlpHttp, { config }),
    /auth\.authenticator: expected an extension that adds credentials, of service\.extensions but it has none, got "basic_auth"/,
  );
  const extensions = { basic_auth: { definition: basicAuth, config: { htpasswd: { inline: 'a:b' } } } };
  await assert.rejects(createComponentBench(otlpHttp, { config, extensions }), /but it has none, got "basic_auth"/);
});
