import { createClientTls } from '@otelier/transport/tls';
import { issuesOf } from '../component/check.ts';
import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { clientTlsField, clientTlsOptions } from '../component/fields/client.ts';
import { endpointError } from '../component/fields/listen.ts';
import { secret, z } from '../component/schema.ts';
import { needsClusterInfo, REDIS_METRIC_NAMES, REDIS_METRICS } from './redis/metrics.ts';
import { createServerScraper, serverScraperFields } from './scraping/server-scraper.ts';

const config = z.object({
  ...serverScraperFields(REDIS_METRICS),
  endpoint: z
    .string()
    .min(1)
    .prefault('localhost:6379')
    .describe('Address of the server: `host:port`, or the path of a Unix socket.'),
  transport: z.enum(['tcp', 'tcp4', 'tcp6', 'unix']).prefault('tcp').describe('`tcp`, or `unix` for a Unix socket.'),
  username: z.string().prefault('').describe('Name of a user in the access control list. Default: the default user.'),
  password: secret()
    .prefault('')
    .describe('Password of the user, or of the setting `requirepass`. Without it, the receiver does not log in.'),
  tls: clientTlsField()
    .prefault({ insecure: true })
    .describe('TLS settings. Without them, the connection is not encrypted.'),
});

type Config = z.output<typeof config>;

export const redis = defineReceiver({
  summary: 'Reads the metrics of a Redis or Valkey server with the command INFO.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['metrics'],
  config,
  examples: [
    { title: 'A server on the same host', config: { endpoint: '127.0.0.1:6379' } },
    {
      title: 'A server with TLS and a user, with the calls of each command',
      config: {
        endpoint: 'redis.example.com:6380',
        collection_interval: '10s',
        username: 'monitor',
        password: `\${env:REDIS_PASSWORD:-a password}`,
        tls: { insecure: false },
        metrics: { 'redis.cmd.calls': { enabled: true }, 'redis.cmd.usec': { enabled: true } },
        resource_attributes: { 'server.address': { enabled: true } },
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: checkRedis,
  create: (options, next, context) =>
    createServerScraper({
      server: 'Redis',
      known: REDIS_METRICS,
      config: options,
      next,
      context,
      open: async (isEnabled) => {
        const { createRedisScraper } = await import('./redis/scraper.ts');
        const { parseEndpoint } = await import('@otelier/transport/endpoint');
        const { endpoint, transport, username, password, tls, timeout, collectionInterval } = options;
        const target = {
          endpoint: transport === 'unix' ? { kind: 'unix' as const, path: endpoint } : parseEndpoint(endpoint),
          tls: tls.insecure ? undefined : createClientTls(clientTlsOptions(tls)),
          connectMillis: timeout || collectionInterval,
          username,
          password,
        };
        const hasClusterMetrics = REDIS_METRIC_NAMES.some((name) => needsClusterInfo(name) && isEnabled(name));
        return createRedisScraper({ target, hasClusterMetrics });
      },
    }),
});

function checkRedis({ endpoint, transport, tls }: Config): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const message = transport === 'unix' ? undefined : endpointError(endpoint);
  if (message !== undefined) issues.push({ path: ['endpoint'], message: `${message}, got "${endpoint}"` });
  if (!tls.insecure) issues.push(...issuesOf(() => createClientTls(clientTlsOptions(tls))));
  return issues;
}
