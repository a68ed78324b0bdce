import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { basicHeaders } from '@otelier/transport/auth';
import { createHttpClient } from '@otelier/transport/http-client';
import { formatConfigError } from '../../config/config-error.ts';
import { readConfigFiles } from '../../config/files.ts';
import { loadConfig } from '../../config/load.ts';
import { type ModuleDirectory, until, withModules } from '../../functions/function-bench.testing.ts';
import { registry } from '../../registry.generated.ts';
import { createLogger } from '../logging.ts';
import { createService, type Service } from '../service.ts';

const COMPONENTS = `import { ACCEPTED, authorizeRequests, type Batch, clientAuth, createHttpServer, createServerReceiver, defineAuthenticator, defineReceiver, defineSendingExporter, serverAuth, serverOptions, z } from 'otelier';

const about = { stability: 'development', examples: [] } as const;

export const http = defineReceiver({
  ...about,
  summary: 'Receives OTLP.',
  signals: ['traces'],
  config: z.object({ endpoint: z.string().describe('Address.'), auth: serverAuth() }),
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
  create: (config, next, context) =>
    createServerReceiver(next, context, () => [{
      protocol: 'http', endpoint: config.endpoint,
      create: (listener, handler) => createHttpServer({ ...serverOptions(config, context), endpoint: listener }, handler),
    }]),
});

export const echo = defineReceiver({
  ...about,
  summary: 'Sends back what it receives.',
  signals: ['traces'],
  config: z.object({ endpoint: z.string().describe('Address.') }),
  create({ endpoint }, _next, { id, host }) {
    let release = async () => {};
    return {
      async start() {
        const leased = await host.listen(endpoint, { component: id, protocol: 'tcp' });
        release = leased.release;
        leased.listener.accept((socket) => void socket.pipe(socket));
      },
      shutdown: () => release(),
    };
  },
});

export const senders = defineAuthenticator({
  ...about,
  summary: 'Knows senders by a header.',
  config: z.object({ name: z.string().describe('Name.') }),
  file: ['name'],
  authenticates: () => ['incoming', 'outgoing'],
  authenticator: ({ name }) => ({
    challenge: 'Name realm="mine"',
    authenticate(headers) {
      if (headers['x-name'] === 'throws') throw new RangeError('a secret');
      if (headers['x-name'] === 'exits') process.exit(3);
      if (headers['x-name'] === 'loops') for (const end = performance.now() + 2_500; performance.now() < end; );
      if (headers['x-name'] === name) return { kind: 'authenticated', subject: name };
      return { kind: 'unauthenticated', reason: 'unknown sender' };
    },
    authorize: async ({ headers }) => ({ kind: 'authorized', headers: { ...headers, 'x-name': name } }),
  }),
});

export const post = defineSendingExporter({
  ...about,
  summary: 'Sends OTLP.',
  signals: ['traces'],
  config: z.object({ to: z.string().describe('URL.'), headers: z.record(z.string(), z.string()).prefault({}).describe('Headers.'), auth: clientAuth() }),
  create(config, context) {
    let authorize: ReturnType<typeof authorizeRequests>;
    return {
      async start() { authorize = authorizeRequests(config, context); },
      async send(batch: Batch, abort) {
        const authorized = await authorize?.(batch.context, abort);
        if (authorized?.kind !== 'authorized') return { kind: 'refused', reason: authorized?.reason ?? 'expected headers' };
        const headers = { ...authorized.headers, 'content-type': 'application/x-protobuf' };
        for (const body of batch.parts) {
          const { status } = await fetch(config.to, { method: 'POST', headers, body });
          if (status !== 200) return { kind: 'refused', reason: String(status) };
        }
        return ACCEPTED;
      },
    };
  },
});
`;

const TYPES = `components:
  my_http: { file: FILE, export: http }
  echo: { file: FILE, export: echo }
  senders: { file: FILE, export: senders }
  post: { file: FILE, export: post }
`;

async function load(directory: ModuleDirectory, yaml: string) {
  const file = await directory.save('c.ts', COMPONENTS);
  const source = await directory.save('c.yaml', `${TYPES}${yaml}`.replaceAll('FILE', file));
  const read = async () => {
    const { sources, errors } = await readConfigFiles([source]);
    return errors.length > 0 ? ({ ok: false, errors } as const) : loadConfig({ sources, environment: {}, registry });
  };
  return { read, loaded: await read() };
}

