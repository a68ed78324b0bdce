import { defineExtension } from '../component/define.ts';
import { createDaemonReader } from '../receivers/docker_stats/daemon.ts';
import { DEFAULT_ENDPOINT } from '../receivers/docker_stats/daemon-fields.ts';
import { withoutCredentials } from '../receivers/scraping/http-server.ts';
import { observerConfig } from './docker_observer/config.ts';
import { DockerObserver } from './docker_observer/observer.ts';

export const dockerObserver = defineExtension({
  summary: 'Observes the ports of containers of a Docker or Podman daemon for `receiver_creator`.',
  stability: 'alpha',
  observesEndpoints: true,
  config: observerConfig,
  examples: [
    { title: 'Containers on the same host', config: {} },
    {
      title: 'Ports that are bound to the host, without test images',
      config: { use_host_bindings: true, ignore_non_host_bindings: true, excluded_images: ['test-*'] },
    },
  ],
  describe: ({ endpoint }) => withoutCredentials(endpoint),
  create(config, context) {
    const { endpoint, apiVersion } = config;
    const host = endpoint === DEFAULT_ENDPOINT ? (context.environment['DOCKER_HOST'] ?? endpoint) : endpoint;
    const read = createDaemonReader({ endpoint: host, apiVersion, tls: undefined });
    const observer = new DockerObserver(config, read, context);
    return {
      offers: observer.endpoints,
      start: async () => observer.start(),
      shutdown: () => observer.stop(),
    };
  },
});
