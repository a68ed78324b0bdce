import { compilePattern } from '@otelier/query/pattern';
import { defineReceiver } from '../component/define.ts';
import { patternText } from '../component/fields/pattern.ts';
import { z } from '../component/schema.ts';
import { checkKafkaClient, kafkaClientFields } from '../kafka/client-fields.ts';
import { KAFKA_METRICS } from './kafka_metrics/metrics.ts';
import { createServerScraper, serverScraperFields } from './scraping/server-scraper.ts';

const config = z.object({
  ...kafkaClientFields,
  ...serverScraperFields(KAFKA_METRICS),
  scrapers: z
    .array(z.enum(['brokers', 'topics', 'consumers']))
    .min(1)
    .describe('Parts of the cluster to read: `brokers`, `topics` and `consumers`.'),
  clusterAlias: z.string().prefault('').describe('Name of the cluster, the resource attribute `kafka.cluster.alias`.'),
  topicMatch: patternText().prefault('^[^_].*$').describe('Regular expression of the topics that are read.'),
  groupMatch: patternText().prefault('.*').describe('Regular expression of the consumer groups that are read.'),
});

export const kafkaMetrics = defineReceiver({
  summary: 'Reads the brokers, topics and consumer groups of a Kafka cluster: offsets, lag, replicas and members.',
  stability: 'alpha',
  runsIn: 'main',
  aliases: ['kafkametrics'],
  signals: ['metrics'],
  config,
  examples: [
    {
      title: 'A broker on the same host',
      config: { brokers: ['localhost:9092'], scrapers: ['brokers', 'topics', 'consumers'] },
    },
    {
      title: 'The lag of some groups, with TLS and SCRAM',
      config: {
        brokers: ['kafka-1.example.com:9093'],
        cluster_alias: 'production',
        collection_interval: '30s',
        scrapers: ['consumers'],
        group_match: '^shop-',
        tls: { insecure: false },
        auth: { sasl: { mechanism: 'SCRAM-SHA-512', username: 'otelier', password: `\${env:KAFKA_PASSWORD:-secret}` } },
      },
    },
  ],
  describe: ({ brokers, scrapers }) => `${brokers.join(', ')} (${scrapers.join(', ')})`,
  check: checkKafkaClient,
  create: (options, next, context) =>
    createServerScraper({
      server: 'Kafka',
      known: KAFKA_METRICS,
      config: options,
      next,
      context,
      open: async (isEnabled) => {
        const { createKafkaScraper } = await import('./kafka_metrics/scraper.ts');
        const { kafkaClientOptions } = await import('../kafka/client-options.ts');
        const topics = compilePattern(options.topicMatch);
        const groups = compilePattern(options.groupMatch);
        return createKafkaScraper({
          client: { ...kafkaClientOptions(options, context), retries: 1 },
          scrapers: options.scrapers,
          clusterAlias: options.clusterAlias,
          isWantedTopic: (name) => topics.test(name),
          isWantedGroup: (name) => groups.test(name),
          isEnabled,
        });
      },
    }),
});
