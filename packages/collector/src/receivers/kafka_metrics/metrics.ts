import { metric } from '../scraping/reading.ts';
import type { ServerMetrics } from '../scraping/server-scraper.ts';

/** The metrics of the receiver, with the names and units of the Collector. */
export const KAFKA_METRICS = {
  metrics: {
    'kafka.broker.log_retention_period': metric('gauge', 'int', 's', false, 'The setting log.retention of a broker.'),
    'kafka.brokers': metric('sum', 'int', '{brokers}', true, 'Brokers of the cluster.'),
    'kafka.consumer_group.lag': metric('gauge', 'int', '1', true, 'Messages that a group has yet to read.'),
    'kafka.consumer_group.lag_sum': metric(
      'gauge',
      'int',
      '1',
      true,
      'Messages of a topic that a group has yet to read.',
    ),
    'kafka.consumer_group.members': metric('sum', 'int', '{members}', true, 'Members of a group.'),
    'kafka.consumer_group.offset': metric('gauge', 'int', '1', true, 'Offset that a group has committed.'),
    'kafka.consumer_group.offset_sum': metric('gauge', 'int', '1', true, 'Sum of the committed offsets of a topic.'),
    'kafka.partition.current_offset': metric('gauge', 'int', '1', true, 'Offset of the next message of a partition.'),
    'kafka.partition.oldest_offset': metric('gauge', 'int', '1', true, 'Offset of the oldest message of a partition.'),
    'kafka.partition.replicas': metric('sum', 'int', '{replicas}', true, 'Replicas of a partition.'),
    'kafka.partition.replicas_in_sync': metric('sum', 'int', '{replicas}', true, 'Replicas that are in sync.'),
    'kafka.topic.log_retention_period': metric('gauge', 'int', 's', false, 'The setting retention.ms of a topic.'),
    'kafka.topic.log_retention_size': metric('gauge', 'int', 'By', false, 'The setting retention.bytes of a topic.'),
    'kafka.topic.min_insync_replicas': metric('gauge', 'int', '{replicas}', false, 'The setting min.insync.replicas.'),
    'kafka.topic.partitions': metric('sum', 'int', '{partitions}', true, 'Partitions of a topic.'),
    'kafka.topic.replication_factor': metric('gauge', 'int', '1', false, 'Replicas of each partition of a topic.'),
  },
  resourceAttributes: { 'kafka.cluster.alias': true, 'kafka.cluster.id': false },
} as const satisfies ServerMetrics;

/** Parts of a cluster that are read. */
export type KafkaScraper = 'brokers' | 'topics' | 'consumers';
