import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { endpointError } from '../component/fields/listen.ts';
import { duration, z } from '../component/schema.ts';
import { scrapingFields } from './scraping/fields.ts';
import { createServerScraper, serverScraperFields } from './scraping/server-scraper.ts';
import { ZOOKEEPER_METRICS } from './zookeeper/metrics.ts';

const config = z.object({
  ...serverScraperFields(ZOOKEEPER_METRICS),
  ...scrapingFields('10s'),
  timeout: duration().prefault('10s').describe('Time after which a reading has failed. 0 means the interval.'),
  endpoint: z.string().min(1).prefault('localhost:2181').describe('Address of the server: `host:port`.'),
});

export const zookeeper = defineReceiver({
  summary: 'Reads the metrics of a ZooKeeper server with its commands `mntr` and `ruok`.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['metrics'],
  config,
  examples: [
    { title: 'A server on the same host', config: { endpoint: '127.0.0.1:2181' } },
    {
      title: 'Every minute, without its state',
      config: {
        endpoint: 'zookeeper.example.com:2181',
        collection_interval: '1m',
        metrics: { 'zookeeper.ruok': { enabled: false } },
        resource_attributes: { 'server.state': { enabled: false } },
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check({ endpoint }): readonly ConfigIssue[] {
    const message = endpointError(endpoint);
    return message === undefined ? [] : [{ path: ['endpoint'], message: `${message}, got "${endpoint}"` }];
  },
  create: (options, next, context) =>
    createServerScraper({
      server: 'ZooKeeper',
      known: ZOOKEEPER_METRICS,
      config: options,
      next,
      context,
      open: async (isEnabled) => {
        const { createZookeeperScraper } = await import('./zookeeper/scraper.ts');
        const { parseEndpoint } = await import('@otelier/transport/endpoint');
        const { endpoint, timeout, collectionInterval } = options;
        const connectMillis = timeout || collectionInterval;
        const target = { endpoint: parseEndpoint(endpoint), tls: undefined, connectMillis };
        return createZookeeperScraper(target, isEnabled('zookeeper.ruok'));
      },
    }),
});
