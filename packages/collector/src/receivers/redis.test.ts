import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { bulk, startRedis } from './redis/redis-server.testing.ts';
import { redis } from './redis.ts';
import { readingError, readOnce, startReading, valuesOf } from './scraping/scraping.testing.ts';

receiverContract(redis, { config: { endpoint: '127.0.0.1:1' }, silent: true });

const INFO = `# Server\r
redis_version:7.0.15\r
redis_mode:cluster\r
uptime_in_seconds:3600\r
\r
# Memory\r
used_memory:1048576\r
maxmemory:9223372036854775807\r
mem_fragmentation_ratio:1.25\r
# Replication\r
role:slave\r
slave_repl_offset:12\r
# Commandstats\r
cmdstat_config|get:calls=3,usec=42,usec_per_call=14.00,rejected_calls=0,failed_calls=0\r
# Latencystats\r
latency_percentiles_usec_get:p50=1.003,p99=2,p99.9=4000\r
# Cluster\r
cluster_enabled:1\r
# Keyspace\r
db0:keys=4,expires=1,avg_ttl=1500\r
db7:keys=2,expires=0,avg_ttl=0,subexpiry=0\r
`;

const CLUSTER_INFO = 'cluster_state:fail\r\ncluster_slots_assigned:16384\r\ncluster_known_nodes:6\r\n';

function enabled(...names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, { enabled: true }]));
}

test('reads INFO, with databases beyond a gap', async (t) => {
  const { endpoint, commands } = await startRedis(t, () => bulk(INFO));
  const lines = await readOnce(t, redis, {
    endpoint,
    metrics: enabled('redis.maxmemory', 'redis.role', 'redis.mode', 'redis.cmd.calls', 'redis.cmd.usec'),
  });
  assert.deepEqual(commands, ['INFO all']);
  assert.deepEqual(
    lines.map((line) => line.replace('{redis.version=7.0.15} ', '')),
    [
      'redis.cmd.calls counter {call} {cmd=config|get} int 3',
      'redis.cmd.usec counter us {cmd=config|get} int 42',
      'redis.db.avg_ttl gauge ms {db=0} int 1500',
      'redis.db.avg_ttl gauge ms {db=7} int 0',
      'redis.db.expires gauge {key} {db=0} int 1',
      'redis.db.expires gauge {key} {db=7} int 0',
      'redis.db.keys gauge {key} {db=0} int 4',
      'redis.db.keys gauge {key} {db=7} int 2',
      'redis.maxmemory gauge By {} int 9223372036854775807',
      'redis.memory.fragmentation_ratio gauge 1 {} double 1.25',
      'redis.memory.used gauge By {} int 1048576',
      'redis.mode gauge {mode} {mode=cluster} int 1',
      'redis.role sum {role} {role=replica} int 1',
      'redis.uptime counter s {} int 3600',
    ],
  );
});

test('reads CLUSTER INFO and latencies if they are wanted', async (t) => {
  const { endpoint, commands } = await startRedis(t, (command) => bulk(command === 'INFO all' ? INFO : CLUSTER_INFO));
  const lines = await readOnce(t, redis, {
    endpoint,
    metrics: enabled('redis.cluster.state', 'redis.cluster.known_nodes', 'redis.cmd.latency'),
    resource_attributes: { ...enabled('server.address', 'server.port'), 'redis.version': { enabled: false } },
  });
  assert.deepEqual(commands, ['INFO all', 'CLUSTER INFO']);
  const port = endpoint.split(':')[1];
  assert.ok(lines.every((line) => line.startsWith(`{server.address=127.0.0.1,server.port=${port}} `)));
  assert.deepEqual(valuesOf(lines, 'redis.cluster.state'), [
    'redis.cluster.state gauge {state} {cluster_state=fail} int 0',
  ]);
  assert.deepEqual(valuesOf(lines, 'redis.cluster.known_nodes'), ['redis.cluster.known_nodes gauge {node} {} int 6']);
  assert.deepEqual(valuesOf(lines, 'redis.cmd.latency'), [
    'redis.cmd.latency gauge s {cmd=get,percentile=p50} double 0.000001003',
    'redis.cmd.latency gauge s {cmd=get,percentile=p99.9} double 0.004',
    'redis.cmd.latency gauge s {cmd=get,percentile=p99} double 0.000002',
  ]);
});

