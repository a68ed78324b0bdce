import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import type { Document } from 'mongodb';
import { startMongodb } from './mongodb/mongodb-server.testing.ts';
import { mongodb } from './mongodb.ts';
import { readingError, readOnce, startReading } from './scraping/scraping.testing.ts';

const INSECURE = { tls: { insecure: true } };

receiverContract(mongodb, { config: { hosts: [{ endpoint: '127.0.0.1:1' }], ...INSECURE }, silent: true });

const STATUS = {
  ok: 1,
  uptimeMillis: 5000,
  connections: { active: 1, available: 100, current: 2 },
  globalLock: { totalTime: 7000, activeClients: { readers: 3 } },
  locks: { Global: { acquireCount: { r: 9 }, timeAcquiringMicros: { w: 4 } } },
  mem: { resident: 2 },
  metrics: { document: { inserted: 8 } },
  opcounters: { insert: 10, query: 20 },
  wiredTiger: { cache: { 'pages read into cache': 5, 'pages requested from the cache': 15 } },
};
const TOP = {
  ok: 1,
  totals: { note: 'times in microseconds', 'shop.orders': { queries: { time: 3000 }, insert: { time: 1500 } } },
};
const INDEXES = [{ accesses: { ops: 4 } }, { accesses: { ops: 3 } }];

/** The response to a command, as MongoDB 7 documents it. */
function respond(command: Document): Document {
  if ('serverStatus' in command) return STATUS;
  if ('top' in command) return TOP;
  if ('listDatabases' in command) return { ok: 1, databases: [{ name: 'shop' }] };
  if ('dbStats' in command) return { ok: 1, collections: 1, dataSize: 1024, indexes: 2, objects: 3 };
  const names = ['orders', 'system.views'].map((name) => ({ name, type: 'collection' }));
  const firstBatch = 'listCollections' in command ? [...names, { name: 'v', type: 'view' }] : INDEXES;
  return { ok: 1, cursor: { id: 0n, ns: 'shop.orders', firstBatch } };
}

function optionsFor(endpoint: string) {
  return { hosts: [{ endpoint }], ...INSECURE };
}

function enabled(...names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, { enabled: true }]));
}

