import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Signal } from '@otelier/otlp';
import * as browser from '../browser.ts';
import * as node from '../node.ts';
import { type ClientOptions, createClient, OptionError, OtlpClient, span } from '../node.ts';
import { type ScopeSeen, startSink } from '../sink.testing.ts';

test('a client that is built call by call sends what was said, as it was said', async (t) => {
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

test('a builder stays as it is: it can be kept, and continued in several directions', async (t) => {
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

/** Every option as the builder says it, and as an object that `createClient` refuses in the same words. */
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
  test(`what is wrong is said as createClient says it: ${JSON.stringify(options)}`, () => {
    const words = (make: () => unknown) => {
      try {
        make();
      } catch (error) {
        assert.ok(error instanceof OptionError);
        return error.message;
      }
      return 'nothing';
    };
    assert.notEqual(words(built), 'nothing');
    assert.equal(
      words(built),
      words(() => createClient(options)),
    );
  });
}

test('a builder may begin with options that stand in an object', async (t) => {
  const sink = await startSink(t);
  const options = { endpoint: sink.url, resource: { 'service.name': 'shop' } };
  const client = OtlpClient.builder(options).attribute('host.name', 'one').build();
  t.after(() => client.shutdown(0));
  await client.send(span('a'));
  assert.deepEqual(attributesOf(sink.scopes()[0]), { 'service.name': 'shop', 'host.name': 'one' });
});

test('what a protocol does not have is wrong in its type', () => {
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

test('every option of a client has its call, in every runtime', () => {
  const names: Readonly<Record<keyof Required<ClientOptions>, string>> = {
    ...{ endpoint: 'endpoint', signalEndpoints: 'signalEndpoint', protocol: 'protocol', compression: 'compression' },
    ...{ headers: 'headers', auth: 'auth', tls: 'tls', timeoutMillis: 'timeoutMillis', batch: 'batch', queue: 'queue' },
    ...{ retry: 'retry', circuitBreaker: 'circuitBreaker', resource: 'resource', buffer: 'buffer', log: 'log' },
    ...{ transport: 'transport', flushOnExit: 'flushOnExit', clock: 'clock' },
  };
  for (const { OtlpClient } of [node, browser]) {
    const builder = OtlpClient.builder() as unknown as Readonly<Record<string, unknown>>;
    assert.deepEqual(
      Object.values(names).filter((name) => typeof builder[name] !== 'function'),
      [],
    );
  }
});

test('what is handed to the client as it is, is handed on', async () => {
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
  assert.deepEqual(lines, ['otelier: lost 1 items since the last line, latest: no']);
});

/** The attributes of the resource that came, but for those of the library itself. */
function attributesOf(scope: ScopeSeen | undefined): Readonly<Record<string, unknown>> {
  const attributes = scope?.resource['attributes'] as readonly { readonly key: string; readonly value: object }[];
  return Object.fromEntries(
    attributes
      .filter(({ key }) => !key.startsWith('telemetry.'))
      .map(({ key, value }) => [key, Object.values(value)[0]]),
  );
}
