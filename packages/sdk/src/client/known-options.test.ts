import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createClient,
  OptionError,
  OtlpClient,
  OtlpLogExporter,
  OtlpMetricExporter,
  OtlpTraceExporter,
  remoteClient,
} from '../node.ts';

const UNKNOWN: readonly (readonly [options: object, message: string])[] = [
  [{ endpont: 'http://127.0.0.1' }, 'endpont: unknown option; did you mean endpoint?'],
  [{ timeout: 100 }, 'timeout: unknown option; did you mean timeoutMillis?'],
  [{ Headers: {} }, 'Headers: unknown option; did you mean headers?'],
  [{ batch: { maxItem: 5 } }, 'batch.maxItem: unknown option; did you mean batch.maxItems?'],
  [{ tls: { certfile: 'a' } }, 'tls.certfile: unknown option; did you mean tls.certFile?'],
  [{ auth: { kind: 'bearer', tokn: 'a' } }, 'auth.tokn: unknown option; did you mean auth.token?'],
  [
    { signalEndpoints: { trace: 'http://a' } },
    'signalEndpoints.trace: unknown option; did you mean signalEndpoints.traces?',
  ],
  [
    { circuitBreaker: { threshold: 5 } },
    'circuitBreaker.threshold: unknown option; known are maxFailures, pauseMillis',
  ],
  [
    { queue: { constructor: 5 } },
    'queue.constructor: unknown option; known are dropPolicy, maxBytes, maxConcurrentRequests, maxItems',
  ],
];

for (const [options, message] of UNKNOWN) {
  test(`rejects an unknown option and suggests a known one: ${message}`, () => {
    assert.throws(() => createClient(options), new OptionError(message));
    assert.throws(() => OtlpClient.builder(options).build(), new OptionError(message));
  });
}

test('exporters and remote clients reject unknown options too', (t) => {
  const unknown = { concurencyLimit: 3 } as object;
  const error = new OptionError('concurencyLimit: unknown option; did you mean concurrencyLimit?');
  for (const Exporter of [OtlpTraceExporter, OtlpLogExporter, OtlpMetricExporter]) {
    assert.throws(() => new Exporter(unknown), error);
  }
  const { port1 } = new MessageChannel();
  t.after(() => port1.close());
  assert.throws(
    () => remoteClient(port1, { quue: {} } as object),
    new OptionError('quue: unknown option; did you mean queue?'),
  );
});

test('names of headers and attributes are not checked', async () => {
  const client = createClient({ headers: { maxItem: 'a' }, resource: { endpont: 'a' }, environment: {} });
  await client.shutdown(0);
});

const nothing = Object.create(null) as object;
const WRONG: readonly (readonly [options: unknown, message: string])[] = [
  [null, 'options: expected an object, got null'],
  ['http://127.0.0.1:4318', 'options: expected an object, got "http://127.0.0.1:4318"'],
  [{ endpoint: 4318 }, 'endpoint: expected a URL, or a list of them, got 4318'],
  [{ endpoint: ['http://a', 5] }, 'endpoint: expected a URL, or a list of them, got "[object Array]"'],
  [{ signalEndpoints: { traces: 5 } }, 'signalEndpoints.traces: expected a URL, got 5'],
  [{ headers: 'a=b' }, 'headers: expected an object, or a function that returns one, got "a=b"'],
  [
    { headers: new Map([['a', 'b']]) },
    'headers: expected an object, or a function that returns one, got "[object Map]"',
  ],
  [{ auth: 'secret' }, 'auth: expected an object, got "secret"'],
  [{ auth: { kind: 'digest' } }, 'auth.kind: expected bearer or basic, got "digest"'],
  [{ auth: { kind: 'bearer' } }, 'auth.token: expected a string, got "undefined"'],
  [{ auth: { kind: 'basic', username: 'a' } }, 'auth.password: expected a string, got "undefined"'],
  [{ batch: 5 }, 'batch: expected an object, got 5'],
  [{ retry: false }, 'retry: expected an object, got false'],
  [{ retry: null }, 'retry: expected an object, got null'],
  [{ timeoutMillis: 10n }, 'timeoutMillis: expected 1 to 86400000, got 10'],
  [{ timeoutMillis: nothing }, 'timeoutMillis: expected 1 to 86400000, got "[object Object]"'],
  [{ resource: 'shop' }, 'resource: expected attributes, or a promise of them, got "shop"'],
  [{ buffer: '/tmp' }, 'buffer: expected a buffer, such as openDiskBuffer returns, got "/tmp"'],
  [{ buffer: Promise.resolve() }, 'buffer: expected a buffer, such as openDiskBuffer returns, got "[object Promise]"'],
  [{ transport: {} }, 'transport: expected a transport with export and shutdown, got "[object Object]"'],
  [{ seal: 'key' }, 'seal: expected a sealer, such as createRequestSealer returns, got "key"'],
  [{ clock: Date }, `clock: expected a clock with now and setTimeout, got ${Date}`],
  [{ log: console }, 'log: expected a function, got "[object console]"'],
  [{ flushOnExit: 'no' }, 'flushOnExit: expected true or false, got "no"'],
  [{ environment: null }, 'environment: expected an object, got null'],
];
for (const [options, message] of WRONG) {
  test(`rejects an option of the wrong type: ${message}`, () => {
    assert.throws(() => createClient(options as object), new OptionError(message));
  });
}
