import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { noise, withTransport } from './bench.ts';
import type { TransportUnderTest } from './under-test.ts';

const KIB = 1024;

/** Tests every limit, and verifies that other clients are not affected. */
export function boundTests(transport: TransportUnderTest): void {
  const packed = transport.compressions.filter((compression) => compression !== 'none');

  test('rejects a body over the limit, names the limit, and accepts the next request', () =>
    withTransport(
      transport,
      async ({ handler, client }) => {
        const outcomes = await Promise.all([
          client.export('traces', [noise(64 * KIB + 1)]),
          client.export('traces', [noise(64 * KIB)]),
          client.export('traces', [noise(3000 * KIB)]),
          client.export('traces', [noise(10)]),
        ]);
        assert.deepEqual(
          outcomes.map((outcome) => outcome.kind),
          ['refused', 'accepted', 'refused', 'accepted'],
        );
        assert.match(JSON.stringify(outcomes[0]), /at most 65536 bytes/);
        assert.equal(handler.requests.length, 2);
      },
      { maxBodyBytes: 64 * KIB },
    ));

  for (const compression of packed) {
    test(`stops decompressing a ${compression} bomb at the limit`, () =>
      withTransport(
        transport,
        async ({ handler, client, connect }) => {
          const bomb = connect({ compression });
          const [bombed, other] = await Promise.all([
            bomb.export('traces', [new Uint8Array(8000 * KIB)]),
            client.export('traces', [noise(KIB)]),
          ]);
          assert.equal(bombed.kind, 'refused');
          assert.match(JSON.stringify(bombed), /at most 65536 bytes/);
          assert.deepEqual(other, ACCEPTED);
          assert.ok(handler.peakBytes < 200 * KIB, `${handler.peakBytes} bytes were reserved`);
        },
        { maxBodyBytes: 64 * KIB },
      ));

    test(`reserves memory before decompressing ${compression}, and rejects as retryable if there is none`, () =>
      withTransport(transport, async ({ handler, connect }) => {
        handler.budgetBytes = 64 * KIB;
        const client = connect({ compression });
        const outcome = await client.export('traces', [new Uint8Array(500 * KIB)]);
        assert.equal(outcome.kind, 'retry');
        assert.ok(outcome.kind === 'retry' && (outcome.afterMillis ?? 0) > 0, 'expected a delay');
        assert.equal(handler.requests.length, 0);
        assert.deepEqual(await client.export('traces', [new Uint8Array(KIB)]), ACCEPTED);
      }));
  }

  test('returns a rejected admission without calling export', () =>
    withTransport(transport, async ({ handler, client }) => {
      handler.rejection = { kind: 'retry', afterMillis: 2000, reason: 'no capacity' };
      const retry = await client.export('traces', [noise(KIB)]);
      assert.deepEqual([retry.kind, retry.kind === 'retry' && retry.afterMillis], ['retry', 2000]);
      handler.rejection = { kind: 'retry', afterMillis: undefined, reason: 'no capacity' };
      assert.equal((await client.export('traces', [noise(500 * KIB)])).kind, 'retry');
      handler.rejection = { kind: 'refused', reason: 'larger than all there is' };
      const refused = await client.export('traces', [noise(KIB)]);
      assert.equal(refused.kind, 'refused');
      assert.match(JSON.stringify(refused), /larger than all there is/);
      assert.equal(handler.requests.length, 0);
      handler.rejection = undefined;
      assert.deepEqual(await client.export('traces', [noise(KIB)]), ACCEPTED);
    }));

  test('reserves the size of a body while it is in flight', () =>
    withTransport(transport, async ({ handler, client }) => {
      let reserved = 0;
      handler.response = () => {
        reserved = handler.reservedBytes;
        return ACCEPTED;
      };
      await client.export('traces', [noise(100 * KIB)]);
      assert.ok(reserved >= 100 * KIB && reserved < 220 * KIB, `${reserved} bytes were reserved`);
    }));

  test('isolates a handler that throws: reports the error, refuses the request, serves others', () =>
    withTransport(transport, async ({ handler, client, internalErrors }) => {
      handler.response = ({ body }) => {
        if (body.length === 13) throw new Error('a bug with a secret');
        return ACCEPTED;
      };
      const [bug, fine] = await Promise.all([
        client.export('traces', [noise(13)]),
        client.export('traces', [noise(14)]),
      ]);
      assert.equal(bug.kind, 'refused');
      assert.doesNotMatch(JSON.stringify(bug), /secret/);
      assert.deepEqual(fine, ACCEPTED);
      assert.match(String(internalErrors[0]), /a bug with a secret/);
    }));

  test('limits the size of a response', () =>
    withTransport(transport, async ({ handler, connect }) => {
      const client = connect({ maxResponseBytes: KIB });
      handler.response = () => ({ kind: 'partial', rejectedItems: 1, reason: 'x'.repeat(100 * KIB) });
      const outcome = await client.export('traces', [noise(10)]);
      // If its reason is dropped, a partial success counts as accepted. A transport may also truncate the reason.
      assert.ok(outcome.kind === 'accepted' || outcome.kind === 'partial', JSON.stringify(outcome));
      assert.ok(JSON.stringify(outcome).length < KIB);
      handler.response = () => ACCEPTED;
      assert.deepEqual(await client.export('traces', [noise(10)]), ACCEPTED);
    }));
}