/** Runs a test with a service whose configuration uses the components above. */
async function withService(
  yaml: string,
  run: (service: Service, directory: ModuleDirectory, lines: readonly Record<string, unknown>[]) => Promise<void>,
): Promise<void> {
  await withModules(async (directory) => {
    const { read, loaded } = await load(directory, yaml);
    assert.ok(loaded.ok, loaded.errors.map(formatConfigError).join('\n'));
    const lines: Record<string, unknown>[] = [];
    const logger = createLogger({ level: 'info', encoding: 'json' }, { write: (line) => lines.push(JSON.parse(line)) });
    const service = createService({ config: loaded.config, readConfig: read, logger });
    try {
      await service.start();
      await run(service, directory, lines);
    } finally {
      await service.shutdown();
    }
  });
}

function addressOf(service: Service, component: string): string {
  return service.host.endpoints().find((endpoint) => endpoint.component === component)?.address ?? '';
}

/** Sends a span, and returns the outcome with its reason. */
async function send(address: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const client = createHttpClient({ endpoint: `http://${address}`, headers });
  const request = encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'a' }] }] }] });
  const outcome = await client.export('traces', [request]);
  await client.shutdown();
  return outcome.kind === 'accepted' ? outcome.kind : `${outcome.kind}: ${outcome.reason}`;
}

const BASIC =
  'basic_auth: { htpasswd: { inline: "shop:secret" } }, basic_auth/out: { client_auth: { username: shop, password: secret } }';
const ends = (receivers: string) => `exporters: { nop: {} }
service:
  extensions: [EXTENSIONS]
  pipelines: { traces: { receivers: [${receivers}], exporters: [nop] } }
`;

test('a receiver of a module listens through the host, and authenticates with an extension of otelier', () =>
  withService(
    `extensions: { ${BASIC} }
receivers: { my_http: { endpoint: "127.0.0.1:0", auth: { authenticator: basic_auth } } }
${ends('my_http').replace('EXTENSIONS', 'basic_auth, basic_auth/out')}`,
    async (service, directory) => {
      const address = addressOf(service, 'my_http');
      assert.match(await send(address), /^refused: .*401/);
      const headers = basicHeaders('shop', 'secret');
      assert.equal(await send(address, headers), 'accepted');
      // A new version of the module takes the socket: no request is refused.
      let isDone = false;
      let sent = 0;
      const sending = (async () => {
        for (; !isDone; sent++) assert.equal(await send(address, headers), 'accepted');
      })();
      await directory.save('c.ts', `${COMPONENTS}// 2\n`);
      await until(() => service.host.configuration?.last?.result === 'applied');
      const before = sent;
      await until(() => sent > before + 2);
      isDone = true;
      await sending;
      assert.equal(addressOf(service, 'my_http'), address);
    },
  ));

test('bytes and the end of a connection pass to the socket of a module and back', () =>
  withService(
    `receivers: { echo: { endpoint: "127.0.0.1:0" } }\n${ends('echo').replace('EXTENSIONS', '')}`,
    async (service) => {
      const [host = '', port = ''] = addressOf(service, 'echo').split(':');
      const socket = connect({ host, port: Number(port), allowHalfOpen: true });
      const sent = Buffer.alloc(3_000_000, 'abcdefg');
      socket.end(sent);
      const received: Buffer[] = [];
      for await (const chunk of socket) received.push(chunk as Buffer);
      assert.ok(Buffer.concat(received).equals(sent));
    },
  ));

test('an extension of a module authenticates what receivers get and exporters send', () =>
  withService(
    `extensions: { senders: { name: shop }, ${BASIC} }
receivers:
  otlp: { protocols: { http: { endpoint: "127.0.0.1:0", auth: { authenticator: senders } } } }
  my_http: { endpoint: "127.0.0.1:0", auth: { authenticator: senders } }
${ends('otlp, my_http').replace('EXTENSIONS', 'senders')}`.replace(`, ${BASIC}`, ''),
    async (service, _directory, lines) => {
      for (const component of ['otlp', 'my_http']) {
        const address = addressOf(service, component);
        assert.match(await send(address), /^refused: .*unknown sender/);
        assert.equal(await send(address, { 'x-name': 'shop' }), 'accepted');
        const failed = await send(address, { 'x-name': 'throws' });
        assert.match(failed, /^retry: .*the authenticator failed/);
        assert.doesNotMatch(failed, /a secret/);
      }
      await until(() => lines.some(({ reason }) => /RangeError: a secret \(.*c\.ts:\d+:\d+\)/.test(String(reason))));
      // The service does not wait for it, and calls it again when it has replied.
      const address = addressOf(service, 'otlp');
      assert.match(await send(address, { 'x-name': 'loops' }), /^retry: .*the authenticator failed/);
      while ((await send(address, { 'x-name': 'shop' })) !== 'accepted');
    },
  ));

