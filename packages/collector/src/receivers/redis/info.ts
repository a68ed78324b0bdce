import type { Reading, ReadingAttributes } from '../scraping/reading.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';

type Field = readonly [metric: string, attributes?: ReadingAttributes];

/** Fields of INFO and CLUSTER INFO, with their metrics. */
const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['blocked_clients', ['redis.clients.blocked']],
  ['client_recent_max_input_buffer', ['redis.clients.max_input_buffer']],
  ['client_recent_max_output_buffer', ['redis.clients.max_output_buffer']],
  ['connected_clients', ['redis.clients.connected']],
  ['connected_slaves', ['redis.slaves.connected']],
  ['evicted_keys', ['redis.keys.evicted']],
  ['expired_keys', ['redis.keys.expired']],
  ['instantaneous_ops_per_sec', ['redis.commands']],
  ['keyspace_hits', ['redis.keyspace.hits']],
  ['keyspace_misses', ['redis.keyspace.misses']],
  ['latest_fork_usec', ['redis.latest_fork']],
  ['master_repl_offset', ['redis.replication.offset']],
  ['maxmemory', ['redis.maxmemory']],
  ['mem_fragmentation_ratio', ['redis.memory.fragmentation_ratio']],
  ['rdb_changes_since_last_save', ['redis.rdb.changes_since_last_save']],
  ['rejected_connections', ['redis.connections.rejected']],
  ['repl_backlog_first_byte_offset', ['redis.replication.backlog_first_byte_offset']],
  ['slave_repl_offset', ['redis.replication.replica_offset']],
  ['total_commands_processed', ['redis.commands.processed']],
  ['total_connections_received', ['redis.connections.received']],
  ['total_net_input_bytes', ['redis.net.input']],
  ['total_net_output_bytes', ['redis.net.output']],
  ['tracking_total_keys', ['redis.tracking_total_keys']],
  ['uptime_in_seconds', ['redis.uptime']],
  ['used_cpu_sys', ['redis.cpu.time', { state: 'sys' }]],
  ['used_cpu_sys_children', ['redis.cpu.time', { state: 'sys_children' }]],
  ['used_cpu_sys_main_thread', ['redis.cpu.time', { state: 'sys_main_thread' }]],
  ['used_cpu_user', ['redis.cpu.time', { state: 'user' }]],
  ['used_cpu_user_children', ['redis.cpu.time', { state: 'user_children' }]],
  ['used_cpu_user_main_thread', ['redis.cpu.time', { state: 'user_main_thread' }]],
  ['used_memory', ['redis.memory.used']],
  ['used_memory_lua', ['redis.memory.lua']],
  ['used_memory_overhead', ['redis.memory.used_memory_overhead']],
  ['used_memory_peak', ['redis.memory.peak']],
  ['used_memory_rss', ['redis.memory.rss']],
  ['used_memory_startup', ['redis.memory.used_memory_startup']],
  ['sentinel_masters', ['redis.sentinel.masters']],
  ['sentinel_running_scripts', ['redis.sentinel.running_scripts']],
  ['sentinel_scripts_queue_length', ['redis.sentinel.scripts_queue_length']],
  ['sentinel_simulate_failure_flags', ['redis.sentinel.simulate_failure_flags']],
  ['sentinel_tilt_since_seconds', ['redis.sentinel.tilt_since_seconds']],
  ['sentinel_total_tilt', ['redis.sentinel.total_tilt']],
  ['cluster_enabled', ['redis.cluster.cluster_enabled']],
  ['cluster_known_nodes', ['redis.cluster.known_nodes']],
  ['cluster_size', ['redis.cluster.node.count']],
  ['cluster_current_epoch', ['redis.cluster.uptime']],
  ['cluster_my_epoch', ['redis.cluster.node.uptime']],
  ['cluster_slots_assigned', ['redis.cluster.slots_assigned']],
  ['cluster_slots_fail', ['redis.cluster.slots_fail']],
  ['cluster_slots_ok', ['redis.cluster.slots_ok']],
  ['cluster_slots_pfail', ['redis.cluster.slots_pfail']],
  ['cluster_stats_messages_received', ['redis.cluster.stats_messages_received']],
  ['cluster_stats_messages_sent', ['redis.cluster.stats_messages_sent']],
  ['total_cluster_links_buffer_limit_exceeded', ['redis.cluster.links_buffer_limit_exceeded.count']],
]);

