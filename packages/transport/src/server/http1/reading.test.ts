import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import type { ExportHandler } from '../../contract.ts';
import { post, postChunked, turns, withHttp1 } from './raw-client.testing.ts';
import { AMBIGUOUS, WELL_FORMED } from './requests.testing.ts';

const bodiesOf = (handler: RecordingHandler) =>
  handler.requests.map(({ body }) => Buffer.from(body).toString('latin1'));

/** Wraps the recording handler in one that returns synchronously. */
function atOnce(handler: RecordingHandler): ExportHandler {
  return {
    admit: (sizeBytes) => handler.admit(sizeBytes),
    export(request) {
      void handler.export(request);
      return ACCEPTED;
    },
  };
}

describe('reading requests', { concurrency: true }, () => {
  for (const [kind, wrap] of [
    ['synchronously', atOnce],
    ['asynchronously', (handler: RecordingHandler): ExportHandler => handler],
  ] as const) {
    test(`accepts requests split at any byte when the handler returns ${kind}`, async () => {
      const handler = createRecordingHandler();
      await withHttp1(wrap(handler), async ({ connect }) => {
        const client = connect();
        const expected: string[] = [];
        for (const [bytes, bodies] of Object.values(WELL_FORMED)) {
          // HTTP/1.0 requests close the connection.
          if (bytes.includes('HTTP/1.0')) continue;
          for (let cut = 1; cut < bytes.length; cut++) {
            client.send(bytes.slice(0, cut));
            await turns();
            client.send(bytes.slice(cut));
            for (const _ of bodies) assert.equal((await client.response())?.status, 200, `${cut} of ${bytes}`);
            expected.push(...bodies);
          }
        }
        assert.deepEqual(bodiesOf(handler), expected);
      });
    });
  }

  test('accepts requests byte by byte and fifty in one write', async () => {
    const handler = createRecordingHandler();
    await withHttp1(handler, async ({ connect }) => {
      const requests = Object.values(WELL_FORMED).filter(([bytes]) => !bytes.includes('HTTP/1.0'));
      const [slow, burst] = [connect(), connect()];
      for (const [bytes, bodies] of requests) {
        for (const byte of bytes) {
          slow.send(byte);
          await turns(1);
        }
        for (const _ of bodies) assert.equal((await slow.response())?.status, 200);
      }
      assert.deepEqual(
        bodiesOf(handler),
        requests.flatMap(([, bodies]) => bodies),
      );
      const many = Array.from({ length: 50 }, (_, i) => post(`${i}`));
      const before = handler.requests.length;
      burst.send(many.join(''));
      for (const _ of many) assert.equal((await burst.response())?.status, 200);
      assert.deepEqual(
        bodiesOf(handler).slice(before),
        many.map((_, i) => `${i}`),
      );
    });
  });

  test('rejects ambiguous requests split at any byte', async () => {
    const handler = createRecordingHandler();
    await withHttp1(handler, async ({ connect }) => {
      for (const name of [
        'length and chunks',
        'CR CR LF',
        'a chunk that is longer than its size',
        'LF LF at the end of the head',
      ]) {
        const bytes = AMBIGUOUS[name] ?? '';
        for (let cut = 1; cut < bytes.length; cut += 3) {
          const client = connect();
          client.send(bytes.slice(0, cut));
          await turns();
          client.send(bytes.slice(cut));
          assert.equal((await client.response())?.status, 400, `${name} at ${cut}`);
          client.socket.destroy();
        }
      }
    });
    assert.equal(handler.requests.length, 0);
  });

  test('checks length and sender of a request with a cached head', async () => {
    const handler = createRecordingHandler();
    let known = true;
    const auth = {
      challenge: 'Bearer',
      authenticate: () =>
        known
          ? ({ kind: 'authenticated', subject: 'ann' } as const)
          : ({ kind: 'unauthenticated', reason: 'no more' } as const),
    };
    await withHttp1(
      handler,
      async ({ connect }) => {
        const client = connect();
        for (const body of ['{}', '[1]', '', 'x'.repeat(100)]) {
          client.send(post(body));
          assert.equal((await client.response())?.status, 200);
          assert.equal(bodiesOf(handler).at(-1), body);
        }
        client.send(post('x'.repeat(101)));
        assert.equal((await client.response())?.status, 413);
        const other = connect();
        other.send(post('{}'));
        assert.equal((await other.response())?.status, 200);
        known = false;
        other.send(post('{}'));
        assert.equal((await other.response())?.status, 401);
        known = true;
        other.send(post('{}'));
        assert.equal((await other.response())?.status, 200);
      },
      { auth, maxBodyBytes: 100 },
    );
    await handler.untilReleased();
  });

  test('serves the next request after an early response', async () => {
    const handler = createRecordingHandler();
    handler.budgetBytes = 1000;
    await withHttp1(handler, async ({ connect }) => {
      const client = connect();
      client.send(post('x'.repeat(2000)) + postChunked(`7d0\r\n${'x'.repeat(2000)}\r\n0\r\n\r\n`) + post('{}'));
      assert.deepEqual(
        [(await client.response())?.status, (await client.response())?.status, (await client.response())?.status],
        [429, 429, 200],
      );
      assert.deepEqual(bodiesOf(handler), ['{}']);
    });
    await handler.untilReleased();
  });

  test('passes all headers but those that frame the body', async () => {
    const handler = createRecordingHandler();
    await withHttp1(handler, async ({ connect }) => {
      const client = connect();
      client.send(
        post('{}', 'X-Tenant: \tacme ', 'x-list: a', 'X-List: b', 'cookie: a=1', 'cookie: b=2', '__proto__: x'),
      );
      await client.response();
      const headers = handler.requests[0]?.headers ?? {};
      assert.deepEqual(Object.entries(headers), [
        ['host', 'x'],
        ['content-type', 'application/json'],
        ['x-tenant', 'acme'],
        ['x-list', 'a, b'],
        ['cookie', 'a=1; b=2'],
        ['__proto__', 'x'],
      ]);
    });
  });
});
