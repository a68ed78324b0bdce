import { createClientTls } from '@otelier/transport/tls';
import { issuesOf } from '../component/check.ts';
import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { clientTlsOptions, clientTlsWithoutLists } from '../component/fields/client.ts';
import { endpointError } from '../component/fields/listen.ts';
import { duration, ignored, notYet, secret, z } from '../component/schema.ts';
import { MYSQL_METRICS } from './mysql/metrics.ts';
import { scrapingFields } from './scraping/fields.ts';
import { createServerScraper, serverScraperFields } from './scraping/server-scraper.ts';

const statementEvents = z
  .object({
    digestTextLimit: z.int().min(1).max(65_535).prefault(120).describe('Length of the text of a statement.'),
    timeLimit: duration().prefault('24h').describe('Time since the last execution of a statement.'),
    limit: z.int().min(1).max(10_000).prefault(250).describe('Number of statements.'),
  })
  .prefault({})
  .describe('Statements of the metrics `mysql.statement_event.*`.');

const config = z.object({
  ...serverScraperFields(MYSQL_METRICS),
  ...scrapingFields('10s'),
  endpoint: z
    .string()
    .min(1)
    .prefault('localhost:3306')
    .describe('Address of the server: `host:port`, or the path of a Unix socket.'),
  transport: z.enum(['tcp', 'tcp4', 'tcp6', 'unix']).prefault('tcp').describe('`tcp`, or `unix` for a Unix socket.'),
  username: z.string().min(1).prefault('root').describe('Name of the user.'),
  password: secret().prefault('').describe('Password of the user.'),
  database: z.string().prefault('').describe('Database of the connection. Metrics are of all databases.'),
  tls: clientTlsWithoutLists()
    .prefault({ insecure: true })
    .describe('TLS settings. Without them, the connection is not encrypted.'),
  statementEvents,
  allowNativePasswords: ignored('the server decides', { schema: z.boolean(), effective: true }),
  events: notYet('query performance_schema').describe('Events. Not supported yet.'),
  querySampleCollection: notYet('query performance_schema').describe('Samples of queries. Not supported yet.'),
  topQueryCollection: notYet('query performance_schema').describe('Slowest queries. Not supported yet.'),
});

type Config = z.output<typeof config>;

export const mysql = defineReceiver({
  summary: 'Reads the metrics of a MySQL or MariaDB server: its status, InnoDB, tables, indexes and statements.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['metrics'],
  config,
  examples: [
    { title: 'A server on the same host', config: { endpoint: '127.0.0.1:3306', username: 'otelier' } },
    {
      title: 'A server with TLS, with the sizes of tables',
      config: {
        endpoint: 'db.example.com:3306',
        collection_interval: '30s',
        username: 'otelier',
        password: `\${env:MYSQL_PASSWORD:-a password}`,
        tls: { insecure: false },
        metrics: { 'mysql.table.size': { enabled: true }, 'mysql.table.rows': { enabled: true } },
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: checkMysql,
  create: (options, next, context) =>
    createServerScraper({
      server: 'MySQL',
      known: MYSQL_METRICS,
      config: options,
      next,
      context,
      open: async (isEnabled) => {
        const { createMysqlScraper } = await import('./mysql/scraper.ts');
        const { requestTls } = await import('../component/http/request-tls.ts');
        const { parseEndpoint } = await import('@otelier/transport/endpoint');
        const { endpoint, transport, username, password, database, tls, statementEvents } = options;
        return createMysqlScraper({
          target: {
            endpoint: transport === 'unix' ? { kind: 'unix', path: endpoint } : parseEndpoint(endpoint),
            username,
            password,
            database,
            tls: tls.insecure ? undefined : requestTls(tls),
          },
          address: endpoint,
          statementEvents,
          isEnabled,
        });
      },
    }),
});

function checkMysql({ endpoint, transport, tls }: Config): readonly ConfigIssue[] {
  const message = transport === 'unix' ? undefined : endpointError(endpoint);
  return [
    ...(message === undefined ? [] : [{ path: ['endpoint'], message: `${message}, got "${endpoint}"` }]),
    ...(tls.insecure ? [] : issuesOf(() => createClientTls(clientTlsOptions(tls)))),
  ];
}
