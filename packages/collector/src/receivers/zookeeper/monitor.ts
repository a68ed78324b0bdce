import type { Reading, ReadingAttributes } from '../scraping/reading.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';

/** Fields of the reply to `mntr`, with their metrics. */
const FIELDS: ReadonlyMap<string, readonly [metric: string, attributes?: ReadingAttributes]> = new Map([
  ['zk_approximate_data_size', ['zookeeper.data_tree.size']],
  ['zk_avg_latency', ['zookeeper.latency.avg']],
  ['zk_ephemerals_count', ['zookeeper.data_tree.ephemeral_node.count']],
  ['zk_fsync_threshold_exceed_count', ['zookeeper.fsync.exceeded_threshold.count']],
  ['zk_max_file_descriptor_count', ['zookeeper.file_descriptor.limit']],
  ['zk_max_latency', ['zookeeper.latency.max']],
  ['zk_min_latency', ['zookeeper.latency.min']],
  ['zk_num_alive_connections', ['zookeeper.connection.active']],
  ['zk_open_file_descriptor_count', ['zookeeper.file_descriptor.open']],
  ['zk_outstanding_requests', ['zookeeper.request.active']],
  ['zk_packets_received', ['zookeeper.packet.count', { direction: 'received' }]],
  ['zk_packets_sent', ['zookeeper.packet.count', { direction: 'sent' }]],
  ['zk_pending_syncs', ['zookeeper.sync.pending']],
  ['zk_synced_followers', ['zookeeper.follower.count', { state: 'synced' }]],
  ['zk_watch_count', ['zookeeper.watch.count']],
  ['zk_znode_count', ['zookeeper.znode.count']],
]);

/** Splits the reply to `mntr` into its fields. Throws if it has none, as when the server does not allow the command. */
export function parseMonitor(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).flatMap((line) => {
    const match = /^(zk_\w+)\s+(.+)$/.exec(line);
    return match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const];
  });
  if (lines.length === 0) throw new Error(`mntr: expected fields of zk_*, got ${JSON.stringify(text.slice(0, 80))}`);
  return new Map(lines);
}

/** Returns the readings of the fields of `mntr`. Values that are no numbers are reported. */
export function readMonitor(fields: ReadonlyMap<string, string>, fail: ReportFailure): readonly Reading[] {
  const readings: Reading[] = [];
  for (const [field, text] of fields) {
    const known = FIELDS.get(field);
    if (known === undefined) continue;
    const value = parseInteger(text);
    if (value === undefined) fail(`${field}: expected a number, got ${JSON.stringify(text.slice(0, 40))}`);
    else readings.push({ metric: known[0], value, ...(known[1] !== undefined && { attributes: known[1] }) });
  }
  return [...readings, ...readUnsynced(fields)];
}

/** A leader counts all followers and those that are in sync. Since 3.6 the name of the first is `zk_learners`. */
function readUnsynced(fields: ReadonlyMap<string, string>): readonly Reading[] {
  const followers = parseInteger(fields.get('zk_followers') ?? fields.get('zk_learners') ?? '');
  const synced = parseInteger(fields.get('zk_synced_followers') ?? '');
  if (followers === undefined || synced === undefined) return [];
  return [{ metric: 'zookeeper.follower.count', value: followers - synced, attributes: { state: 'unsynced' } }];
}

/** The average latency has had a fraction since 3.6. */
function parseInteger(text: string): number | undefined {
  if (!/^-?\d+(\.\d+)?$/.test(text)) return undefined;
  const value = Math.round(Number(text));
  return Number.isSafeInteger(value) ? value : undefined;
}
