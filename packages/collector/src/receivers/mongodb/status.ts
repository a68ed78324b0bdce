import { type JsonPath, membersAt, readPaths, valueAt } from '../scraping/json-paths.ts';
import type { Reading, ReadingAttributes } from '../scraping/reading.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';

const OPERATIONS = ['command', 'delete', 'getmore', 'insert', 'query', 'update'];

/** Numbers of `serverStatus`. */
const SERVER: readonly JsonPath[] = [
  ['extra_info.page_faults', 'mongodb.page_faults'],
  ['globalLock.activeClients.readers', 'mongodb.active.reads'],
  ['globalLock.activeClients.writers', 'mongodb.active.writes'],
  ['metrics.cursor.open.total', 'mongodb.cursor.count'],
  ['metrics.cursor.timedOut', 'mongodb.cursor.timeout.count'],
  ['network.bytesIn', 'mongodb.network.io.receive'],
  ['network.bytesOut', 'mongodb.network.io.transmit'],
  ['network.numRequests', 'mongodb.network.request.count'],
  ['ok', 'mongodb.health'],
  ['opLatencies.commands.latency', 'mongodb.operation.latency.time', { operation: 'command' }],
  ['opLatencies.reads.latency', 'mongodb.operation.latency.time', { operation: 'read' }],
  ['opLatencies.writes.latency', 'mongodb.operation.latency.time', { operation: 'write' }],
  ['uptimeMillis', 'mongodb.uptime'],
  ['wiredTiger.cache.bytes read into cache', 'mongodb.wtcache.bytes.read'],
  ['wiredTiger.session.open session count', 'mongodb.session.count'],
  ...OPERATIONS.flatMap((operation): JsonPath[] => [
    [`opcounters.${operation}`, 'mongodb.operation.count', { operation }],
    [`opcountersRepl.${operation}`, 'mongodb.operation.repl.count', { operation }],
  ]),
];

/** Numbers of `serverStatus` that the Collector repeats for each database. */
const REPEATED: readonly JsonPath[] = [
  ['connections.active', 'mongodb.connection.count', { type: 'active' }],
  ['connections.available', 'mongodb.connection.count', { type: 'available' }],
  ['connections.current', 'mongodb.connection.count', { type: 'current' }],
  ['metrics.document.deleted', 'mongodb.document.operation.count', { operation: 'delete' }],
  ['metrics.document.inserted', 'mongodb.document.operation.count', { operation: 'insert' }],
  ['metrics.document.updated', 'mongodb.document.operation.count', { operation: 'update' }],
  ...lockPaths(),
];

/** Numbers of `dbStats`. */
const DATABASE: readonly JsonPath[] = [
  ['collections', 'mongodb.collection.count'],
  ['dataSize', 'mongodb.data.size'],
  ['indexes', 'mongodb.index.count'],
  ['indexSize', 'mongodb.index.size'],
  ['numExtents', 'mongodb.extent.count'],
  ['objects', 'mongodb.object.count'],
  ['storageSize', 'mongodb.storage.size'],
];

function lockPaths(): readonly JsonPath[] {
  const types = {
    Collection: 'collection',
    Database: 'database',
    Global: 'global',
    Metadata: 'metadata',
    Mutex: 'mutex',
    ParallelBatchWriterMode: 'parallel_batch_write_mode',
    ReplicationStateTransition: 'replication_state_transition',
    oplog: 'oplog',
  };
  const modes = { R: 'shared', W: 'exclusive', r: 'intent_shared', w: 'intent_exclusive' };
  const counts = {
    acquireCount: 'mongodb.lock.acquire.count',
    acquireWaitCount: 'mongodb.lock.acquire.wait_count',
    deadlockCount: 'mongodb.lock.deadlock.count',
    timeAcquiringMicros: 'mongodb.lock.acquire.time',
  };
  return Object.entries(types).flatMap(([type, lock_type]) =>
    Object.entries(modes).flatMap(([mode, lock_mode]) =>
      Object.entries(counts).map(
        ([count, metric]): JsonPath => [`locks.${type}.${count}.${mode}`, metric, { lock_type, lock_mode }],
      ),
    ),
  );
}

