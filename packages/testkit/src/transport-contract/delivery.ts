import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Outcome, SIGNAL_NAMES } from '@otelier/otlp';
import { sampleBatch } from '../sample-batch.ts';
import { noise, withTransport } from './bench.ts';
import type { TransportUnderTest } from './under-test.ts';

/** Tests that requests and responses arrive. */
export function deliveryTests(transport: TransportUnderTest): void {
  for (const signal of SIGNAL_NAMES) {
    test(`delivers ${signal} byte for byte`, () =>
      withTransport(transport, async ({ handler, client }) => {
        const { parts } = sampleBatch(signal, 3);
        assert.deepEqual(await client.export(signal, parts), ACCEPTED);
        const [request] = handler.requests;
        assert.equal(request?.signal, signal);
        assert.equal(request.encoding, 'protobuf');
        assert.equal(request.subject, undefined);
        assert.deepEqual(new Uint8Array(request.body), new Uint8Array(Buffer.concat(parts)));
      }));
  }

  for (const compression of transport.compressions) {
    test(`delivers small and large bodies with compression ${compression}`, () =>
      withTransport(transport, async ({ handler, connect }) => {
        const client = connect({ compression });
        const bodies = [noise(1), noise(1000), noise(70_000), new Uint8Array(3_000_000), noise(3_000_000)];
        for (const body of bodies) assert.deepEqual(await client.export('traces', [body]), ACCEPTED);
        for (const [index, body] of bodies.entries()) {
          assert.equal(Buffer.compare(handler.requests[index]?.body ?? new Uint8Array(0), body), 0);
        }
      }));
  }

  test('passes bodies that own their memory', () =>
    withTransport(transport, async ({ handler, connect }) => {
      for (const compression of transport.compressions) {
        const client = connect({ compression });
        for (const length of [10, 5000, 100_000]) await client.export('logs', [noise(length)]);
      }
      for (const { body } of handler.requests) {
        const spare = body.buffer.byteLength - body.byteLength;
        assert.ok(spare <= Math.max(64, body.byteLength / 8), `${spare} bytes beside a body of ${body.byteLength}`);
      }
    }));

  test('concatenates parts in order and accepts a request without parts', () =>
    withTransport(transport, async ({ handler, client }) => {
      const parts = Array.from({ length: 40 }, (_, index) => noise(index * 100, index + 1));
      assert.deepEqual(await client.export('logs', parts), ACCEPTED);
      assert.deepEqual(await client.export('logs', []), ACCEPTED);
      assert.equal(Buffer.compare(handler.requests[0]?.body ?? new Uint8Array(0), Buffer.concat(parts)), 0);
      assert.equal(handler.requests[1]?.body.length, 0);
    }));

  test('keeps concurrent requests apart', () =>
    withTransport(transport, async ({ handler, client }) => {
      handler.response = async ({ body }) => {
        await new Promise((resolve) => setImmediate(resolve));
        return { kind: 'partial', rejectedItems: body.length, reason: `got ${body.length}` };
      };
      const sizes = Array.from({ length: 200 }, (_, index) => 1 + ((index * 7919) % 40_000));
      const outcomes = await Promise.all(sizes.map((size) => client.export('traces', [noise(size)])));
      assert.deepEqual(
        outcomes,
        sizes.map((size) => ({ kind: 'partial', rejectedItems: size, reason: `got ${size}` })),
      );
    }));

  outcomeTests(transport);

  test('sends headers of the client and of the request', () =>
    withTransport(transport, async ({ handler, connect }) => {
      const client = connect({ headers: { 'X-Tenant': 'a', 'X-Both': 'client' } });
      await client.export('traces', [noise(10)], { headers: { 'X-Both': 'request', 'x-more': 'b' } });
      const headers = handler.requests[0]?.headers;
      assert.deepEqual([headers?.['x-tenant'], headers?.['x-both'], headers?.['x-more']], ['a', 'request', 'b']);
    }));
}

function outcomeTests(transport: TransportUnderTest): void {
  const outcomes: readonly Outcome[] = [
    ACCEPTED,
    { kind: 'partial', rejectedItems: 7, reason: 'seven spans had no name: ünnamed, 100 %' },
    { kind: 'retry', afterMillis: 3000, reason: 'the disk is full' },
    { kind: 'retry', afterMillis: undefined, reason: 'the disk is full' },
    { kind: 'refused', reason: 'expected a resource at byte 17, got 末' },
  ];
  for (const outcome of outcomes) {
    const after = outcome.kind === 'retry' ? ` after ${outcome.afterMillis}` : '';
    test(`returns the outcome ${outcome.kind}${after}`, () =>
      withTransport(transport, async ({ handler, client }) => {
        handler.response = () => outcome;
        const got = await client.export('metrics', [noise(100)]);
        if (!('reason' in outcome) || !('reason' in got)) return assert.deepEqual(got, outcome);
        assert.ok(got.reason.endsWith(outcome.reason), got.reason);
        assert.deepEqual({ ...got, reason: outcome.reason }, outcome);
      }));
  }
}