test('logs in with a password, and with a name', async (t) => {
  const { endpoint, commands } = await startRedis(t, (command) =>
    command.startsWith('AUTH') ? '+OK\r\n' : bulk(INFO),
  );
  await readOnce(t, redis, { endpoint, username: 'ignored' });
  await readOnce(t, redis, { endpoint, password: 'secret' });
  await readOnce(t, redis, { endpoint, username: 'monitor', password: 'secret' });
  assert.deepEqual(commands, ['INFO all', 'AUTH secret', 'INFO all', 'AUTH monitor secret', 'INFO all']);
});

test('reports errors and replies that are none of Redis, without credentials', async (t) => {
  const cases: [Parameters<typeof startRedis>[1], RegExp][] = [
    [() => '-WRONGPASS invalid username-password pair\r\n', /AUTH: WRONGPASS invalid/],
    [(command) => (command.startsWith('AUTH') ? '+OK\r\n' : '-NOPERM no\r\n'), /INFO: NOPERM no/],
    [() => 'HTTP/1.1 400 Bad Request\r\n', /expected a reply of Redis, got "HTTP\/1.1 400 Bad Request"/],
    [() => '$99999999999\r\n', /at most 4194304 bytes, got a length of 99999999999/],
    [() => '$-1\r\n', /got a length of -1/],
    [() => 'x'.repeat(5 << 20), /at most 4194304 bytes, got more/],
    [() => bulk('nothing'), /INFO: expected redis_version, got none/],
    [(_, socket) => void socket.end('$10\r\nabc'), /the server closed the connection/],
    [(_, socket) => void socket.resetAndDestroy(), /ECONNRESET|aborted|closed/],
  ];
  for (const [reply, expected] of cases) {
    const { endpoint } = await startRedis(t, reply);
    const error = await readingError(t, redis, { endpoint, password: 'secret' });
    assert.match(error, expected);
    assert.doesNotMatch(error, /secret/);
  }
});

test('reads replies that arrive byte by byte, and reports values that are no numbers', async (t) => {
  const { endpoint } = await startRedis(t, (_, socket) => {
    const text = bulk('redis_version:7\r\nused_memory:much\r\nexpired_keys:5\r\ndb0:keys=x\r\n');
    let at = 0;
    const next = () => {
      if (at < text.length) socket.write(text.charAt(at++), next);
    };
    next();
    return undefined;
  });
  const bench = await startReading(t, redis, { endpoint });
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.match(bench.error() ?? '', /used_memory: expected a number, got "much"; db0: expected a number, got "x"/);
  assert.equal(bench.received[0]?.itemCount, 1);
});

test('gives up at the timeout and stops during a reading', async (t) => {
  const { endpoint, commands } = await startRedis(t, () => undefined);
  const bench = await startReading(t, redis, { endpoint, timeout: '2s', collection_interval: '5s' });
  while (commands.length === 0) await bench.clock.advance(0);
  await bench.clock.advance(2000);
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.equal(bench.error(), 'Redis: not read after 2000 ms');
  while (commands.length < 2) await bench.clock.advance(100);
  await bench.service.drain();
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ endpoint: 'nowhere' }, /endpoint: expected host:port/],
    [{ transport: 'udp' }, /transport/],
    [{ metrics: { other: {} } }, /metrics.other: expected one of/],
    [{ tls: { ca_file: '/missing' } }, /tls.*\/missing|ca_file/],
  ];
  for (const [config, message] of expected) await assert.rejects(createComponentBench(redis, { config }), message);
});
