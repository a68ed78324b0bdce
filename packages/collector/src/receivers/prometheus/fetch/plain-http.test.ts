import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { PlainHttp } from './plain-http.ts';

interface TestServer {
  readonly url: URL;
  readonly sockets: readonly Socket[];
  readonly heads: readonly string[];
}

/** Responds to each request with bytes, or as `respond` says with the socket. */
async function startServer(t: TestContext, respond: (socket: Socket, index: number) => string | undefined) {
  const sockets: Socket[] = [];
  const heads: string[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      heads.push(data.toString());
      const text = respond(socket, heads.length);
      if (text !== undefined) socket.write(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics?a=b`);
  return { url, sockets, heads } satisfies TestServer;
}

function clientOf(t: TestContext): PlainHttp {
  const http = new PlainHttp();
  t.after(() => http.close());
  return http;
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

function request(signal: AbortSignal = new AbortController().signal) {
  return { headers: { accept: 'text/plain' }, maxBytes: 1000, signal };
}

async function textOf(http: PlainHttp, url: URL): Promise<string> {
  const reader = await http.get(url, request());
  const text = reader.body.toString();
  reader.release();
  return text;
}

test('sends requests over one connection', async (t) => {
  const { url, sockets, heads } = await startServer(t, () => OK);
  const http = clientOf(t);
  for (let i = 0; i < 3; i++) assert.equal(await textOf(http, url), 'ok');
  assert.equal(sockets.length, 1);
  assert.equal(heads[0], `GET /metrics?a=b HTTP/1.1\r\nhost: ${url.host}\r\naccept: text/plain\r\n\r\n`);
});

test('keeps responses apart that arrive at the same time', async (t) => {
  const { url } = await startServer(
    t,
    (_, index) => `HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n${String(index).repeat(500)}`,
  );
  const http = clientOf(t);
  const texts = await Promise.all(Array.from({ length: 9 }, () => textOf(http, url)));
  assert.deepEqual(new Set(texts), new Set(Array.from({ length: 9 }, (_, index) => String(index + 1).repeat(500))));
});

test('connects again if the server has closed an idle connection, and only then', async (t) => {
  const { url, sockets } = await startServer(t, (socket, index) => {
    if (index === 2 || index >= 4) socket.destroy();
    return OK;
  });
  const http = clientOf(t);
  assert.equal(await textOf(http, url), 'ok');
  assert.equal(await textOf(http, url), 'ok');
  assert.equal(sockets.length, 2);
  await assert.rejects(textOf(http, url), /expected a response|ECONNRESET|EPIPE/);
});

test('rejects with the reason of an aborted request, and with that of the connection', async (t) => {
  const { url, sockets } = await startServer(t, () => undefined);
  const http = clientOf(t);
  const abort = new AbortController();
  const pending = http.get(url, request(abort.signal));
  while (sockets.length === 0) await new Promise(setImmediate);
  abort.abort(new Error('too slow'));
  await assert.rejects(pending, /too slow/);
  await assert.rejects(http.get(url, request(abort.signal)), /too slow/);
  await assert.rejects(http.get(new URL('http://127.0.0.1:1/'), request()), /ECONNREFUSED/);
  const refused = { ...request(), headers: { 'x-y': 'a\r\nb: c' } };
  await assert.rejects(http.get(url, refused), /Invalid character in header/);
});

test('ends with its connections', async (t) => {
  const { url, sockets } = await startServer(t, (_, index) => (index === 1 ? OK : undefined));
  const http = clientOf(t);
  await textOf(http, url);
  const pending = http.get(url, request());
  pending.catch(() => {});
  http.close();
  await assert.rejects(pending);
  assert.equal(sockets.length <= 2, true);
});
