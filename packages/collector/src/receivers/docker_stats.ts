import { defineReceiver } from '../component/define.ts';
import { clientTlsField } from '../component/fields/client.ts';
import { duration, ignored, z } from '../component/schema.ts';
import { DEFAULT_ENDPOINT, daemonFields } from './docker_stats/daemon-fields.ts';
import { compileImageFilter } from './docker_stats/image-filter.ts';
import { DOCKER_METRICS } from './docker_stats/metrics.ts';
import { scrapingFields } from './scraping/fields.ts';
import { withoutCredentials } from './scraping/http-server.ts';
import { createServerScraper, serverScraperFields } from './scraping/server-scraper.ts';

const attributeNames = (what: string) =>
  z.record(z.string().min(1), z.string().min(1)).prefault({}).describe(`Attributes of resources, by ${what}.`);

const config = z.object({
  ...serverScraperFields(DOCKER_METRICS),
  ...scrapingFields('10s'),
  timeout: duration().prefault('5s').describe('Time after which a reading has failed. 0 means the interval.'),
  ...daemonFields('read'),
  containerLabelsToMetricLabels: attributeNames('label of the container'),
  envVarsToMetricLabels: attributeNames('environment variable of the container'),
  tls: clientTlsField().unwrap().optional().describe('TLS settings, for a daemon with TLS.'),
  streamStats: ignored('statistics are read at each interval', { schema: z.boolean(), effective: false }),
});

export const dockerStats = defineReceiver({
  summary: 'Reads the CPU, memory, disk and network usage of containers from the API of Docker or Podman.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['metrics'],
  config,
  examples: [
    { title: 'Containers on the same host', config: {} },
    {
      title: 'A remote daemon, with a label as attribute, without test images',
      config: {
        endpoint: 'tcp://docker.example.com:2376',
        tls: { ca_file: 'ca.pem', cert_file: 'cert.pem', key_file: 'key.pem' },
        container_labels_to_metric_labels: { 'com.docker.compose.service': 'service.name' },
        excluded_images: ['test-*'],
      },
    },
  ],
  describe: ({ endpoint }) => withoutCredentials(endpoint),
  create: (options, next, context) =>
    createServerScraper({
      server: 'Docker',
      known: DOCKER_METRICS,
      config: options,
      next,
      context,
      open: async () => {
        const { createDaemonReader } = await import('./docker_stats/daemon.ts');
        const { createDockerScraper } = await import('./docker_stats/scraper.ts');
        const { requestTls } = await import('../component/http/request-tls.ts');
        const { endpoint, apiVersion, tls } = options;
        const host = endpoint === DEFAULT_ENDPOINT ? (context.environment['DOCKER_HOST'] ?? endpoint) : endpoint;
        return createDockerScraper({
          read: createDaemonReader({
            endpoint: host,
            apiVersion,
            tls: tls === undefined || tls.insecure ? undefined : requestTls(tls),
          }),
          isExcluded: compileImageFilter(options.excludedImages),
          labels: options.containerLabelsToMetricLabels,
          variables: options.envVarsToMetricLabels,
          now: () => context.clock.now(),
        });
      },
    }),
});
