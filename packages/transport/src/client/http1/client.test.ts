import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { describe, test } from 'node:test';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createHttpServer } from '../../server/http1/server.ts';
import { createHttpClient, type HttpClientOptions } from './client.ts';

interface SeenRequest {
  readonly url: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Runs `body` against an independent server that sends the given responses and records its requests. */
async function withPeer(
  respond: (response: http.ServerResponse, request: http.IncomingMessage) => void,
  body: (address: string, seen: readonly SeenRequest[]) => Promise<void>,
): Promise<void> {
  const seen: SeenRequest[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ url: request.url, headers: request.headers, body: Buffer.concat(chunks) });
      respond(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    await body(typeof address === 'object' ? `127.0.0.1:${address?.port}` : '', seen);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function exportOnce(
  options: HttpClientOptions,
  parts: readonly Uint8Array[] = [Buffer.from('x')],
): Promise<Outcome> {
  const client = createHttpClient(options);
  const outcome = await client.export('traces', parts);
  await client.shutdown();
  return outcome;
}

const accept = (response: http.ServerResponse) => void response.end();

describe('OTLP/HTTP client', { concurrency: true }, () => {
  test('appends the path of the signal to the base URL and uses URLs of single signals unchanged', () =>
    withPeer(accept, async (address, seen) => {
      const client = createHttpClient({
        endpoint: `http://${address}/base/`,
        signalEndpoints: { logs: `http://${address}/my/logs?key=1`, metrics: `http://${address}` },
      });
      for (const signal of ['traces', 'logs', 'metrics'] as const)
        assert.deepEqual(await client.export(signal, []), ACCEPTED);
      await client.shutdown();
      assert.deepEqual(
        seen.map(({ url }) => url),
        ['/base/v1/traces', '/my/logs?key=1', '/'],
      );
      assert.equal(seen[0]?.headers['host'], address);
      assert.equal(seen[0]?.headers['content-type'], 'application/x-protobuf');
    }));

  test('sends standard JSON and rejects signals without a JSON encoding', async () => {
    const handler = createRecordingHandler();
    const server = await createHttpServer({ endpoint: '127.0.0.1:0' }, handler);
    const client = createHttpClient({ endpoint: `http://${server.address}`, encoding: 'json', compression: 'gzip' });
    const { parts } = sampleBatch('traces', 2);
    handler.response = () => ({ kind: 'partial', rejectedItems: 1, reason: 'one' });
    const outcome = await client.export('traces', [...parts, ...parts]);
    assert.deepEqual(outcome, { kind: 'partial', rejectedItems: 1, reason: 'one' });
    const request = JSON.parse(Buffer.from(handler.requests[0]?.body ?? []).toString());
    assert.equal(handler.requests[0]?.encoding, 'json');
    assert.equal(request.resourceSpans.length, 2);
    assert.equal(request.resourceSpans[1].scopeSpans[0].spans[0].traceId, '00000000000000000000000000000001');
    assert.deepEqual(await client.export('profiles', []), {
      kind: 'refused',
      reason: 'profiles cannot be sent as JSON',
    });
    await client.shutdown();
    await server.shutdown();
  });

  test('rejects requests that cannot be encoded, and names the error', async () => {
    const client = createHttpClient({ endpoint: 'http://127.0.0.1:1', encoding: 'json' });
    const outcome = await client.export('traces', [undefined as unknown as Uint8Array]);
    assert.equal(outcome.kind, 'refused');
    assert.match(outcome.kind === 'refused' ? outcome.reason : '', /^cannot encode traces: /);
    await client.shutdown();
  });

  test('reuses connections and retries on a new one when a reused one is closed', async () => {
    const sockets = new Set<net.Socket>();
    let served = 0;
    await withPeer(
      (response, request) => {
        sockets.add(request.socket);
        served++;
        // Closes the connection while the second request is in flight, as a server does on idle timeout.
        if (served === 2) request.socket.destroy();
        else response.end();
      },
      async (address) => {
        const client = createHttpClient({ endpoint: `http://${address}` });
        assert.deepEqual(await client.export('traces', []), ACCEPTED);
        assert.deepEqual(await client.export('traces', []), ACCEPTED);
        assert.deepEqual(await client.export('traces', []), ACCEPTED);
        await client.shutdown();
        assert.deepEqual([sockets.size, served], [2, 4]);
      },
    );
  });

  test('reports a retryable outcome for broken, refused and non-HTTP connections', async () => {
    await withPeer(
      (_, request) => void request.socket.destroy(),
      async (address) => assert.equal((await exportOnce({ endpoint: `http://${address}` })).kind, 'retry'),
    );
    const garbage = net.createServer(
      (socket) =>
        void socket
          .on('error', () => {})
          .resume()
          .end('SSH-2.0-OpenSSH\r\n'),
    );
    await new Promise<void>((resolve) => garbage.listen(0, '127.0.0.1', resolve));
    const address = garbage.address();
    const port = typeof address === 'object' ? address?.port : 0;
    assert.equal((await exportOnce({ endpoint: `http://127.0.0.1:${port}` })).kind, 'retry');
    await new Promise((resolve) => garbage.close(resolve));
    const refused = await exportOnce({ endpoint: `http://127.0.0.1:${port}` });
    assert.equal(refused.kind, 'retry');
    assert.match(JSON.stringify(refused), /http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/);
  });

  test('follows no redirects and uses the status of a response with a truncated body', async () => {
    await withPeer(
      (response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      async (address, seen) => {
        assert.equal((await exportOnce({ endpoint: `http://${address}` })).kind, 'refused');
        assert.equal(seen.length, 1);
      },
    );
    await withPeer(
      (response, request) => {
        response.writeHead(200, { 'content-length': 100 }).write('part', () => request.socket.destroy());
      },
      async (address) => assert.deepEqual(await exportOnce({ endpoint: `http://${address}` }), ACCEPTED),
    );
  });

  test('compresses and sets content-encoding', () =>
    withPeer(accept, async (address, seen) => {
      for (const compression of ['gzip', 'deflate', 'zstd', 'brotli'] as const) {
        await exportOnce({ endpoint: `http://${address}`, compression }, [Buffer.alloc(10_000)]);
      }
      assert.deepEqual(
        seen.map(({ headers }) => headers['content-encoding']),
        ['gzip', 'deflate', 'zstd', 'br'],
      );
      for (const { body } of seen) assert.ok(body.length < 200);
    }));

  test('rejects invalid endpoints and headers without printing secrets', () => {
    for (const endpoint of ['http://', 'nowhere', '']) {
      assert.throws(() => createHttpClient({ endpoint }), /endpoint: expected/);
    }
    for (const make of [
      () => createHttpClient({ endpoint: 'http://ann:secret@host' }),
      () => createHttpClient({ endpoint: 'host:1', tls: { insecure: true }, headers: { authorization: 'secret\n' } }),
    ]) {
      assert.throws(make, (error) => !String(error).includes('secret'));
    }
  });
});
