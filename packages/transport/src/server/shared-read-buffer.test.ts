import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import { type BytesHandler, readIntoSharedBuffer } from './shared-read-buffer.ts';

/** Returns both ends of a new connection. */
async function accept(): Promise<{ server: net.Server; client: net.Socket; accepted: net.Socket }> {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = once(server, 'connection');
  const address = server.address();
  const client = net.connect({ host: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0 });
  const [accepted] = await connection;
  return { server, client, accepted };
}

function collector(): { readonly onBytes: BytesHandler; readonly text: () => string } {
  let text = '';
  return {
    onBytes: (bytes, length) => {
      text += Buffer.from(bytes.subarray(0, length)).toString();
    },
    text: () => text,
  };
}

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a socket read into the shared buffer', { concurrency: true }, () => {
  test('is replaced by another that reads from the first byte to both ends', async () => {
    const { server, client, accepted } = await accept();
    const { onBytes, text } = collector();
    const socket = readIntoSharedBuffer(accepted, () => onBytes);
    client.write('one ');
    await waitFor(() => text() === 'one ');
    const ended = once(socket, 'end');
    client.end('two');
    await ended;
    assert.equal(text(), 'one two');
    const response = once(client, 'data');
    const closed = Promise.all([once(socket, 'close'), once(client, 'close')]);
    socket.end('bye');
    assert.equal(String((await response)[0]), 'bye');
    await closed;
    // The server stops counting a connection once its socket has been replaced.
    await new Promise((resolve) => server.close(resolve));
  });

  test('first delivers bytes that arrived before the connection was accepted', async () => {
    const { server, client, accepted } = await accept();
    client.write('early ');
    await waitFor(() => accepted.readableLength > 0);
    const { onBytes, text } = collector();
    const socket = readIntoSharedBuffer(accepted, () => onBytes);
    client.write('late');
    await waitFor(() => text() === 'early late');
    socket.destroy();
    client.destroy();
    server.close();
  });

  test('receives only its own bytes through the shared buffer', async () => {
    const ends = await Promise.all(Array.from({ length: 8 }, accept));
    const readers = ends.map(({ accepted }) => {
      const { onBytes, text } = collector();
      return { socket: readIntoSharedBuffer(accepted, () => onBytes), text };
    });
    const expected = ends.map(({ client }, index) => {
      const pieces = Array.from({ length: 50 }, (_, piece) => `${index}:${piece} `);
      for (const piece of pieces) client.write(piece);
      return pieces.join('');
    });
    await waitFor(() => readers.every(({ text }, index) => text().length === expected[index].length));
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

  test('continues where it was after a pause', async () => {
    const { server, client, accepted } = await accept();
    const { onBytes, text } = collector();
    const socket = readIntoSharedBuffer(accepted, () => onBytes);
    socket.pause();
    client.write('held');
    // The client has passed its bytes to the kernel, and the next event loop turn would read them.
    await waitFor(() => client.writableLength === 0);
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(text(), '');
    socket.resume();
    await waitFor(() => text() === 'held');
    socket.destroy();
    client.destroy();
    server.close();
  });

  test('is read by events without a usable handle', () => {
    const without = new net.Socket();
    const { onBytes, text } = collector();
    assert.equal(
      readIntoSharedBuffer(without, () => onBytes),
      without,
    );
    without.emit('data', Buffer.from('by event'));
    assert.equal(text(), 'by event');
    without.destroy();
  });
});