test('exporters send with the credentials of extensions: of a module, and of otelier in a module', () =>
  withService(
    `extensions: { senders: { name: shop }, ${BASIC} }
receivers:
  otlp: { protocols: { http: { endpoint: "127.0.0.1:0", auth: { authenticator: basic_auth } } } }
  otlp/named: { protocols: { http: { endpoint: "127.0.0.1:0", auth: { authenticator: senders } } } }
${ends('otlp, otlp/named').replace('EXTENSIONS', 'senders, basic_auth')}`.replace(
      ', basic_auth/out: { client_auth: { username: shop, password: secret } }',
      '',
    ),
    async (inner) => {
      const to = (component: string) => `http://${addressOf(inner, component)}/v1/traces`;
      await withService(
        `extensions: { senders: { name: shop }, basic_auth: { client_auth: { username: shop, password: secret } } }
receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:0" } } } }
exporters:
  post: { to: ${to('otlp')}, auth: { authenticator: basic_auth }, sending_queue: { enabled: false } }
  otlp_http: { traces_endpoint: ${to('otlp/named')}, auth: { authenticator: senders }, sending_queue: { enabled: false } }
service: { extensions: [senders, basic_auth], pipelines: { traces: { receivers: [otlp], exporters: [post, otlp_http] } } }
`,
        async (outer) => assert.equal(await send(addressOf(outer, 'otlp')), 'accepted'),
      );
    },
  ));

test('authenticators of a module run in each worker', () =>
  withService(
    `extensions: { senders: { name: shop } }
receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:0", auth: { authenticator: senders } } } } }
${ends('otlp').replace('EXTENSIONS', 'senders').replace('service:', 'service:\n  workers: 2')}`,
    async (service) => {
      const address = addressOf(service, 'otlp');
      assert.match(await send(address), /^refused: .*unknown sender/);
      for (let count = 0; count < 4; count++) assert.equal(await send(address, { 'x-name': 'shop' }), 'accepted');
    },
  ));

test('a thread that ends is started again, with its sockets and authenticators', () =>
  withService(
    `extensions: { senders: { name: shop } }
receivers:
  otlp: { protocols: { http: { endpoint: "127.0.0.1:0", auth: { authenticator: senders } } } }
  my_http: { endpoint: "127.0.0.1:0", auth: { authenticator: senders } }
${ends('otlp, my_http').replace('EXTENSIONS', 'senders')}`,
    async (service) => {
      assert.match(await send(addressOf(service, 'otlp'), { 'x-name': 'exits' }), /^retry: /);
      for (const component of ['otlp', 'my_http'])
        while ((await send(addressOf(service, component), { 'x-name': 'shop' }).catch(String)) !== 'accepted');
      assert.equal(service.host.endpoints().length, 2);
    },
  ));

test('names an authenticator that does not exist, and an address in use', () =>
  withModules(async (directory) => {
    const used = createServer();
    await new Promise<void>((resolve) => used.listen(0, '127.0.0.1', resolve));
    const { port } = used.address() as { readonly port: number };
    for (const [options, expected] of [
      ['endpoint: "127.0.0.1:0", auth: { authenticator: absent }', /auth\.authenticator: expected .*, got "absent"/],
      [`endpoint: "127.0.0.1:${port}"`, /is in use by another program/],
    ] as const) {
      const { loaded } = await load(
        directory,
        `receivers: { my_http: { ${options} } }\n${ends('my_http').replace('EXTENSIONS', '')}`,
      );
      assert.ok(loaded.ok);
      const service = createService({
        config: loaded.config,
        logger: createLogger({ level: 'fatal', encoding: 'json' }, { write: () => {} }),
      });
      await assert.rejects(service.start(), expected);
      await service.shutdown();
    }
    used.close();
  }));
