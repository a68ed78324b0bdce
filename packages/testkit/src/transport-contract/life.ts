import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { gate, noise, withTransport } from './bench.ts';
import type { TransportUnderTest } from './under-test.ts';

/** Tests deadlines, aborts, drains and shutdown. */
export function lifeTests(transport: TransportUnderTest): void {
  test('aborts one request without affecting others', () =>
    withTransport(transport, async ({ handler, client }) => {
      const held = gate<Outcome>();
      handler.response = ({ body }) => (body.length === 1 ? held.promise : ACCEPTED);
      const abort = new AbortController();
      const aborted = client.export('traces', [noise(1)], { signal: abort.signal });
      await handler.untilRequests(1);
      abort.abort();
      const outcome = await aborted;
      assert.equal(outcome.kind, 'retry');
      assert.match(JSON.stringify(outcome), /aborted/);
      assert.deepEqual(await client.export('traces', [noise(2)]), ACCEPTED);
      held.open(ACCEPTED);
    }));

  test('does not send a request that was aborted before', () =>
    withTransport(transport, async ({ handler, client }) => {
      const outcome = await client.export('traces', [noise(1)], { signal: AbortSignal.abort() });
      assert.equal(outcome.kind, 'retry');
      assert.equal(handler.requests.length, 0);
    }));

  test('fails a request after its timeout and says so', () =>
    withTransport(transport, async ({ handler, connect }) => {
      const client = connect({ timeoutMillis: 50 });
      const held = gate<Outcome>();
      handler.response = () => held.promise;
      const outcome = await client.export('traces', [noise(1)]);
      assert.equal(outcome.kind, 'retry');
      assert.match(JSON.stringify(outcome), /within 50 ms|DEADLINE_EXCEEDED/);
      held.open(ACCEPTED);
    }));

  test('drains requests in flight and rejects new ones', () =>
    withTransport(transport, async ({ handler, server, client, connect }) => {
      const held = gate<Outcome>();
      handler.response = ({ body }) => (body.length === 1 ? held.promise : ACCEPTED);
      await client.export('traces', [noise(2)]);
      const inFlight = [client.export('traces', [noise(1)]), client.export('logs', [noise(1)])];
      await handler.untilRequests(3);
      let down = false;
      const shutdown = server.shutdown(60_000).then(() => {
        down = true;
      });
      const late = await connect({ timeoutMillis: 2000 }).export('traces', [noise(2)]);
      assert.equal(late.kind, 'retry');
      assert.equal(down, false);
      held.open(ACCEPTED);
      assert.deepEqual(await Promise.all(inFlight), [ACCEPTED, ACCEPTED]);
      await shutdown;
      assert.equal(handler.requests.length, 3);
    }));

  test('aborts requests that are still in flight after the grace period', () =>
    withTransport(transport, async ({ handler, server, client }) => {
      const held = gate<Outcome>();
      handler.response = () => held.promise;
      const cut = client.export('traces', [noise(1)]);
      await handler.untilRequests(1);
      await server.shutdown(20);
      assert.equal((await cut).kind, 'retry');
      held.open(ACCEPTED);
    }));

  test('shuts down immediately when idle, with or without idle connections; a repeated call is harmless', () =>
    withTransport(transport, async ({ server, client, connect }) => {
      await Promise.all([client.export('traces', [noise(1)]), connect().export('traces', [noise(1)])]);
      const start = performance.now();
      await Promise.all([server.shutdown(60_000), server.shutdown(60_000)]);
      await server.shutdown();
      // Far less than the time allowed for requests in flight.
      assert.ok(performance.now() - start < 30_000);
    }));

  test('shuts a client down after its requests in flight and sends nothing more', () =>
    withTransport(transport, async ({ handler, client }) => {
      const held = gate<Outcome>();
      handler.response = () => held.promise;
      const inFlight = client.export('traces', [noise(1)]);
      await handler.untilRequests(1);
      const shutdown = client.shutdown();
      assert.equal((await client.export('traces', [noise(1)])).kind, 'retry');
      held.open(ACCEPTED);
      assert.deepEqual(await inFlight, ACCEPTED);
      await shutdown;
      await client.shutdown();
      assert.equal(handler.requests.length, 1);
    }));

  test('reconnects to a restarted server', () =>
    withTransport(transport, async ({ handler, server, client }) => {
      assert.deepEqual(await client.export('traces', [noise(1)]), ACCEPTED);
      await server.shutdown();
      const down = await client.export('traces', [noise(1)]);
      assert.equal(down.kind, 'retry');
      const again = await transport.createServer({ endpoint: server.address }, handler);
      try {
        let outcome = await client.export('traces', [noise(1)]);
        // The client may notice only now that the previous connection has ended.
        if (outcome.kind === 'retry') outcome = await client.export('traces', [noise(1)]);
        assert.deepEqual(outcome, ACCEPTED);
      } finally {
        await again.shutdown();
      }
    }));
}
