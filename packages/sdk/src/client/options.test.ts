import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as browser from '../browser.ts';
import * as node from '../node.ts';

const WRONG: readonly (readonly [options: object, message: string])[] = [
  [{ batch: { maxItems: 0 } }, 'batch.maxItems: expected 1 to 65536, got 0'],
  [{ batch: { maxItems: 1.5 } }, 'batch.maxItems: expected a whole number from 1 to 65536, got 1.5'],
  [
    { batch: { maxItems: 100 }, queue: { maxItems: 10 } },
    'batch.maxItems: expected at most queue.maxItems, 10, got 100',
  ],
  [{ batch: { maxDelayMillis: '5s' } }, 'batch.maxDelayMillis: expected 0 to 86400000, got "5s"'],
  [{ queue: { dropPolicy: 'random' } }, 'queue.dropPolicy: expected newest or oldest, got "random"'],
  [{ retry: { multiplier: Number.NaN } }, 'retry.multiplier: expected 1 to 100, got NaN'],
  [{ circuitBreaker: { maxFailures: 0 } }, 'circuitBreaker.maxFailures: expected 1 to 65536, got 0'],
  [{ timeoutMillis: -1 }, 'timeoutMillis: expected 1 to 86400000, got -1'],
];

for (const [options, message] of WRONG) {
  test(`rejects an invalid option in every runtime: ${message}`, () => {
    for (const { createClient, OptionError } of [node, browser]) {
      assert.throws(() => createClient(options), new OptionError(message));
    }
  });
}

test('rejects unsupported options at creation', () => {
  const { OptionError } = node;
  assert.throws(
    () => browser.createClient({ compression: 'zstd' }),
    new OptionError('compression: expected none, gzip or deflate, got "zstd"'),
  );
  assert.throws(
    () => browser.createClient({ protocol: 'grpc' }),
    new OptionError('protocol: expected http/protobuf or http/json, got "grpc"'),
  );
  assert.throws(
    () => browser.createClient({ tls: {} }),
    new OptionError('tls: expected undefined in this runtime, got "options"'),
  );
  assert.throws(
    () => browser.createClient({ endpoint: 'nowhere' }),
    new OptionError('endpoint: expected a URL, got "nowhere"'),
  );
  assert.throws(
    () => node.createClient({ endpoint: 'nowhere' }),
    (error: Error) => {
      assert.ok(error instanceof OptionError);
      assert.match(error.message, /^endpoint: expected .*, got "nowhere"$/);
      return true;
    },
  );
});
