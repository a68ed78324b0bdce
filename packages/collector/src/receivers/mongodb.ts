import { parseEndpoint } from '@otelier/transport/endpoint';
import { createClientTls } from '@otelier/transport/tls';
import { issuesOf } from '../component/check.ts';
import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { clientTlsField, clientTlsOptions } from '../component/fields/client.ts';
import { endpointError } from '../component/fields/listen.ts';
import { duration, ignored, notYet, secret, z } from '../component/schema.ts';
import { MONGODB_METRICS } from './mongodb/metrics.ts';
import { createServerScraper, serverScraperFields } from './scraping/server-scraper.ts';

const host = z.object({
  endpoint: z.string().min(1).describe('Address: `host:port`, or a name with `scheme: mongodb+srv`.'),
  transport: ignored('servers are reached over TCP', { schema: z.string(), effective: 'tcp' }),
});

const config = z.object({
  ...serverScraperFields(MONGODB_METRICS),
  timeout: duration().prefault('1m').describe('Time after which a reading has failed. 0 means the interval.'),
  hosts: z
    .array(host)
    .min(1)
    .prefault([{ endpoint: 'localhost:27017' }])
    .describe('A server, the members of a replica set, or the routers of a sharded cluster.'),
  scheme: z.enum(['mongodb', 'mongodb+srv']).prefault('mongodb').describe('`mongodb+srv` to look up the hosts in DNS.'),
  username: z.string().prefault('').describe('Name of a user with the role `clusterMonitor`.'),
  password: secret().prefault('').describe('Password of the user.'),
  authMechanism: z
    .enum(['SCRAM-SHA-1', 'SCRAM-SHA-256', 'MONGODB-X509', 'PLAIN'])
    .optional()
    .describe('How to authenticate. Default: as the server prefers.'),
  authSource: z.string().prefault('').describe('Database of the user. Default: `admin`.'),
  authMechanismProperties: notYet('the supported mechanisms have none').describe('Not supported yet.'),
  replicaSet: z.string().prefault('').describe('Name of the replica set.'),
  directConnection: z
    .boolean()
    .prefault(false)
    .describe('Whether to read the host itself, not the primary of its set.'),
  tls: clientTlsField(),
  events: notYet('query currentOp').describe('Events. Not supported yet.'),
  querySampleCollection: notYet('query currentOp').describe('Samples of queries. Not supported yet.'),
});

type Config = z.output<typeof config>;

export const mongodb = defineReceiver({
  summary: 'Reads the metrics of a MongoDB server: operations, connections, memory, databases and indexes.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['metrics'],
  config,
  examples: [
    {
      title: 'A server on the same host, without TLS',
      config: { hosts: [{ endpoint: '127.0.0.1:27017' }], tls: { insecure: true } },
    },
    {
      title: 'A replica set, with a user',
      config: {
        hosts: [{ endpoint: 'mongo-1.example.com:27017' }, { endpoint: 'mongo-2.example.com:27017' }],
        replica_set: 'rs0',
        username: 'otelier',
        password: `\${env:MONGODB_PASSWORD:-a password}`,
        metrics: { 'mongodb.uptime': { enabled: true } },
      },
    },
  ],
  describe: ({ hosts }) => hosts.map(({ endpoint }) => endpoint).join(', '),
  check: checkMongodb,
  create: (options, next, context) =>
    createServerScraper({
      server: 'MongoDB',
      known: MONGODB_METRICS,
      config: options,
      next,
      context,
      open: async (isEnabled) => {
        const { createMongodbScraper } = await import('./mongodb/scraper.ts');
        const { requestTls } = await import('../component/http/request-tls.ts');
        const { hosts, scheme, tls, timeout, collectionInterval, authMechanism, authSource } = options;
        const { username, password, replicaSet, directConnection } = options;
        const limitMillis = timeout || collectionInterval;
        const auth = {
          ...(username !== '' && { auth: { username, password } }),
          ...(authMechanism && { authMechanism }),
        };
        const current = tls.insecure ? {} : requestTls(tls, context.clock);
        const [first = { endpoint: '' }] = hosts;
        return createMongodbScraper({
          ...addressOf(first.endpoint),
          target: {
            url: `${scheme}://${hosts.map(({ endpoint }) => endpoint).join(',')}/`,
            // Read for each connection, so that it has the certificates of the current files.
            get options() {
              return {
                ...auth,
                ...(authSource !== '' && { authSource }),
                ...(replicaSet !== '' && { replicaSet }),
                ...(directConnection && { directConnection }),
                tls: !tls.insecure,
                ...current,
                serverSelectionTimeoutMS: limitMillis,
                connectTimeoutMS: limitMillis,
              };
            },
          },
          isEnabled,
        });
      },
    }),
});

function addressOf(endpoint: string): { readonly host: string; readonly port: number } {
  if (endpointError(endpoint) !== undefined) return { host: endpoint, port: 27_017 };
  const address = parseEndpoint(endpoint);
  return address.kind === 'tcp' ? address : { host: endpoint, port: 0 };
}

function checkMongodb({ hosts, scheme, tls, username, password, authMechanism }: Config): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  for (const [index, { endpoint }] of hosts.entries()) {
    const message = scheme === 'mongodb' ? endpointError(endpoint) : srvError(endpoint, hosts.length);
    if (message !== undefined)
      issues.push({ path: ['hosts', String(index), 'endpoint'], message: `${message}, got "${endpoint}"` });
  }
  if ((username === '') !== (password === '') && authMechanism !== 'MONGODB-X509')
    issues.push({ path: ['username'], message: 'expected username and password, got only one of them' });
  if (!tls.insecure) issues.push(...issuesOf(() => createClientTls(clientTlsOptions(tls))));
  return issues;
}

function srvError(endpoint: string, count: number): string | undefined {
  if (count > 1) return 'expected one host with the scheme mongodb+srv';
  return /^[a-z0-9-]+(\.[a-z0-9-]+){2,}$/i.test(endpoint) ? undefined : 'expected a name without a port';
}
