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
  test(`an option that nobody knows is an error that says which is meant: ${message}`, () => {
    assert.throws(() => createClient(options), new OptionError(message));
    assert.throws(() => OtlpClient.builder(options).build(), new OptionError(message));
  });
}

test('exporters and remote clients tell of unknown options too', (t) => {
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

test('what a program names itself is no option: headers, attributes', async () => {
  const client = createClient({ headers: { maxItem: 'a' }, resource: { endpont: 'a' }, environment: {} });
  await client.shutdown(0);
});
