import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { checkClientAuth } from '../component/fields/client-auth.ts';
import { z } from '../component/schema.ts';
import { APACHE_METRICS } from './apache/metrics.ts';
import { httpServerFields, withoutCredentials } from './scraping/http-server.ts';
import { createServerScraper, serverScraperFields } from './scraping/server-scraper.ts';

const config = z.object({
  ...serverScraperFields(APACHE_METRICS),
  ...httpServerFields('http://localhost:8080/server-status?auto'),
});

export const apache = defineReceiver({
  summary: 'Reads the workers, requests and traffic of an Apache HTTP server from its module `mod_status`.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['metrics'],
  config,
  examples: [
    { title: 'A server on the same host', config: { endpoint: 'http://127.0.0.1:8080/server-status?auto' } },
    {
      title: 'A server with TLS, whose workers are not counted by state',
      config: {
        endpoint: 'https://www.example.com/server-status?auto',
        collection_interval: '30s',
        metrics: { 'apache.scoreboard': { enabled: false } },
      },
    },
  ],
  describe: ({ endpoint }) => withoutCredentials(endpoint),
  check(options, use): readonly ConfigIssue[] {
    const auth = checkClientAuth(options, use);
    if (new URL(options.endpoint).search === '?auto') return auth;
    const message = `expected a URL with the query "auto", got "${withoutCredentials(options.endpoint)}"`;
    return [...auth, { path: ['endpoint'], message }];
  },
  create: (options, next, context) =>
    createServerScraper({
      server: 'Apache',
      known: APACHE_METRICS,
      config: options,
      next,
      context,
      open: async () => {
        const { createUrlReader } = await import('./scraping/url-reader.ts');
        const { parseServerStatus } = await import('./apache/server-status.ts');
        const read = createUrlReader(options, context);
        const { hostname, port, protocol } = new URL(options.endpoint);
        const resource = {
          'apache.server.name': hostname,
          'apache.server.port': port || (protocol === 'https:' ? '443' : '80'),
        };
        return {
          scrape: async (signal, fail) => {
            const readings = parseServerStatus(await read(options.endpoint, signal), fail);
            return [{ resource, readings }];
          },
        };
      },
    }),
});
