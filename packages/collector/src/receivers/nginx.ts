import { defineReceiver } from '../component/define.ts';
import { checkClientAuth } from '../component/fields/client-auth.ts';
import { z } from '../component/schema.ts';
import { NGINX_METRICS } from './nginx/metrics.ts';
import { httpServerFields, withoutCredentials } from './scraping/http-server.ts';
import { createServerScraper, serverScraperFields } from './scraping/server-scraper.ts';

const config = z.object({ ...serverScraperFields(NGINX_METRICS), ...httpServerFields('http://localhost:80/status') });

export const nginx = defineReceiver({
  summary: 'Reads the connections and requests of an nginx server from its module `stub_status`.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['metrics'],
  config,
  examples: [
    { title: 'A server on the same host', config: { endpoint: 'http://127.0.0.1:8080/status' } },
    {
      title: 'A server with TLS and credentials, every ten seconds',
      config: {
        endpoint: 'https://www.example.com/status',
        collection_interval: '10s',
        headers: { authorization: 'Basic credentials' },
      },
    },
  ],
  describe: ({ endpoint }) => withoutCredentials(endpoint),
  check: checkClientAuth,
  create: (options, next, context) =>
    createServerScraper({
      server: 'nginx',
      known: NGINX_METRICS,
      config: options,
      next,
      context,
      open: async () => {
        const { createUrlReader } = await import('./scraping/url-reader.ts');
        const { parseStubStatus } = await import('./nginx/stub-status.ts');
        const read = createUrlReader(options, context);
        return {
          scrape: async (signal) => {
            const readings = parseStubStatus(await read(options.endpoint, signal));
            return [{ resource: {}, readings }];
          },
        };
      },
    }),
});
