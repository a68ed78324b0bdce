import { metric, type ScrapedMetric } from '../scraping/reading.ts';
import type { ServerMetrics } from '../scraping/server-scraper.ts';

/** Metrics of a cluster, which need the command CLUSTER INFO. */
const CLUSTER = {
  'redis.cluster.cluster_enabled': metric('gauge', 'int', '1', false, 'Whether the server is a node of a cluster.'),
  'redis.cluster.known_nodes': metric('gauge', 'int', '{node}', false, 'Nodes that the node knows.'),
  'redis.cluster.links_buffer_limit_exceeded.count': metric(
    'counter',
    'int',
    '{count}',
    false,
    'Links that were closed because their buffer was full.',
  ),
  'redis.cluster.node.count': metric('gauge', 'int', '{node}', false, 'Primaries that serve slots.'),
  'redis.cluster.node.uptime': metric('gauge', 'int', 's', false, 'Epoch of the node, despite its name and unit.'),
  'redis.cluster.slots_assigned': metric('gauge', 'int', '{slot}', false, 'Slots that are assigned to a node.'),
  'redis.cluster.slots_fail': metric('gauge', 'int', '{slot}', false, 'Slots of nodes that have failed.'),
  'redis.cluster.slots_ok': metric('gauge', 'int', '{slot}', false, 'Slots of nodes that are available.'),
  'redis.cluster.slots_pfail': metric('gauge', 'int', '{slot}', false, 'Slots of nodes that may have failed.'),
  'redis.cluster.state': metric('gauge', 'int', '{state}', false, 'Whether the cluster is available.'),
  'redis.cluster.stats_messages_received': metric(
    'counter',
    'int',
    '{message}',
    false,
    'Messages received from nodes.',
  ),
  'redis.cluster.stats_messages_sent': metric('counter', 'int', '{message}', false, 'Messages sent to nodes.'),
  'redis.cluster.uptime': metric('gauge', 'int', 's', false, 'Epoch of the cluster, despite its name and unit.'),
} as const satisfies Readonly<Record<string, ScrapedMetric>>;

