import { metric } from '../scraping/reading.ts';
import type { ServerMetrics } from '../scraping/server-scraper.ts';

/** The metrics of the receiver, with the names and units of the Collector. */
export const ZOOKEEPER_METRICS = {
  metrics: {
    'zookeeper.connection.active': metric('sum', 'int', '{connections}', true, 'Connections of clients.'),
    'zookeeper.data_tree.ephemeral_node.count': metric('sum', 'int', '{nodes}', true, 'Ephemeral nodes.'),
    'zookeeper.data_tree.size': metric('sum', 'int', 'By', true, 'Approximate size of the data.'),
    'zookeeper.file_descriptor.limit': metric('gauge', 'int', '{file_descriptors}', true, 'File descriptors allowed.'),
    'zookeeper.file_descriptor.open': metric('sum', 'int', '{file_descriptors}', true, 'Open file descriptors.'),
    'zookeeper.follower.count': metric('sum', 'int', '{followers}', true, 'Followers of a leader, by state.'),
    'zookeeper.fsync.exceeded_threshold.count': metric('counter', 'int', '{events}', true, 'Slow calls of fsync.'),
    'zookeeper.latency.avg': metric('gauge', 'int', 'ms', true, 'Average time of requests.'),
    'zookeeper.latency.max': metric('gauge', 'int', 'ms', true, 'Maximum time of requests.'),
    'zookeeper.latency.min': metric('gauge', 'int', 'ms', true, 'Minimum time of requests.'),
    'zookeeper.packet.count': metric('counter', 'int', '{packets}', true, 'Packets received and sent.'),
    'zookeeper.request.active': metric('sum', 'int', '{requests}', true, 'Requests that run or wait.'),
    'zookeeper.ruok': metric('gauge', 'int', '1', true, '1 if the server replies `imok` to `ruok`, else 0.'),
    'zookeeper.sync.pending': metric('sum', 'int', '{syncs}', true, 'Pending syncs of the followers of a leader.'),
    'zookeeper.watch.count': metric('sum', 'int', '{watches}', true, 'Watches.'),
    'zookeeper.znode.count': metric('sum', 'int', '{znodes}', true, 'Nodes in the data tree.'),
  },
  resourceAttributes: { 'server.state': true, 'zk.version': true },
} as const satisfies ServerMetrics;
