import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { CommandFailure } from '../failure.ts';
import { printed } from '../otelier.testing.ts';
import { healthCommand } from './command.ts';

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

for (const [name, path, requested] of [
  ['/healthz if the URL has no path', '', '/healthz'],
  ['the path of the URL', '/status?verbose', '/status?verbose'],
] as const)
  test(`requests ${name}`, async (t) => {
    const paths: (string | undefined)[] = [];
    const url = await serve(t, (request, response) => {
      paths.push(request.url);
      response.end('{"status":"ok"}\n');
    });
    const { stdout } = await printed((console) => healthCommand({ url: `${url}${path}`, timeout: 60 }, console));
    assert.deepEqual([paths, stdout], [[requested], '{"status":"ok"}\n']);
  });

for (const [name, listener, expected] of [
  ['503', (_, response) => void response.writeHead(503).end('starting'), /expected status 200, got 503: starting$/],
  [
    'a redirect',
    (_, response) => void response.writeHead(302, { location: '/x' }).end(),
    /expected status 200, got 302/,
  ],
  ['a closed connection', (request) => void request.socket.destroy(), /expected a response, got /],
  ['no response', () => {}, /expected a response within 0\.1 s, got none$/],
  [
    'an endless response',
    (_, response) => {
      response.writeHead(500);
      const timer = setInterval(() => response.write('x'.repeat(500)), 1);
      response.on('close', () => clearInterval(timer));
    },
    /got 500: x{1000}$/,
  ],
] satisfies readonly (readonly [string, RequestListener, RegExp])[])
  test(`fails after ${name}`, async (t) => {
    const url = await serve(t, listener);
    const timeout = name === 'no response' ? 0.1 : 60;
    await assert.rejects(
      printed((console) => healthCommand({ url, timeout }, console)),
      (error: unknown) => {
        assert.ok(error instanceof CommandFailure);
        assert.match(error.message, expected);
        return true;
      },
    );
  });

test('fails if nothing listens', async () => {
  const options = { url: 'http://127.0.0.1:1', timeout: 60 };
  await assert.rejects(
    printed((console) => healthCommand(options, console)),
    /127\.0\.0\.1:1\/healthz: expected a response, got /,
  );
});
