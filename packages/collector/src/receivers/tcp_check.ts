import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { endpointError } from '../component/fields/listen.ts';
import { duration, z } from '../component/schema.ts';
import { nowUnixNano } from '../metrics/now.ts';
import { enabledMetrics, metricsField, scrapingFields } from './scraping/fields.ts';
import { ScrapingReceiver } from './scraping/scraping-receiver.ts';
import { writeReadings } from './scraping/write-readings.ts';
import { TCP_CHECK_METRICS } from './tcp_check/metrics.ts';

const config = z.object({
  targets: z
    .array(
      z.object({
        endpoint: z
          .string()
          .superRefine((endpoint, issues) => {
            const message = endpoint.startsWith('unix:') ? 'expected host:port' : endpointError(endpoint);
            if (message !== undefined) issues.addIssue({ code: 'custom', message, input: endpoint });
          })
          .describe('Address to connect to: `host:port`.'),
        dialer: z
          .object({
            timeout: duration()
              .prefault('0s')
              .describe('Time after which a connection has failed. 0 means the interval between checks.'),
          })
          .prefault({})
          .describe('How to connect.'),
      }),
    )
    .describe('Servers to check.'),
  ...scrapingFields(),
  metrics: metricsField(TCP_CHECK_METRICS),
});

export const tcpCheck = defineReceiver({
  summary: 'Checks whether TCP servers accept connections, and how long that takes.',
  stability: 'alpha',
  runsIn: 'main',
  aliases: ['tcpcheck'],
  signals: ['metrics'],
  config,
  examples: [
    { title: 'A database on the same host', config: { targets: [{ endpoint: '127.0.0.1:5432' }] } },
    {
      title: 'Two servers, every ten seconds',
      config: {
        collection_interval: '10s',
        targets: [{ endpoint: 'example.com:443', dialer: { timeout: '3s' } }, { endpoint: '[::1]:6379' }],
      },
    },
  ],
  describe: ({ targets }) => targets.map(({ endpoint }) => endpoint).join(', '),
  check: ({ targets }): readonly ConfigIssue[] =>
    targets.length > 0 ? [] : [{ path: ['targets'], message: 'expected at least one target, got none' }],
  create: (options, next, context) =>
    new ScrapingReceiver('checks of TCP servers', options, next, context, async () => {
      const { createTcpCheck } = await import('./tcp_check/check.ts');
      const targets = options.targets.map(({ endpoint, dialer }) => ({
        endpoint,
        timeoutMillis: dialer.timeout || options.collectionInterval,
      }));
      const check = createTcpCheck(targets, context.clock);
      const wanted = { metrics: TCP_CHECK_METRICS, isEnabled: enabledMetrics(TCP_CHECK_METRICS, options.metrics) };
      const scrape = async () => writeReadings(wanted, await check(), nowUnixNano(context.clock));
      return [{ name: 'tcp', scrape }];
    }),
});
