import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ListenError, listen } from './listen.ts';

const directory = mkdtempSync(join(tmpdir(), 'otelier-listen-'));
after(() => rmSync(directory, { recursive: true }));

test('reports its address for IPv4, IPv6 and unix sockets', async () => {
  const path = join(directory, 'a.sock');
  const listeners = await Promise.all(['127.0.0.1:0', '[::1]:0', `unix:${path}`].map((endpoint) => listen(endpoint)));
  const [v4, v6, unix] = listeners.map((listener) => listener.address);
  assert.match(v4 ?? '', /^127\.0\.0\.1:[1-9]\d*$/);
  assert.match(v6 ?? '', /^\[::1\]:[1-9]\d*$/);
  assert.equal(unix, `unix:${path}`);
  await Promise.all(listeners.map((listener) => listener.close()));
  assert.equal(existsSync(path), false);
  await listeners[0]?.close();
});

test('explains why it cannot listen', async () => {
  const taken = await listen('127.0.0.1:0');
  const socket = await listen(`unix:${join(directory, 'b.sock')}`);
  const plain = join(directory, 'file');
  writeFileSync(plain, 'not a socket');
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [taken.address, 'EADDRINUSE', /is in use by another program; stop that program, or choose another endpoint/],
    [socket.address, 'EADDRINUSE', /is in use by another program/],
    [`unix:${plain}`, 'EADDRINUSE', /is in use/],
    ['192.0.2.1:0', 'EADDRNOTAVAIL', /is not an address of this machine/],
    ['no-such-host.invalid:0', 'ENOTFOUND', /names an unknown host/],
    [`unix:${join(directory, 'no', 'such', 'c.sock')}`, 'EACCES', /directory/],
  ];
  for (const [endpoint, code, sentence] of cases) {
    await assert.rejects(listen(endpoint), (error) => {
      assert.ok(error instanceof ListenError, String(error));
      // Error codes of the last two vary by resolver and kernel.
      const codes: Readonly<Record<string, readonly string[]>> = {
        ENOTFOUND: ['ENOTFOUND', 'EAI_AGAIN'],
        EACCES: ['EACCES', 'ENOENT'],
      };
      assert.ok((codes[code] ?? [code]).includes(error.code), error.code);
      assert.ok(error.message.startsWith(`${endpoint} `), error.message);
      assert.match(error.message, sentence);
      return true;
    });
  }
  assert.equal(existsSync(plain), true);
  await Promise.all([taken.close(), socket.close()]);
});

test('queues connections up to its backlog while no server accepts', async () => {
  const listener = await listen('127.0.0.1:0', { backlog: 2 });
  const port = Number(listener.address.split(':').at(-1));
  const clients = [1, 2, 3].map(() => net.connect(port, '127.0.0.1').on('error', () => {}));
  for (const client of clients) client.write('hello');
  await Promise.race(clients.map((client) => new Promise((resolve) => client.resume().on('close', resolve))));
  const received: string[] = [];
  const both = Promise.withResolvers<void>();
  const stop = listener.accept((socket) => {
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk.toString());
      socket.destroy();
      if (received.length === 2) both.resolve();
    });
  });
  await both.promise;
  stop();
  assert.deepEqual(received, ['hello', 'hello']);
  await listener.close();
});