/** The metrics of the receiver, with the names and units of the Collector. */
export const REDIS_METRICS = {
  metrics: {
    'redis.clients.blocked': metric('sum', 'int', '{client}', true, 'Clients that wait for a blocking command.'),
    'redis.clients.connected': metric('sum', 'int', '{client}', true, 'Connections of clients, without replicas.'),
    'redis.clients.max_input_buffer': metric('gauge', 'int', 'By', true, 'Largest input buffer of a client.'),
    'redis.clients.max_output_buffer': metric('gauge', 'int', 'By', true, 'Longest list of output of a client.'),
    ...CLUSTER,
    'redis.cmd.calls': metric('counter', 'int', '{call}', false, 'Calls of a command.'),
    'redis.cmd.latency': metric('gauge', 'double', 's', false, 'Duration of a command, by percentile.'),
    'redis.cmd.usec': metric('counter', 'int', 'us', false, 'Time that the calls of a command took.'),
    'redis.commands': metric('gauge', 'int', '{ops}/s', true, 'Commands per second.'),
    'redis.commands.processed': metric('counter', 'int', '{command}', true, 'Commands since the start.'),
    'redis.connections.received': metric('counter', 'int', '{connection}', true, 'Connections since the start.'),
    'redis.connections.rejected': metric(
      'counter',
      'int',
      '{connection}',
      true,
      'Connections rejected because of maxclients.',
    ),
    'redis.cpu.time': metric('counter', 'double', 's', true, 'CPU time of the server, by state.'),
    'redis.db.avg_ttl': metric('gauge', 'int', 'ms', true, 'Average time to live of keys that expire.'),
    'redis.db.expires': metric('gauge', 'int', '{key}', true, 'Keys that expire.'),
    'redis.db.keys': metric('gauge', 'int', '{key}', true, 'Keys.'),
    'redis.keys.evicted': metric('counter', 'int', '{key}', true, 'Keys removed because of maxmemory.'),
    'redis.keys.expired': metric('counter', 'int', '{event}', true, 'Keys that have expired.'),
    'redis.keyspace.hits': metric('counter', 'int', '{hit}', true, 'Lookups that found a key.'),
    'redis.keyspace.misses': metric('counter', 'int', '{miss}', true, 'Lookups that found no key.'),
    'redis.latest_fork': metric('gauge', 'int', 'us', true, 'Duration of the latest fork.'),
    'redis.maxmemory': metric('gauge', 'int', 'By', false, 'The setting maxmemory.'),
    'redis.memory.fragmentation_ratio': metric('gauge', 'double', '1', true, 'Resident memory relative to used.'),
    'redis.memory.lua': metric('gauge', 'int', 'By', true, 'Memory of the Lua engine.'),
    'redis.memory.peak': metric('gauge', 'int', 'By', true, 'Largest amount of memory used.'),
    'redis.memory.rss': metric('gauge', 'int', 'By', true, 'Resident memory of the process.'),
    'redis.memory.used': metric('gauge', 'int', 'By', true, 'Memory that the allocator has given out.'),
    'redis.memory.used_memory_overhead': metric('gauge', 'int', 'By', false, 'Memory that holds no data.'),
    'redis.memory.used_memory_startup': metric('gauge', 'int', 'By', false, 'Memory used after the start.'),
    'redis.mode': metric('gauge', 'int', '{mode}', false, '1 for the mode of the server.'),
    'redis.net.input': metric('counter', 'int', 'By', true, 'Bytes received.'),
    'redis.net.output': metric('counter', 'int', 'By', true, 'Bytes sent.'),
    'redis.rdb.changes_since_last_save': metric('sum', 'int', '{change}', true, 'Changes since the last dump.'),
    'redis.replication.backlog_first_byte_offset': metric(
      'gauge',
      'int',
      'By',
      true,
      'Offset at which the backlog begins.',
    ),
    'redis.replication.offset': metric('gauge', 'int', 'By', true, 'Offset of the replication.'),
    'redis.replication.replica_offset': metric('gauge', 'int', 'By', false, 'Offset of a replica.'),
    'redis.role': metric('sum', 'int', '{role}', false, '1 for the role of the server.'),
    'redis.sentinel.masters': metric('gauge', 'int', '{masters}', false, 'Primaries that the sentinel monitors.'),
    'redis.sentinel.running_scripts': metric('gauge', 'int', '{scripts}', false, 'Scripts that run.'),
    'redis.sentinel.scripts_queue_length': metric('gauge', 'int', '{scripts}', false, 'Scripts that wait.'),
    'redis.sentinel.simulate_failure_flags': metric('gauge', 'int', '{flags}', false, 'Simulated failures, as bits.'),
    'redis.sentinel.tilt_since_seconds': metric('gauge', 'int', 's', false, 'Time in the mode TILT, or -1.'),
    'redis.sentinel.total_tilt': metric('counter', 'int', '{events}', false, 'Times that TILT began.'),
    'redis.slaves.connected': metric('sum', 'int', '{replica}', true, 'Connected replicas.'),
    'redis.tracking_total_keys': metric('gauge', 'int', '{key}', false, 'Keys that clients track.'),
    'redis.uptime': metric('counter', 'int', 's', true, 'Time since the start of the server.'),
  },
  resourceAttributes: { 'redis.version': true, 'server.address': false, 'server.port': false },
} as const satisfies ServerMetrics;

/** Whether a metric needs the command CLUSTER INFO. */
export function needsClusterInfo(name: string): boolean {
  return name !== 'redis.cluster.cluster_enabled' && Object.hasOwn(CLUSTER, name);
}

/** Names of all metrics. */
export const REDIS_METRIC_NAMES: readonly string[] = Object.keys(REDIS_METRICS.metrics);
