import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Signal } from '@otelier/otlp';
import * as browser from '../browser.ts';
import * as node from '../node.ts';
import { type ClientOptions, createClient, OptionError, OtlpClient, span } from '../node.ts';
import { type ReceivedScope, startSink } from '../sink.testing.ts';

test('a built client uses all options that were set', async (t) => {
  const sink = await startSink(t);
  const client = OtlpClient.builder()
    .endpoint(sink.url)
    .protocol('http/json')
    .compression('gzip')
    .header('x-tenant', 'a')
    .headers({ 'x-shard': '7' })
    .bearerToken('secret')
    .resource({ 'service.name': 'shop', 'service.version': '1' })
    .resource(Promise.resolve({ 'service.version': '2' }))
    .attribute('host.name', 'one')
    .build();
  t.after(() => client.shutdown(0));
  assert.deepEqual(await client.send(span('a')), ACCEPTED);
  const [request] = sink.handler.requests;
  assert.equal(request?.encoding, 'json');
  const { 'x-tenant': tenant, 'x-shard': shard, authorization } = request.headers;
  assert.deepEqual([tenant, shard, authorization], ['a', '7', 'Bearer secret']);
  assert.deepEqual(attributesOf(sink.scopes()[0]), {
    'service.name': 'shop',
    'service.version': '2',
    'host.name': 'one',
  });
});

test('a builder is immutable and can be extended in several ways', async (t) => {
  const sink = await startSink(t);
  const shared = OtlpClient.builder().endpoint(sink.url).header('x-tenant', 'shared').attribute('service.name', 'shop');
  const cart = shared.header('x-tenant', 'cart').attribute('part', 'cart').build();
  const rest = shared.build();
  for (const client of [cart, rest]) {
    t.after(() => client.shutdown(0));
    await client.send(span('a'));
  }
  assert.deepEqual(
    sink.handler.requests.map(({ headers }) => headers['x-tenant']),
    ['cart', 'shared'],
  );
  assert.deepEqual(attributesOf(sink.scopes()[1]), { 'service.name': 'shop' });
});

/** Invalid options, both as set with the builder and as an object. Both must fail with the same message. */
const WRONG: readonly (readonly [built: () => unknown, options: object])[] = [
  [() => OtlpClient.builder().endpoint('nowhere').build(), { endpoint: 'nowhere' }],
  [() => OtlpClient.builder().endpoint('http://a', 'nowhere').build(), { endpoint: ['http://a', 'nowhere'] }],
  [() => OtlpClient.builder().signalEndpoint('traces', 'x').build(), { signalEndpoints: { traces: 'x' } }],
  [
    () =>
      OtlpClient.builder()
        .compression('rar' as 'gzip')
        .build(),
    { compression: 'rar' },
  ],
  [() => OtlpClient.builder().timeoutMillis(0).build(), { timeoutMillis: 0 }],
  [() => OtlpClient.builder().batch({ maxItems: 5 }).batch({ maxBytes: 1 }).build(), { batch: { maxBytes: 1 } }],
  [() => OtlpClient.builder().queue({ maxItems: 0 }).build(), { queue: { maxItems: 0 } }],
  [() => OtlpClient.builder().retry({ multiplier: 0 }).build(), { retry: { multiplier: 0 } }],
  [() => OtlpClient.builder().circuitBreaker({ maxFailures: 0 }).build(), { circuitBreaker: { maxFailures: 0 } }],
  [
    () => OtlpClient.builder().tls({ caFile: '/none' }).endpoint('https://a').build(),
    { tls: { caFile: '/none' }, endpoint: 'https://a' },
  ],
  [
    () => OtlpClient.builder().bearerToken('a').protocol('udp').build(),
    { auth: { kind: 'bearer', token: 'a' }, protocol: 'udp' },
  ],
];

for (const [built, options] of WRONG) {
  test(`reports the same error as createClient: ${JSON.stringify(options)}`, () => {
    const messageOf = (make: () => unknown) => {
      try {
        make();
      } catch (error) {
        assert.ok(error instanceof OptionError);
        return error.message;
      }
      return 'nothing';
    };
    assert.notEqual(messageOf(built), 'nothing');
    assert.equal(
      messageOf(built),
      messageOf(() => createClient(options)),
    );
  });
}

test('a builder can start with an options object', async (t) => {
  const sink = await startSink(t);
  const options = { endpoint: sink.url, resource: { 'service.name': 'shop' } };
  const client = OtlpClient.builder(options).attribute('host.name', 'one').build();
  t.after(() => client.shutdown(0));
  await client.send(span('a'));
  assert.deepEqual(attributesOf(sink.scopes()[0]), { 'service.name': 'shop', 'host.name': 'one' });
});

test('options that the protocol does not support are type errors', () => {
  const datagrams = OtlpClient.builder().protocol('udp');
  // @ts-expect-error Datagrams have no TLS.
  assert.throws(() => datagrams.tls({}).build(), OptionError);
  // @ts-expect-error Nor headers.
  assert.throws(() => datagrams.header('x-tenant', 'a').build(), OptionError);
  // @ts-expect-error Nor credentials.
  assert.throws(() => datagrams.basicAuth('a', 'b').build(), OptionError);
  // @ts-expect-error All signals go to one address.
  OtlpClient.builder().protocol('grpc').signalEndpoint('traces', 'http://a');
});

test('every client option has a method, in every runtime', () => {
  const names: Readonly<Record<keyof Required<ClientOptions>, string>> = {
    endpoint: 'endpoint',
    signalEndpoints: 'signalEndpoint',
    protocol: 'protocol',
    compression: 'compression',
    headers: 'headers',
    auth: 'auth',
    proxy: 'proxy',
    tls: 'tls',
    timeoutMillis: 'timeoutMillis',
    batch: 'batch',
    queue: 'queue',
    retry: 'retry',
    circuitBreaker: 'circuitBreaker',
    resource: 'resource',
    buffer: 'buffer',
    log: 'log',
    transport: 'transport',
    seal: 'seal',
    flushOnExit: 'flushOnExit',
    clock: 'clock',
  };
  for (const { OtlpClient } of [node, browser]) {
    const builder = OtlpClient.builder() as unknown as Readonly<Record<string, unknown>>;
    assert.deepEqual(
      Object.values(names).filter((name) => typeof builder[name] !== 'function'),
      [],
    );
  }
});

test('passes objects to the client unchanged', async () => {
  const sent: Signal[] = [];
  const lines: string[] = [];
  const client = OtlpClient.builder()
    .transport({
      export: async (signal) => {
        sent.push(signal);
        return { kind: 'refused', reason: 'no' };
      },
      shutdown: async () => {},
    })
    .flushOnExit(false)
    .log((line) => lines.push(line))
    .build();
  await client.send(span('a'));
  await client.shutdown();
  assert.deepEqual(sent, ['traces']);
  assert.deepEqual(lines, ['otelier: lost 1 items since the last report: no']);
});

/** Returns the received resource attributes other than those the library adds. */
function attributesOf(scope: ReceivedScope | undefined): Readonly<Record<string, unknown>> {
  const attributes = scope?.resource['attributes'] as readonly { readonly key: string; readonly value: object }[];
  return Object.fromEntries(
    attributes
      .filter(({ key }) => !key.startsWith('telemetry.'))
      .map(({ key, value }) => [key, Object.values(value)[0]]),
  );
}