test('reads the server, its databases and its indexes', async (t) => {
  const { endpoint, commands } = await startMongodb(t, respond);
  const lines = await readOnce(t, mongodb, {
    ...optionsFor(endpoint),
    metrics: enabled('mongodb.lock.acquire.count', 'mongodb.lock.acquire.time', 'mongodb.active.reads'),
  });
  assert.deepEqual(commands, [
    'admin.serverStatus',
    'admin.top',
    'admin.listDatabases',
    'shop.dbStats',
    'shop.listCollections',
    'shop.aggregate',
  ]);
  assert.match(lines[0] ?? '', /^\{server.address=127.0.0.1,service.instance.id=[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-/);
  assert.deepEqual(
    lines.map((line) => line.slice(line.indexOf('} ') + 2)),
    [
      'mongodb.active.reads sum {reads} {} int 3',
      'mongodb.cache.operations counter {operations} {type=hit} int 10',
      'mongodb.cache.operations counter {operations} {type=miss} int 5',
      'mongodb.collection.count sum {collections} {db.namespace=shop} int 1',
      'mongodb.connection.count sum {connections} {db.namespace=shop,type=active} int 1',
      'mongodb.connection.count sum {connections} {db.namespace=shop,type=available} int 100',
      'mongodb.connection.count sum {connections} {db.namespace=shop,type=current} int 2',
      'mongodb.data.size sum By {db.namespace=shop} int 1024',
      'mongodb.database.count sum {databases} {} int 1',
      'mongodb.document.operation.count sum {documents} {db.namespace=shop,operation=insert} int 8',
      'mongodb.global_lock.time counter ms {} int 7',
      'mongodb.index.access.count sum {accesses} {collection=orders,db.namespace=shop} int 7',
      'mongodb.index.count sum {indexes} {db.namespace=shop} int 2',
      'mongodb.lock.acquire.count counter {count} {db.namespace=shop,lock_mode=intent_shared,lock_type=global} int 9',
      'mongodb.lock.acquire.time counter microseconds {db.namespace=shop,lock_mode=intent_exclusive,lock_type=global} int 4',
      'mongodb.memory.usage sum By {db.namespace=shop,type=resident} int 2097152',
      'mongodb.object.count sum {objects} {db.namespace=shop} int 3',
      'mongodb.operation.count counter {operations} {operation=insert} int 10',
      'mongodb.operation.count counter {operations} {operation=query} int 20',
      'mongodb.operation.time counter ms {operation=command} int 0',
      'mongodb.operation.time counter ms {operation=delete} int 0',
      'mongodb.operation.time counter ms {operation=getmore} int 0',
      'mongodb.operation.time counter ms {operation=insert} int 1',
      'mongodb.operation.time counter ms {operation=query} int 3',
      'mongodb.operation.time counter ms {operation=update} int 0',
    ],
  );
});

test('computes rates between readings, unless the server has restarted', async (t) => {
  const uptimes = [5000, 7000, 100];
  let reading = 0;
  const { endpoint } = await startMongodb(t, (command) => {
    if (!('serverStatus' in command)) return respond(command);
    const uptimeMillis = uptimes[reading++] ?? 0;
    return { ok: 1, uptimeMillis, opcounters: { insert: 10 * reading } };
  });
  const metrics = enabled('mongodb.inserts.rate');
  const bench = await startReading(t, mongodb, { ...optionsFor(endpoint), metrics, collection_interval: '10s' });
  const rates: boolean[] = [];
  for (let i = 0; i < uptimes.length; i++) {
    while (bench.received.length === 0) await bench.clock.advance(0);
    rates.push(bench.received.splice(0).some(({ parts }) => Buffer.from(parts[0] ?? []).includes('inserts.rate')));
    await bench.clock.advance(10_000);
  }
  assert.deepEqual(rates, [false, true, false]);
});

test('reports commands that fail and values that are no numbers, and reads the rest', async (t) => {
  const { endpoint } = await startMongodb(t, (command) => {
    if ('serverStatus' in command) return { ok: 1, network: { bytesIn: 'many', bytesOut: 5 } };
    return 'listDatabases' in command ? respond(command) : { ok: 0, errmsg: 'not authorized', code: 13 };
  });
  const bench = await startReading(t, mongodb, optionsFor(endpoint));
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.equal(
    bench.error(),
    'MongoDB: network.bytesIn: expected a number, got "many"; top: not authorized; database shop: not authorized and 1 more',
  );
  assert.equal(bench.received[0]?.itemCount, 2);
});

test('reports servers that reject or misbehave, without credentials', async (t) => {
  const cases: [Parameters<typeof startMongodb>[1], RegExp][] = [
    [() => ({ ok: 0, errmsg: 'Authentication failed.', code: 18 }), /Authentication failed/],
    [(_, socket) => void socket.destroy(), /closed|ECONNRESET/],
    [(_, socket) => void socket.write(Buffer.alloc(64, 255)), /message|size|closed|Invalid/i],
  ];
  for (const [reply, expected] of cases) {
    const { endpoint } = await startMongodb(t, reply);
    const error = await readingError(t, mongodb, { ...optionsFor(endpoint), username: 'a', password: 'secret' });
    assert.match(error, expected);
    assert.doesNotMatch(error, /secret/);
  }
});

test('gives up at the timeout and stops during a reading', async (t) => {
  const { endpoint, commands } = await startMongodb(t, () => undefined);
  const bench = await startReading(t, mongodb, { ...optionsFor(endpoint), timeout: '2s', collection_interval: '5s' });
  while (commands.length === 0) await bench.clock.advance(0);
  await bench.clock.advance(2000);
  while (bench.error() === undefined) await bench.clock.advance(0);
  assert.equal(bench.error(), 'MongoDB: not read after 2000 ms');
  while (commands.length < 2) await bench.clock.advance(100);
  await bench.service.drain();
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const hosts = [{ endpoint: 'mongo.example.com' }];
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ hosts }, /hosts.*endpoint: expected host:port/],
    [{ hosts: [] }, /hosts/],
    [{ scheme: 'mongodb+srv', hosts: [...hosts, ...hosts] }, /expected one host with the scheme mongodb\+srv/],
    [{ scheme: 'mongodb+srv', hosts: [{ endpoint: 'a.example.com:1' }] }, /expected a name without a port/],
    [{ username: 'a' }, /username: expected username and password/],
    [{ auth_mechanism: 'GSSAPI' }, /auth_mechanism/],
    [{ tls: { ca_file: '/missing' } }, /tls.*\/missing|ca_file/],
  ];
  for (const [config, message] of expected) await assert.rejects(createComponentBench(mongodb, { config }), message);
});
