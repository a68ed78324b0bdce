import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { checkClientAuth } from '../component/fields/client-auth.ts';
import { secret, z } from '../component/schema.ts';
import { ELASTICSEARCH_METRICS } from './elasticsearch/metrics.ts';
import { scrapingFields } from './scraping/fields.ts';
import { httpServerFields, withoutCredentials } from './scraping/http-server.ts';
import { createServerScraper, serverScraperFields } from './scraping/server-scraper.ts';

const names = () => z.array(z.string().min(1)).prefault(['_all']);

const config = z.object({
  ...serverScraperFields(ELASTICSEARCH_METRICS),
  ...scrapingFields('10s'),
  ...httpServerFields('http://localhost:9200'),
  username: z.string().prefault('').describe('Name of a user with the privilege `monitor`.'),
  password: secret().prefault('').describe('Password of the user.'),
  nodes: names().describe('Nodes to read, by name, address or filter. An empty list reads none.'),
  indices: names().describe('Indices to read. An empty list reads none.'),
  skipClusterMetrics: z.boolean().prefault(false).describe('Whether to leave out the metrics of the cluster.'),
});

export const elasticsearch = defineReceiver({
  summary: 'Reads the metrics of an Elasticsearch or OpenSearch cluster: its nodes, health and indices.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['metrics'],
  config,
  examples: [
    { title: 'A server on the same host', config: { endpoint: 'http://127.0.0.1:9200' } },
    {
      title: 'The node that responds, and some indices',
      config: {
        endpoint: 'https://search.example.com:9200',
        collection_interval: '30s',
        username: 'otelier',
        password: `\${env:ELASTICSEARCH_PASSWORD:-a password}`,
        nodes: ['_local'],
        indices: ['logs-*'],
        skip_cluster_metrics: true,
        metrics: { 'elasticsearch.index.documents': { enabled: true } },
      },
    },
  ],
  describe: ({ endpoint }) => withoutCredentials(endpoint),
  check(options, use): readonly ConfigIssue[] {
    const isMissing = (options.username === '') !== (options.password === '');
    const message = 'expected username and password, got only one of them';
    return [...checkClientAuth(options, use), ...(isMissing ? [{ path: ['username'], message }] : [])];
  },
  create: (options, next, context) =>
    createServerScraper({
      server: 'Elasticsearch',
      known: ELASTICSEARCH_METRICS,
      config: options,
      next,
      context,
      open: async (isEnabled) => {
        const { createUrlReader } = await import('./scraping/url-reader.ts');
        const { createElasticsearchScraper } = await import('./elasticsearch/scraper.ts');
        const { username, password, nodes, indices, skipClusterMetrics } = options;
        const basic = Buffer.from(`${username}:${password}`).toString('base64');
        const headers = { ...options.headers, ...(username !== '' && { authorization: `Basic ${basic}` }) };
        const readUrl = createUrlReader({ ...options, headers }, context);
        const base = options.endpoint.replace(/\/+$/, '');
        return createElasticsearchScraper({
          nodes,
          indices,
          skipClusterMetrics,
          isEnabled,
          read: (path, signal) => readUrl(`${base}/${path}`, signal),
        });
      },
    }),
});
