import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { readingError, readOnce, startReading } from './scraping/scraping.testing.ts';
import { zookeeper } from './zookeeper.ts';

receiverContract(zookeeper, { config: { endpoint: '127.0.0.1:1' }, silent: true });

/** Replies to each command as told and closes the connection; `undefined` keeps it open. */
async function startZookeeper(t: TestContext, reply: (command: string) => string | undefined): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const text = reply(data.toString().trim());
      if (text !== undefined) socket.end(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const LEADER = `zk_version\t3.9.3-c26634f34490bb0ea7a09cc51e05ede3b4e320ee, built on 2024-10-17 23:21 UTC
zk_server_state\tleader
zk_avg_latency\t1.5625
zk_min_latency\t0
zk_max_latency\t16
zk_packets_received\t32
zk_packets_sent\t31
zk_num_alive_connections\t1
zk_outstanding_requests\t0
zk_znode_count\t9
zk_watch_count\t2
zk_ephemerals_count\t3
zk_approximate_data_size\t9007199254740991
zk_open_file_descriptor_count\t66
zk_max_file_descriptor_count\t20000
zk_learners\t4
zk_synced_followers\t3
zk_pending_syncs\t0
zk_global_sessions\t1
zk_avg_jvm_pause_time_ms\tNaN
`;

test('reads mntr and ruok of a leader', async (t) => {
  const commands: string[] = [];
  const endpoint = await startZookeeper(t, (command) => {
    commands.push(command);
    return command === 'ruok' ? 'imok' : LEADER;
  });
  const lines = await readOnce(t, zookeeper, { endpoint });
  assert.deepEqual(commands, ['mntr', 'ruok']);
  const resource = '{server.state=leader,zk.version=3.9.3-c26634f34490bb0ea7a09cc51e05ede3b4e320ee} ';
  assert.ok(lines.every((line) => line.startsWith(resource)));
  assert.deepEqual(
    lines.map((line) => line.slice(resource.length)),
    [
      'zookeeper.connection.active sum {connections} {} int 1',
      'zookeeper.data_tree.ephemeral_node.count sum {nodes} {} int 3',
      'zookeeper.data_tree.size sum By {} int 9007199254740991',
      'zookeeper.file_descriptor.limit gauge {file_descriptors} {} int 20000',
      'zookeeper.file_descriptor.open sum {file_descriptors} {} int 66',
      'zookeeper.follower.count sum {followers} {state=synced} int 3',
      'zookeeper.follower.count sum {followers} {state=unsynced} int 1',
      'zookeeper.latency.avg gauge ms {} int 2',
      'zookeeper.latency.max gauge ms {} int 16',
      'zookeeper.latency.min gauge ms {} int 0',
      'zookeeper.packet.count counter {packets} {direction=received} int 32',
      'zookeeper.packet.count counter {packets} {direction=sent} int 31',
      'zookeeper.request.active sum {requests} {} int 0',
      'zookeeper.ruok gauge 1 {} int 1',
      'zookeeper.sync.pending sum {syncs} {} int 0',
      'zookeeper.watch.count sum {watches} {} int 2',
      'zookeeper.znode.count sum {znodes} {} int 9',
    ],
  );
});

test('reads only what is wanted', async (t) => {
  const endpoint = await startZookeeper(t, (command) =>
    command === 'mntr' ? 'zk_version\t3.5.5-390fe37ea45, built on 05/03/2019\nzk_znode_count\t5\n' : undefined,
  );
  const lines = await readOnce(t, zookeeper, {
    endpoint,
    metrics: { 'zookeeper.ruok': { enabled: false } },
    resource_attributes: { 'zk.version': { enabled: false } },
  });
  assert.deepEqual(lines, ['{} zookeeper.znode.count sum {znodes} {} int 5']);
});

test('reports fields that are no numbers and a server that is not well, and reads the rest', async (t) => {
  const endpoint = await startZookeeper(t, (command) =>
    command === 'ruok' ? 'no' : 'zk_znode_count\tmany\nzk_watch_count\t1e999\nzk_max_latency\t-1\n',
  );
  const bench = await startReading(t, zookeeper, { endpoint });
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.match(bench.error() ?? '', /ruok: expected imok, got "no"; zk_znode_count: expected a number, got "many"/);
  assert.equal(bench.received[0]?.itemCount, 1);
});

test('reports replies that are none, too large, or do not come', async (t) => {
  const replies: [string | undefined, RegExp][] = [
    ['', /mntr: expected fields of zk_\*, got ""/],
    ['mntr is not executed because it is not in the whitelist.\n', /got "mntr is not executed because/],
    ['x'.repeat((1 << 20) + 1), /mntr: expected a reply of at most 1048576 bytes/],
  ];
  for (const [reply, expected] of replies) {
    const endpoint = await startZookeeper(t, () => reply);
    assert.match(await readingError(t, zookeeper, { endpoint }), expected);
  }
  const silent = await startZookeeper(t, () => undefined);
  const bench = await startReading(t, zookeeper, { endpoint: silent, timeout: '3s' });
  while (bench.error() === undefined) await bench.clock.advance(1000);
  assert.match(bench.error() ?? '', /not read after 3000 ms/);
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ endpoint: 'localhost' }, /endpoint: expected host:port.*got "localhost"/],
    [{ collection_interval: '0s' }, /collection_interval: expected a duration above 0/],
    [{ metrics: { other: {} } }, /metrics.other: expected one of/],
  ];
  for (const [config, message] of expected) await assert.rejects(createComponentBench(zookeeper, { config }), message);
});
