import { metric, type ScrapedMetric } from '../scraping/reading.ts';
import type { ServerMetrics } from '../scraping/server-scraper.ts';

type Metrics = Readonly<Record<string, ScrapedMetric>>;

/** Fields of a node, with their units and descriptions. Numbers and booleans. */
const NODE_FIELDS: readonly (readonly [field: string, unit: string, description: string])[] = [
  ['channel_closed', '{channels}', 'Closed channels.'],
  ['channel_created', '{channels}', 'Created channels.'],
  ['connection_closed', '{connections}', 'Closed connections.'],
  ['connection_created', '{connections}', 'Created connections.'],
  ['context_switches', '{switches}', 'Context switches.'],
  ['disk_free', '{bytes}', 'Free disk space.'],
  ['disk_free_alarm', '{status}', 'Whether the alarm of disk space is set.'],
  ['disk_free_limit', '{bytes}', 'Free disk space below which the alarm is set.'],
  ['fd_total', '{fd}', 'File descriptors that can be used.'],
  ['fd_used', '{fd}', 'File descriptors used.'],
  ['gc_bytes_reclaimed', '{bytes}', 'Bytes that garbage collection freed.'],
  ['gc_num', '{collections}', 'Garbage collections.'],
  ['io_read_avg_time', '{microseconds}', 'Average time of reads.'],
  ['io_read_bytes', '{bytes}', 'Bytes read from disk.'],
  ['io_read_count', '{ops}', 'Reads from disk.'],
  ['io_reopen_count', '{ops}', 'Files that were opened again.'],
  ['io_seek_avg_time', '{microseconds}', 'Average time of seeks.'],
  ['io_seek_count', '{ops}', 'Seeks.'],
  ['io_sync_avg_time', '{microseconds}', 'Average time of fsync.'],
  ['io_sync_count', '{ops}', 'Calls of fsync.'],
  ['io_write_avg_time', '{microseconds}', 'Average time of writes.'],
  ['io_write_bytes', '{bytes}', 'Bytes written to disk.'],
  ['io_write_count', '{ops}', 'Writes to disk.'],
  ['mem_alarm', '{status}', 'Whether the alarm of memory is set.'],
  ['mem_limit', '{bytes}', 'Memory above which the alarm is set.'],
  ['mem_used', '{bytes}', 'Memory used.'],
  ['mnesia_disk_tx_count', '{tx}', 'Transactions of Mnesia on disk.'],
  ['mnesia_ram_tx_count', '{tx}', 'Transactions of Mnesia in memory.'],
  ['msg_store_read_count', '{ops}', 'Messages read from the store.'],
  ['msg_store_write_count', '{ops}', 'Messages written to the store.'],
  ['proc_total', '{processes}', 'Erlang processes that can be used.'],
  ['proc_used', '{processes}', 'Erlang processes used.'],
  ['processors', '{processors}', 'Processors.'],
  ['queue_created', '{queues}', 'Created queues.'],
  ['queue_declared', '{queues}', 'Declared queues.'],
  ['queue_deleted', '{queues}', 'Deleted queues.'],
  ['queue_index_read_count', '{ops}', 'Records read from indexes of queues.'],
  ['queue_index_write_count', '{ops}', 'Records written to indexes of queues.'],
  ['run_queue', '{threads}', 'Erlang processes that wait for a scheduler.'],
  ['sockets_total', '{sockets}', 'Sockets that can be used.'],
  ['sockets_used', '{sockets}', 'Sockets used.'],
  ['uptime', 'ms', 'Time since the start of the node.'],
];

/** Fields of a node without a rate. */
const WITHOUT_RATE = /_(alarm|limit|total)$|^(uptime|run_queue|processors)$/;

const NODE: Metrics = Object.fromEntries(
  NODE_FIELDS.flatMap(([field, unit, description]) => {
    const type = field.endsWith('_avg_time') ? 'double' : 'int';
    const value = [`rabbitmq.node.${field}`, metric('sum', type, unit, false, description)] as const;
    if (WITHOUT_RATE.test(field)) return [value];
    const rate = metric('sum', 'double', `${unit}/s`, false, `Change per second: ${description}`);
    return [value, [`rabbitmq.node.${field}_details.rate`, rate] as const];
  }),
);

/** The metrics of the receiver, with the names and units of the Collector. */
export const RABBITMQ_METRICS = {
  metrics: {
    'rabbitmq.consumer.count': metric('sum', 'int', '{consumers}', true, 'Consumers of a queue.'),
    'rabbitmq.message.acknowledged': metric('counter', 'int', '{messages}', true, 'Messages that were acknowledged.'),
    'rabbitmq.message.current': metric('sum', 'int', '{messages}', true, 'Messages in a queue, by state.'),
    'rabbitmq.message.delivered': metric('counter', 'int', '{messages}', true, 'Messages delivered to consumers.'),
    'rabbitmq.message.dropped': metric('counter', 'int', '{messages}', true, 'Messages without a route.'),
    'rabbitmq.message.published': metric('counter', 'int', '{messages}', true, 'Messages published to a queue.'),
    ...NODE,
  },
  resourceAttributes: { 'rabbitmq.node.name': true, 'rabbitmq.queue.name': true, 'rabbitmq.vhost.name': true },
} satisfies ServerMetrics;

/** Metrics of nodes, with the path of their field. */
export const NODE_PATHS: readonly (readonly [path: string, metric: string])[] = Object.keys(NODE).map((name) => [
  name.slice('rabbitmq.node.'.length),
  name,
]);
