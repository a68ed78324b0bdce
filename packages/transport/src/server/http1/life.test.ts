import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createManualClock } from '@otelier/testkit/clock';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { post, postChunked, turns, withHttp1 } from './raw-client.testing.ts';

describe('connections', { concurrency: true }, () => {
  const times = { headersTimeoutMillis: 10_000, requestTimeoutMillis: 30_000, idleTimeoutMillis: 60_000 };

  test('are closed without a response when idle too long', async () => {
    const clock = createManualClock();
    await withHttp1(
      createRecordingHandler(),
      async ({ connect }) => {
        const [silent, used] = [connect(), connect()];
        used.send(post('{}'));
        await used.response();
        await clock.advance(40_000);
        used.send(post('{}'));
        assert.equal((await used.response())?.status, 200);
        await clock.advance(25_000);
        assert.equal(await silent.rest(), '');
        used.send(post('{}'));
        assert.equal((await used.response())?.status, 200);
        await clock.advance(62_000);
        assert.equal(await used.rest(), '');
      },
      { ...times, clock },
    );
  });

  for (const [part, bytes, max] of [
    ['head', 'POST /v1/traces HTTP/1.1\r\n', 10_000],
    ['body', post('{}').slice(0, -1), 30_000],
    ['chunks', postChunked('1\r\n'), 30_000],
  ] as const) {
    test(`that send their ${part} too slowly receive 408 and are closed`, async () => {
      const clock = createManualClock();
      const handler = createRecordingHandler();
      await withHttp1(
        handler,
        async ({ connect }) => {
          const client = connect();
          client.send(bytes);
          await turns(4);
          for (let waited = 0; waited < max + 2000; waited += 1000) {
            if (part === 'head') client.send('x-more: 1\r\n');
            await clock.advance(1000);
          }
          assert.equal((await client.response())?.status, 408);
          assert.equal(await client.rest(), '');
        },
        { ...times, clock },
      );
      assert.equal(handler.requests.length, 0);
      await handler.untilReleased();
    });
  }

  test('are not closed while they wait for an outcome', async () => {
    const clock = createManualClock();
    const handler = createRecordingHandler();
    let settle: (outcome: Outcome) => void = () => {};
    handler.response = () =>
      new Promise((resolve) => {
        settle = resolve;
      });
    await withHttp1(
      handler,
      async ({ connect }) => {
        const client = connect();
        client.send(post('{}'));
        await handler.untilRequests(1);
        await clock.advance(200_000);
        settle(ACCEPTED);
        assert.equal((await client.response())?.status, 200);
      },
      { ...times, clock },
    );
  });

  test('are closed when the client reads no responses', async () => {
    const clock = createManualClock();
    const handler = createRecordingHandler();
    handler.response = () => ({ kind: 'partial', rejectedItems: 1, reason: 'x'.repeat(100_000) });
    await withHttp1(
      handler,
      async ({ connect, server }) => {
        const client = connect();
        client.socket.pause();
        client.send(post('{}').repeat(1000));
        let served = -1;
        while (served !== handler.requests.length) {
          served = handler.requests.length;
          await turns(50);
        }
        assert.ok(served < 1000);
        await clock.advance(32_000);
        while (server.connectionCount > 0) await turns(1);
      },
      { ...times, clock },
    );
  });

  test('in use are moved one at a time, with their next response', async () => {
    const clock = createManualClock();
    await withHttp1(
      createRecordingHandler(),
      async ({ connect, server }) => {
        const clients = [connect(), connect()];
        await turns(4);
        await clock.advance(15_000);
        assert.equal(server.moveConnection(), false, 'no client has sent a request');
        const round = async () => {
          const connections: (string | undefined)[] = [];
          for (const client of clients) {
            client.send(post('{}'));
            connections.push((await client.response())?.headers.get('connection'));
          }
          return connections.sort();
        };
        assert.deepEqual(await round(), ['keep-alive', 'keep-alive']);
        assert.equal(server.moveConnection(), true);
        assert.deepEqual(await round(), ['close', 'keep-alive']);
      },
      { ...times, clock },
    );
  });

  test('are counted', async () => {
    await withHttp1(createRecordingHandler(), async ({ connect, server }) => {
      const clients = [connect(), connect()];
      while (server.connectionCount < 2) await turns(1);
      for (const { socket } of clients) socket.destroy();
      while (server.connectionCount > 0) await turns(1);
    });
  });
});