const COMMAND = 'cmdstat_';
const LATENCY = 'latency_percentiles_usec_';
const MICROS = 1e6;

/** Splits the response to INFO into its fields, in their order. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const separator = line.indexOf(':');
    if (separator > 0 && !line.startsWith('#')) fields.set(line.slice(0, separator), line.slice(separator + 1));
  }
  return fields;
}

/** Returns the readings of the fields of INFO and CLUSTER INFO. Values that are no numbers are reported. */
export function readInfo(fields: ReadonlyMap<string, string>, fail: ReportFailure): readonly Reading[] {
  const readings: Reading[] = [];
  const add = (field: string, metric: string, text: string, attributes: ReadingAttributes = {}): void => {
    const value = parseNumber(text);
    if (value === undefined) fail(`${field}: expected a number, got ${JSON.stringify(text.slice(0, 40))}`);
    else readings.push({ metric, value, attributes });
  };
  for (const [field, text] of fields) {
    const known = FIELDS.get(field);
    if (known !== undefined) add(field, known[0], text, known[1]);
    else if (/^db\d+$/.test(field)) addDatabase(field, pairsOf(text), add);
    else if (field.startsWith(COMMAND)) addCommand(field, pairsOf(text), add);
    else if (field.startsWith(LATENCY)) {
      for (const [percentile, micros] of pairsOf(text)) {
        const attributes = { cmd: field.slice(LATENCY.length), percentile };
        const value = Number(micros) / MICROS;
        if (Number.isFinite(value)) readings.push({ metric: 'redis.cmd.latency', value, attributes });
        else fail(`${field}: expected a number, got ${JSON.stringify(micros.slice(0, 40))}`);
      }
    }
  }
  return [...readings, ...readStates(fields)];
}

type Add = (field: string, metric: string, text: string, attributes: ReadingAttributes) => void;

function addDatabase(field: string, pairs: ReadonlyMap<string, string>, add: Add): void {
  const attributes = { db: field.slice('db'.length) };
  for (const name of ['keys', 'expires', 'avg_ttl']) {
    const text = pairs.get(name);
    if (text !== undefined) add(field, `redis.db.${name}`, text, attributes);
  }
}

function addCommand(field: string, pairs: ReadonlyMap<string, string>, add: Add): void {
  const attributes = { cmd: field.slice(COMMAND.length) };
  for (const name of ['calls', 'usec']) {
    const text = pairs.get(name);
    if (text !== undefined) add(field, `redis.cmd.${name}`, text, attributes);
  }
}

/** Fields whose value is a word, which is an attribute of a 1. */
function readStates(fields: ReadonlyMap<string, string>): readonly Reading[] {
  const readings: Reading[] = [];
  const role = fields.get('role');
  const mode = fields.get('redis_mode');
  const state = fields.get('cluster_state');
  if (role !== undefined) {
    const attributes = { role: role === 'master' ? 'primary' : 'replica' };
    readings.push({ metric: 'redis.role', value: 1, attributes });
  }
  if (mode !== undefined) readings.push({ metric: 'redis.mode', value: 1, attributes: { mode } });
  if (state !== undefined) {
    const attributes = { cluster_state: state };
    readings.push({ metric: 'redis.cluster.state', value: state === 'ok' ? 1 : 0, attributes });
  }
  return readings;
}

/** Splits `calls=1,usec=2`. */
function pairsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').map((pair) => {
      const separator = pair.indexOf('=');
      return [pair.slice(0, Math.max(0, separator)), pair.slice(separator + 1)];
    }),
  );
}

function parseNumber(text: string): number | bigint | undefined {
  if (/^-?\d{1,19}$/.test(text)) return BigInt(text);
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
