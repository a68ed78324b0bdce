import { defineExtension } from '../component/define.ts';
import { requestTls } from '../component/http/request-tls.ts';
import type { DaemonOptions } from '../receivers/docker_stats/daemon.ts';
import { DEFAULT_ENDPOINT } from '../receivers/docker_stats/daemon-fields.ts';
import { withoutCredentials } from '../receivers/scraping/http-server.ts';
import { observerConfig } from './docker_observer/config.ts';
import { DockerObserver } from './docker_observer/observer.ts';

export const dockerObserver = defineExtension({
  summary:
    'Observes the ports of containers of a Docker or Podman daemon, and follows its events, for `receiver_creator`.',
  stability: 'alpha',
  observesEndpoints: true,
  config: observerConfig,
  examples: [
    { title: 'Containers on the same host', config: {} },
    {
      title: 'Ports that are bound to the host, without test images',
      config: { use_host_bindings: true, ignore_non_host_bindings: true, excluded_images: ['test-*'] },
    },
    {
      title: 'A remote daemon',
      config: {
        endpoint: 'tcp://docker.example.com:2376',
        tls: { ca_file: 'ca.pem', cert_file: 'cert.pem', key_file: 'key.pem' },
      },
    },
  ],
  describe: ({ endpoint }) => withoutCredentials(endpoint),
  create(config, context) {
    const { endpoint, apiVersion, tls } = config;
    const host = endpoint === DEFAULT_ENDPOINT ? (context.environment['DOCKER_HOST'] ?? endpoint) : endpoint;
    const open = (): DaemonOptions => ({
      endpoint: host,
      apiVersion,
      tls: tls === undefined || tls.insecure ? undefined : requestTls(tls),
    });
    const observer = new DockerObserver(config, open, context);
    return {
      offers: observer.endpoints,
      start: async () => observer.start(),
      shutdown: () => observer.stop(),
    };
  },
});
