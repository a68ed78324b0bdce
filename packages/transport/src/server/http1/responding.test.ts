import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { post, postChunked, type RawClient, turns, withHttp1 } from './raw-client.testing.ts';

const get = (path: string, ...lines: readonly string[]) =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;

async function statuses(client: RawClient, count: number): Promise<readonly (number | undefined)[]> {
  const all: (number | undefined)[] = [];
  for (let i = 0; i < count; i++) all.push((await client.response())?.status);
  return all;
}

describe('responses', { concurrency: true }, () => {
  test('are sent in the order of the requests, which are handled one at a time', async () => {
    const handler = createRecordingHandler();
    const waiting: (() => void)[] = [];
    handler.response = ({ body }) =>
      new Promise<Outcome>((resolve) => {
        waiting.push(() => resolve({ kind: 'refused', reason: Buffer.from(body).toString() }));
      });
    await withHttp1(handler, async ({ connect }) => {
      const client = connect();
      client.send(post('1') + get('/') + post('2') + post('3'));
      for (const body of ['1', '2', '3']) {
        await handler.untilRequests(Number(body));
        await turns(5);
        assert.equal(handler.requests.length, Number(body));
        waiting.shift()?.();
        assert.match((await client.response())?.body ?? '', new RegExp(`"${body}"`));
        if (body === '1') assert.equal((await client.response())?.status, 200);
      }
    });
  });

  test('are not produced for a client that does not read them', async () => {
    const handler = createRecordingHandler();
    const reason = 'x'.repeat(10_000);
    handler.response = () => ({ kind: 'partial', rejectedItems: 1, reason });
    await withHttp1(handler, async ({ connect }) => {
      const client = connect();
      client.socket.pause();
      const requests = 4000;
      client.send(post('{}').repeat(requests));
      let served = -1;
      for (let still = 0; still < 200; still++) {
        if (handler.requests.length !== served) still = 0;
        served = handler.requests.length;
        await turns(1);
      }
      // Slightly more than the kernel buffers for one connection.
      assert.ok(served < requests / 2, `${served} responses of 10 kB for a client that reads none`);
      client.socket.resume();
      assert.deepEqual(new Set(await statuses(client, requests)), new Set([200]));
    });
  });

  test('have a date and announce the idle timeout', async () => {
    const handler = createRecordingHandler();
    await withHttp1(
      handler,
      async ({ connect }) => {
        const client = connect();
        client.send(post('{}') + get('/'));
        for (const response of [await client.response(), await client.response()]) {
          assert.ok(Math.abs(Date.parse(response?.headers.get('date') ?? '') - Date.now()) < 5000);
          assert.equal(response?.headers.get('keep-alive'), 'timeout=30');
          assert.equal(response?.headers.get('connection'), 'keep-alive');
        }
      },
      { idleTimeoutMillis: 30_000 },
    );
  });

  test('to HEAD requests have no body', async () => {
    await withHttp1(createRecordingHandler(), async ({ connect }) => {
      const client = connect();
      client.send(get('/').replace('GET', 'HEAD') + get('/'));
      const head = await client.response(true);
      const whole = await client.response();
      assert.equal(head?.headers.get('content-length'), `${whole?.body.length}`);
      assert.match(whole?.body ?? '', /^This is an OpenTelemetry receiver/);
    });
  });

  test('close the connection on request, and for HTTP/1.0 without keep-alive', async () => {
    await withHttp1(createRecordingHandler(), async ({ connect }) => {
      const old = (text: string) => text.replace('HTTP/1.1', 'HTTP/1.0');
      for (const [bytes, connection] of [
        [post('{}', 'connection: close'), 'close'],
        [post('{}', 'connection: x, Close'), 'close'],
        [post('{}', 'connection: keep-alive'), 'keep-alive'],
        [old(post('{}')), 'close'],
        [old(post('{}', 'connection: keep-alive')), 'keep-alive'],
        [old(post('{}', 'expect: something')), 'close'],
      ] as const) {
        const client = connect();
        client.send(bytes);
        const response = await client.response();
        assert.deepEqual([response?.status, response?.headers.get('connection')], [200, connection], bytes);
        if (connection === 'close') assert.equal(await client.rest(), '');
      }
    });
  });

  test('are sent to a client that has closed its side', async () => {
    const handler = createRecordingHandler();
    await withHttp1(handler, async ({ connect }) => {
      const client = connect(true);
      client.socket.end(post('1') + post('2'));
      assert.deepEqual(await statuses(client, 2), [200, 200]);
      assert.equal(await client.rest(), '');
      const half = connect(true);
      half.socket.end(post('123').slice(0, -1));
      assert.equal(await half.rest(), '');
    });
    assert.equal(handler.requests.length, 2);
    await handler.untilReleased();
  });

  test('to Expect: 100-continue are 100 or a final status', async () => {
    const handler = createRecordingHandler();
    await withHttp1(handler, async ({ connect }) => {
      const client = connect();
      const [head = '', body = ''] = post('{}', 'expect: 100-Continue').split(/(?<=\r\n\r\n)/);
      client.send(head);
      assert.equal((await client.response())?.status, 100);
      client.send(body);
      assert.equal((await client.response())?.status, 200);
      client.send(post('', 'expect: 100-continue'));
      assert.equal((await client.response())?.status, 200);
      client.send(post('{}', 'expect: 102-processing'));
      assert.equal((await client.response())?.status, 417);
      const rejected = connect();
      rejected.send(head.replace('/v1/traces', '/v1/none'));
      const response = await rejected.response();
      assert.deepEqual([response?.status, response?.headers.get('connection')], [404, 'close']);
    });
  });

  test('report a request line, a header or a number of headers beyond the limit', async () => {
    await withHttp1(createRecordingHandler(), async ({ connect }) => {
      for (const [bytes, status] of [
        [post('{}').replace('traces', 'x'.repeat(9000)), 414],
        [`${'x'.repeat(9000)}`, 414],
        [post('{}', `x-long: ${'x'.repeat(17_000)}`), 431],
        [post('{}', ...Array.from({ length: 101 }, (_, i) => `x-${i}: ${i}`)), 431],
        [postChunked(`0\r\nx-long: ${'x'.repeat(17_000)}\r\n\r\n`), 431],
        [post('{}').replace('HTTP/1.1', 'HTTP/2.0'), 505],
        [post('{}').replace('POST', 'EXPORT'), 501],
      ] as const) {
        const client = connect();
        client.send(bytes);
        const response = await client.response();
        assert.deepEqual([response?.status, response?.headers.get('connection')], [status, 'close']);
      }
      const client = connect();
      client.send(post('{}', ...Array.from({ length: 97 }, (_, i) => `x-${i}: ${i}`)));
      assert.equal((await client.response())?.status, 200);
    });
  });

  test('explain to HTTP/2 and TLS clients that the port expects HTTP/1.1', async () => {
    await withHttp1(createRecordingHandler(), async ({ connect }) => {
      const [h2, tls] = [connect(), connect()];
      h2.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      assert.match((await h2.response())?.body ?? '', /expected HTTP\/1\.1, got HTTP\/2: .* use the OTLP\/gRPC port/);
      tls.send('\x16\x03\x01');
      assert.match((await tls.response())?.body ?? '', /expected HTTP without TLS, got TLS/);
    });
  });

  test('do not disclose the error of a bug', async () => {
    const handler = createRecordingHandler();
    const bugs: unknown[] = [];
    const throwing = {
      admit: (sizeBytes: number) => handler.admit(sizeBytes),
      export: (): Outcome => {
        throw new Error('a secret');
      },
    };
    await withHttp1(
      throwing,
      async ({ connect }) => {
        const client = connect();
        client.send(post('{}') + get('/'));
        const response = await client.response();
        assert.equal(response?.status, 500);
        assert.doesNotMatch(response?.body ?? '', /secret/);
        assert.equal((await client.response())?.status, 200);
        assert.match(String(bugs[0]), /a secret/);
      },
      { onInternalError: (error) => bugs.push(error) },
    );
    await handler.untilReleased();
  });

  test('are dropped when the client disconnects before the outcome', async () => {
    const handler = createRecordingHandler();
    let settle = () => {};
    handler.response = () =>
      new Promise((resolve) => {
        settle = () => resolve(ACCEPTED);
      });
    await withHttp1(handler, async ({ connect, server }) => {
      const client = connect();
      client.send(post('{}'));
      await handler.untilRequests(1);
      client.socket.destroy();
      await turns(4);
      settle();
      await handler.untilReleased();
      while (server.connectionCount > 0) await turns(1);
    });
  });
});
