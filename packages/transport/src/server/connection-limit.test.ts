import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { ConnectionLimit } from './connection-limit.ts';
import { descriptorLimit, shareDescriptors } from './descriptor-limit.ts';

/** Creates a server with a connection limit and a manual clock. */
async function setUp(context: { after(end: () => void): void }, limit: number) {
  const time = { now: 0 };
  const connections = new ConnectionLimit(limit, () => time.now);
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    if (connections.accept(socket) === undefined) socket.destroy();
    else server.emit('counted', socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const clients: net.Socket[] = [];
  context.after(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  const connect = () => {
    const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1').resume();
    client.on('error', () => {});
    clients.push(client);
    return client;
  };
  /** Opens a connection and returns both ends. */
  const open = async () => {
    const counted = once(server, 'counted');
    const client = connect();
    return { client, socket: (await counted)[0] as net.Socket };
  };
  return { time, connections, connect, open };
}

test('at the limit, closes the oldest connection that has not served a request', async (context) => {
  const { time, connections, open } = await setUp(context, 3);
  const used = await open();
  connections.watch(used.socket, { isBusy: false, servedMillis: 0 });
  const [older, younger] = [await open(), await open()];
  time.now = 1000;
  const closed = once(older.client, 'close');
  await open();
  await closed;
  assert.deepEqual([used.client.destroyed, younger.client.destroyed, connections.count], [false, false, 3]);
});

test('closes connections that have served only when they are idle, and never busy ones', async (context) => {
  const { time, connections, connect, open } = await setUp(context, 2);
  const reports: number[] = [];
  connections.onLimit = ({ refusedConnections }) => reports.push(refusedConnections);
  const [busy, idle] = [await open(), await open()];
  connections.watch(busy.socket, { isBusy: true, servedMillis: 0 });
  connections.watch(idle.socket, { isBusy: false, servedMillis: 0 });
  time.now = 9_000;
  await once(connect(), 'close');
  assert.deepEqual(reports, [1], 'refuses the new connection and reports it');
  time.now = 10_000;
  const closed = once(idle.client, 'close');
  await open();
  await closed;
  assert.equal(busy.client.destroyed, false);
  assert.deepEqual(reports, [1], 'at most once a minute');
});

test('counts a connection once when another socket replaces its socket', async (context) => {
  const { connections, open } = await setUp(context, 10);
  const { client, socket } = await open();
  const replaceWith = connections.accept(socket);
  const other = new net.Socket();
  replaceWith?.(other);
  assert.equal(connections.count, 2);
  const closed = once(socket, 'close');
  client.destroy();
  await closed;
  assert.equal(connections.count, 1);
  other.destroy();
  await once(other, 'close');
  assert.equal(connections.count, 0);
});

test('reserves descriptors for files at any limit', () => {
  assert.ok(descriptorLimit() >= 64);
  for (const limit of [256, 1024, 4096, 20_000, 1_048_576]) {
    const { connections, workbench } = shareDescriptors(limit);
    assert.ok(connections >= 16 && workbench >= 16);
    assert.ok(limit - connections - workbench >= 128, `${limit}: ${connections} and ${workbench}`);
  }
  assert.deepEqual(shareDescriptors(1024), { limit: 1024, connections: 608, workbench: 128 });
});
