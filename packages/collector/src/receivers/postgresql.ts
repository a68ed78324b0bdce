import { parseEndpoint } from '@otelier/transport/endpoint';
import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { clientTlsField } from '../component/fields/client.ts';
import { endpointError } from '../component/fields/listen.ts';
import { ignored, notYet, secret, z } from '../component/schema.ts';
import { POSTGRESQL_METRICS } from './postgresql/metrics.ts';
import { createServerScraper, serverScraperFields } from './scraping/server-scraper.ts';

const config = z.object({
  ...serverScraperFields(POSTGRESQL_METRICS),
  endpoint: z
    .string()
    .prefault('localhost:5432')
    .describe('Address of the server: `host:port`. With the transport `unix`, `directory:port` of its socket.'),
  transport: z.enum(['tcp', 'unix']).prefault('tcp').describe('`tcp`, or `unix` for a Unix socket.'),
  username: z.string().min(1).describe('Name of the user, who needs the role `pg_monitor`.'),
  password: secret().describe('Password of the user.'),
  databases: z.array(z.string().min(1)).prefault([]).describe('Databases to read. Default: all.'),
  excludeDatabases: z.array(z.string()).prefault([]).describe('Databases that are not read.'),
  tls: clientTlsField(),
  connectionPool: ignored('each reading has connections of its own'),
  events: notYet('query pg_stat_activity and pg_stat_statements').describe('Events. Not supported yet.'),
  querySampleCollection: notYet('query pg_stat_activity').describe('Samples of queries. Not supported yet.'),
  topQueryCollection: notYet('query pg_stat_statements').describe('Slowest queries. Not supported yet.'),
});

type Config = z.output<typeof config>;

export const postgresql = defineReceiver({
  summary: 'Reads the metrics of a PostgreSQL server: its databases, tables, indexes, replication and checkpoints.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['metrics'],
  config,
  examples: [
    {
      title: 'A server on the same host, without TLS',
      config: { endpoint: '127.0.0.1:5432', username: 'otelier', password: 'secret', tls: { insecure: true } },
    },
    {
      title: 'Two databases of a server, with deadlocks and temporary files',
      config: {
        endpoint: 'db.example.com:5432',
        collection_interval: '30s',
        username: 'otelier',
        password: `\${env:POSTGRESQL_PASSWORD:-a password}`,
        databases: ['shop', 'billing'],
        metrics: { 'postgresql.deadlocks': { enabled: true }, 'postgresql.temp_files': { enabled: true } },
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: checkPostgresql,
  create: (options, next, context) =>
    createServerScraper({
      server: 'PostgreSQL',
      known: POSTGRESQL_METRICS,
      config: options,
      next,
      context,
      open: async (isEnabled) => {
        const { createPostgresqlScraper } = await import('./postgresql/scraper.ts');
        const { requestTls } = await import('../component/http/request-tls.ts');
        const { username, password, databases, excludeDatabases, tls, resourceAttributes } = options;
        return createPostgresqlScraper({
          target: { ...addressOf(options), username, password, tls: tls.insecure ? undefined : requestTls(tls) },
          databases,
          excludeDatabases,
          hasSchemaAttribute: resourceAttributes['postgresql.schema.name']?.enabled ?? false,
          isEnabled,
        });
      },
    }),
});

function checkPostgresql({ endpoint, transport, password }: Config): readonly ConfigIssue[] {
  const message = transport === 'unix' ? socketError(endpoint) : endpointError(endpoint);
  return [
    ...(message === undefined ? [] : [{ path: ['endpoint'], message: `${message}, got "${endpoint}"` }]),
    ...(password === '' ? [{ path: ['password'], message: 'expected a password, got an empty one' }] : []),
  ];
}

const SOCKET = /^(.+):(\d+)$/;

function socketError(endpoint: string): string | undefined {
  return SOCKET.test(endpoint) ? undefined : 'expected the directory of the socket and the port';
}

function addressOf({ endpoint, transport }: Config): { readonly host: string; readonly port: number } {
  if (transport === 'unix') {
    const [, directory = '', port = ''] = SOCKET.exec(endpoint) ?? [];
    return { host: directory.startsWith('/') ? directory : `/${directory}`, port: Number(port) };
  }
  const address = parseEndpoint(endpoint);
  return address.kind === 'tcp' ? { ...address, host: address.host || 'localhost' } : { host: endpoint, port: 0 };
}
