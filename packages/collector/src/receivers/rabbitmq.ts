import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { checkClientAuth } from '../component/fields/client-auth.ts';
import { secret, z } from '../component/schema.ts';
import { RABBITMQ_METRICS } from './rabbitmq/metrics.ts';
import { scrapingFields } from './scraping/fields.ts';
import { httpServerFields, withoutCredentials } from './scraping/http-server.ts';
import { createServerScraper, serverScraperFields } from './scraping/server-scraper.ts';

const config = z.object({
  ...serverScraperFields(RABBITMQ_METRICS),
  ...scrapingFields('10s'),
  ...httpServerFields('http://localhost:15672'),
  username: z.string().prefault('').describe('Name of a user with the tag `monitoring`. Required.'),
  password: secret().prefault('').describe('Password of the user. Required.'),
});

export const rabbitmq = defineReceiver({
  summary: 'Reads the queues and nodes of a RabbitMQ cluster from its management plugin.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['metrics'],
  config,
  examples: [
    {
      title: 'A server on the same host',
      config: { endpoint: 'http://127.0.0.1:15672', username: 'guest', password: `\${env:RABBITMQ_PASSWORD:-guest}` },
    },
    {
      title: 'With the memory and disk of its nodes',
      config: {
        endpoint: 'https://rabbitmq.example.com:15671',
        collection_interval: '30s',
        username: 'otelier',
        password: `\${env:RABBITMQ_PASSWORD:-a password}`,
        metrics: {
          'rabbitmq.node.mem_used': { enabled: true },
          'rabbitmq.node.disk_free': { enabled: true },
        },
      },
    },
  ],
  describe: ({ endpoint }) => withoutCredentials(endpoint),
  check(options, use): readonly ConfigIssue[] {
    const missing = (['username', 'password'] as const).filter((name) => options[name] === '');
    return [
      ...checkClientAuth(options, use),
      ...missing.map((name) => ({ path: [name], message: `expected a ${name}, got none` })),
    ];
  },
  create: (options, next, context) =>
    createServerScraper({
      server: 'RabbitMQ',
      known: RABBITMQ_METRICS,
      config: options,
      next,
      context,
      open: async (isEnabled) => {
        const { createUrlReader } = await import('./scraping/url-reader.ts');
        const { createRabbitmqScraper } = await import('./rabbitmq/scraper.ts');
        const { username, password, endpoint } = options;
        const basic = Buffer.from(`${username}:${password}`).toString('base64');
        const headers = { ...options.headers, authorization: `Basic ${basic}` };
        const readUrl = createUrlReader({ ...options, headers }, context);
        const base = endpoint.replace(/\/+$/, '');
        return createRabbitmqScraper((path, signal) => readUrl(`${base}/api/${path}`, signal), isEnabled);
      },
    }),
});