const MEBIBYTE = 1 << 20;

/** Returns the readings of `serverStatus` for the server. */
export function readServer(status: unknown, fail: ReportFailure): readonly Reading[] {
  const lockMicros = numberAt(status, 'globalLock.totalTime');
  const misses = numberAt(status, 'wiredTiger.cache.pages read into cache');
  const requests = numberAt(status, 'wiredTiger.cache.pages requested from the cache');
  const cache = (type: string, value: number): Reading => ({
    metric: 'mongodb.cache.operations',
    value,
    attributes: { type },
  });
  return [
    ...readPaths(status, SERVER, fail),
    ...(lockMicros === undefined ? [] : [{ metric: 'mongodb.global_lock.time', value: lockMicros / 1000 }]),
    ...(misses === undefined ? [] : [cache('miss', misses)]),
    ...(misses === undefined || requests === undefined ? [] : [cache('hit', requests - misses)]),
  ];
}

/** Returns the readings of `dbStats`, and those of `serverStatus` that each database has. */
export function readDatabase(name: string, stats: unknown, status: unknown, fail: ReportFailure): readonly Reading[] {
  const attributes = { 'db.namespace': name };
  const memory = ['resident', 'virtual'].flatMap((type) => {
    const mebibytes = numberAt(status, `mem.${type}`);
    if (mebibytes === undefined) return [];
    return [{ metric: 'mongodb.memory.usage', value: mebibytes * MEBIBYTE, attributes: { ...attributes, type } }];
  });
  return [...readPaths(stats, DATABASE, fail, attributes), ...readPaths(status, REPEATED, fail, attributes), ...memory];
}

/** Names of operations in `top`. */
const TOP: Readonly<Record<string, string>> = {
  commands: 'command',
  getmore: 'getmore',
  insert: 'insert',
  queries: 'query',
  remove: 'delete',
  update: 'update',
};

/** Returns the time of operations on all collections, which `top` reports in microseconds. */
export function readTop(top: unknown): readonly Reading[] {
  const totals = membersAt(top, 'totals').filter(([name]) => name !== 'note');
  return Object.entries(TOP).map(([name, operation]) => {
    const micros = totals.reduce((sum, [, total]) => sum + (numberAt(total, `${name}.time`) ?? 0), 0);
    return { metric: 'mongodb.operation.time', value: micros / 1000, attributes: { operation } };
  });
}

/** Returns the uses of the indexes of a collection. */
export function readIndexStats(indexes: readonly unknown[], attributes: ReadingAttributes): readonly Reading[] {
  const value = indexes.reduce<number>((sum, index) => sum + (numberAt(index, 'accesses.ops') ?? 0), 0);
  return [{ metric: 'mongodb.index.access.count', value, attributes }];
}

const PLURALS: Readonly<Record<string, string>> = {
  command: 'commands',
  delete: 'deletes',
  getmore: 'getmores',
  insert: 'inserts',
  query: 'queries',
  update: 'updates',
};

/** Counters whose increase per second is a metric. */
const RATES: readonly (readonly [path: string, metric: string])[] = [
  ...Object.entries(PLURALS).flatMap(([operation, plural]): (readonly [string, string])[] => [
    [`opcounters.${operation}`, `mongodb.${plural}.rate`],
    [`opcountersRepl.${operation}`, `mongodb.repl_${plural}_per_sec`],
  ]),
  ['wiredTiger.checkpoint.total succeed number of checkpoints', 'mongodb.flushes.rate'],
];

/** Returns how much counters have increased per second since the last `serverStatus`, unless the server has restarted. */
export function readRates(status: unknown, last: unknown): readonly Reading[] {
  const millis = (numberAt(status, 'uptimeMillis') ?? 0) - (numberAt(last, 'uptimeMillis') ?? Number.NaN);
  if (!(millis > 0)) return [];
  return RATES.flatMap(([path, metric]) => {
    const increase = (numberAt(status, path) ?? Number.NaN) - (numberAt(last, path) ?? Number.NaN);
    return increase >= 0 ? [{ metric, value: (increase * 1000) / millis }] : [];
  });
}

function numberAt(document: unknown, path: string): number | undefined {
  const value = valueAt(document, path);
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}
