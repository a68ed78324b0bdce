import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import { readStanding, type TakeBytes } from './standing-buffer.ts';

/** A server's end of a connection that a client has just opened. */
async function accept(): Promise<{ server: net.Server; client: net.Socket; accepted: net.Socket }> {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = once(server, 'connection');
  const address = server.address();
  const client = net.connect({ host: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0 });
  const [accepted] = await connection;
  return { server, client, accepted };
}

function gathering(): { readonly take: TakeBytes; readonly text: () => string } {
  let text = '';
  return {
    take: (bytes, length) => {
      text += Buffer.from(bytes.subarray(0, length)).toString();
    },
    text: () => text,
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a socket that is read into a standing buffer', { concurrency: true }, () => {
  test('goes on as another, from its first byte to both ends', async () => {
    const { server, client, accepted } = await accept();
    const { take, text } = gathering();
    const socket = readStanding(accepted, () => take);
    client.write('one ');
    await until(() => text() === 'one ');
    const ended = once(socket, 'end');
    client.end('two');
    await ended;
    assert.equal(text(), 'one two');
    const response = once(client, 'data');
    const closed = Promise.all([once(socket, 'close'), once(client, 'close')]);
    socket.end('bye');
    assert.equal(String((await response)[0]), 'bye');
    await closed;
    // The server forgets a connection whose socket has been replaced.
    await new Promise((resolve) => server.close(resolve));
  });

  test('first gives what came while nobody had taken it', async () => {
    const { server, client, accepted } = await accept();
    client.write('early ');
    await until(() => accepted.readableLength > 0);
    const { take, text } = gathering();
    const socket = readStanding(accepted, () => take);
    client.write('late');
    await until(() => text() === 'early late');
    socket.destroy();
    client.destroy();
    server.close();
  });

  test('shares its buffer with others, each of which gets its own bytes', async () => {
    const ends = await Promise.all(Array.from({ length: 8 }, accept));
    const readers = ends.map(({ accepted }) => {
      const { take, text } = gathering();
      return { socket: readStanding(accepted, () => take), text };
    });
    const expected = ends.map(({ client }, index) => {
      const pieces = Array.from({ length: 50 }, (_, piece) => `${index}:${piece} `);
      for (const piece of pieces) client.write(piece);
      return pieces.join('');
    });
    await until(() => readers.every(({ text }, index) => text().length === expected[index].length));
    assert.deepEqual(
      readers.map(({ text }) => text()),
      expected,
    );
    for (const { socket } of readers) socket.destroy();
    for (const { client, server } of ends) {
      client.destroy();
      server.close();
    }
  });

  test('can be paused, and goes on where it was', async () => {
    const { server, client, accepted } = await accept();
    const { take, text } = gathering();
    const socket = readStanding(accepted, () => take);
    socket.pause();
    client.write('held');
    // The other end has handed its bytes over, and a turn of the loop would read them.
    await until(() => client.writableLength === 0);
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(text(), '');
    socket.resume();
    await until(() => text() === 'held');
    socket.destroy();
    client.destroy();
    server.close();
  });

  test('stays as it is where its handle cannot be had', () => {
    const without = new net.Socket();
    const { take, text } = gathering();
    assert.equal(
      readStanding(without, () => take),
      without,
    );
    without.emit('data', Buffer.from('by event'));
    assert.equal(text(), 'by event');
    without.destroy();
  });
});
