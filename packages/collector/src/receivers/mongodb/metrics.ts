import { metric, type ScrapedMetric } from '../scraping/reading.ts';
import type { ServerMetrics } from '../scraping/server-scraper.ts';

type Metrics = Readonly<Record<string, ScrapedMetric>>;

const DATABASES = {
  'mongodb.collection.count': metric('sum', 'int', '{collections}', true, 'Collections of a database.'),
  'mongodb.connection.count': metric('sum', 'int', '{connections}', true, 'Connections, by state.'),
  'mongodb.data.size': metric('sum', 'int', 'By', true, 'Size of the documents, before compression.'),
  'mongodb.document.operation.count': metric('sum', 'int', '{documents}', true, 'Documents that were changed.'),
  'mongodb.extent.count': metric('sum', 'int', '{extents}', true, 'Extents, before version 4.4.'),
  'mongodb.index.access.count': metric('sum', 'int', '{accesses}', true, 'Uses of the indexes of a collection.'),
  'mongodb.index.count': metric('sum', 'int', '{indexes}', true, 'Indexes of a database.'),
  'mongodb.index.size': metric('sum', 'int', 'By', true, 'Size of the indexes of a database.'),
  'mongodb.lock.acquire.count': metric('counter', 'int', '{count}', false, 'Locks acquired, by type and mode.'),
  'mongodb.lock.acquire.time': metric('counter', 'int', 'microseconds', false, 'Time of waits for locks.'),
  'mongodb.lock.acquire.wait_count': metric('counter', 'int', '{count}', false, 'Locks that had to wait.'),
  'mongodb.lock.deadlock.count': metric('counter', 'int', '{count}', false, 'Deadlocks.'),
  'mongodb.memory.usage': metric('sum', 'int', 'By', true, 'Memory, by type.'),
  'mongodb.object.count': metric('sum', 'int', '{objects}', true, 'Documents of a database.'),
  'mongodb.storage.size': metric('counter', 'int', 'By', true, 'Size on disk of the documents of a database.'),
} as const satisfies Metrics;

const RATES = {
  'mongodb.commands.rate': metric('gauge', 'double', '{command}/s', false, 'Commands per second.'),
  'mongodb.deletes.rate': metric('gauge', 'double', '{delete}/s', false, 'Deletes per second.'),
  'mongodb.flushes.rate': metric('gauge', 'double', '{flush}/s', false, 'Checkpoints per second.'),
  'mongodb.getmores.rate': metric('gauge', 'double', '{getmore}/s', false, 'Continued cursors per second.'),
  'mongodb.inserts.rate': metric('gauge', 'double', '{insert}/s', false, 'Inserts per second.'),
  'mongodb.queries.rate': metric('gauge', 'double', '{query}/s', false, 'Queries per second.'),
  'mongodb.repl_commands_per_sec': metric('gauge', 'double', '{command}/s', false, 'Replicated commands per second.'),
  'mongodb.repl_deletes_per_sec': metric('gauge', 'double', '{delete}/s', false, 'Replicated deletes per second.'),
  'mongodb.repl_getmores_per_sec': metric('gauge', 'double', '{getmore}/s', false, 'Replicated getmores per second.'),
  'mongodb.repl_inserts_per_sec': metric('gauge', 'double', '{insert}/s', false, 'Replicated inserts per second.'),
  'mongodb.repl_queries_per_sec': metric('gauge', 'double', '{query}/s', false, 'Replicated queries per second.'),
  'mongodb.repl_updates_per_sec': metric('gauge', 'double', '{update}/s', false, 'Replicated updates per second.'),
  'mongodb.updates.rate': metric('gauge', 'double', '{update}/s', false, 'Updates per second.'),
} as const satisfies Metrics;

/** The metrics of the receiver, with the names and units of the Collector. */
export const MONGODB_METRICS = {
  metrics: {
    'mongodb.active.reads': metric('sum', 'int', '{reads}', false, 'Reads that are processed.'),
    'mongodb.active.writes': metric('sum', 'int', '{writes}', false, 'Writes that are processed.'),
    'mongodb.cache.operations': metric('counter', 'int', '{operations}', true, 'Lookups in the cache, by result.'),
    'mongodb.cursor.count': metric('sum', 'int', '{cursors}', true, 'Open cursors of clients.'),
    'mongodb.cursor.timeout.count': metric('sum', 'int', '{cursors}', true, 'Cursors that have timed out.'),
    'mongodb.database.count': metric('sum', 'int', '{databases}', true, 'Databases.'),
    'mongodb.global_lock.time': metric('counter', 'int', 'ms', true, 'Time for which the global lock was held.'),
    'mongodb.health': metric('gauge', 'int', '1', false, 'Whether the server is healthy.'),
    'mongodb.network.io.receive': metric('sum', 'int', 'By', true, 'Bytes received.'),
    'mongodb.network.io.transmit': metric('sum', 'int', 'By', true, 'Bytes sent.'),
    'mongodb.network.request.count': metric('sum', 'int', '{requests}', true, 'Requests received.'),
    'mongodb.operation.count': metric('counter', 'int', '{operations}', true, 'Operations, by kind.'),
    'mongodb.operation.latency.time': metric('gauge', 'int', 'us', false, 'Time of operations, by kind.'),
    'mongodb.operation.repl.count': metric('counter', 'int', '{operations}', false, 'Replicated operations.'),
    'mongodb.operation.time': metric('counter', 'int', 'ms', true, 'Time that operations took, by kind.'),
    'mongodb.page_faults': metric('counter', 'int', '{faults}', false, 'Page faults.'),
    'mongodb.session.count': metric('sum', 'int', '{sessions}', true, 'Open sessions of the storage engine.'),
    'mongodb.uptime': metric('counter', 'int', 'ms', false, 'Time since the start of the server.'),
    'mongodb.wtcache.bytes.read': metric('counter', 'int', 'By', false, 'Bytes read into the cache.'),
    ...DATABASES,
    ...RATES,
  },
  resourceAttributes: { 'server.address': true, 'server.port': false, 'service.instance.id': true },
} as const satisfies ServerMetrics;
