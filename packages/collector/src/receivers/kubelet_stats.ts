import { hostname } from 'node:os';
import { defineReceiver } from '../component/define.ts';
import { nowUnixNano } from '../metrics/now.ts';
import { checkKubelet, kubeletConfig } from './kubelet_stats/config.ts';
import { KUBELET_ATTRIBUTES, KUBELET_METRICS } from './kubelet_stats/metrics.ts';
import { enabledMetrics } from './scraping/fields.ts';
import { ScrapingReceiver } from './scraping/scraping-receiver.ts';
import { writeReadings } from './scraping/write-readings.ts';

export const kubeletStats = defineReceiver({
  summary:
    'Reads the CPU, memory, storage and network usage of a Kubernetes node, its pods, containers and volumes from its kubelet.',
  stability: 'alpha',
  runsIn: 'main',
  aliases: ['kubeletstats'],
  signals: ['metrics'],
  config: kubeletConfig,
  examples: [
    {
      title: 'The node of the pod, with the ID of containers',
      config: {
        auth_type: 'serviceAccount',
        endpoint: `\${env:K8S_NODE_NAME:-localhost}:10250`,
        insecure_skip_verify: true,
        extra_metadata_labels: ['container.id'],
      },
    },
    {
      title: 'Utilization of limits and of the node',
      config: {
        auth_type: 'serviceAccount',
        endpoint: `\${env:K8S_NODE_NAME:-localhost}:10250`,
        node: `\${env:K8S_NODE_NAME:-localhost}`,
        k8s_api_config: { auth_type: 'serviceAccount' },
        metrics: {
          'k8s.container.memory_limit_utilization': { enabled: true },
          'k8s.pod.cpu.node.utilization': { enabled: true },
        },
      },
    },
  ],
  describe: ({ endpoint, metricGroups }) => `${endpoint || 'this host'}: ${metricGroups.join(', ')}`,
  check: checkKubelet,
  create: (config, next, context) => {
    const isEnabled = enabledMetrics(KUBELET_METRICS, config.metrics);
    const isShown = (name: string): boolean =>
      config.resourceAttributes[name]?.enabled ?? KUBELET_ATTRIBUTES[name] ?? true;
    return new ScrapingReceiver('statistics of the kubelet', config, next, context, async () => {
      const { kubeletReader } = await import('./kubelet_stats/kubelet-server.ts');
      const { KubeletScraper } = await import('./kubelet_stats/scraper.ts');
      const read = kubeletReader(config, context.environment, hostname());
      const scraper = new KubeletScraper(config, context, read, isEnabled);
      return [
        {
          name: 'kubelet',
          scrape: async (signal, fail) => {
            const groups = await scraper.scrape(signal, fail);
            const shown = groups.map(({ resource, ...group }) => ({
              ...group,
              resource: Object.fromEntries(Object.entries(resource).filter(([name]) => isShown(name))),
            }));
            return writeReadings({ metrics: KUBELET_METRICS, isEnabled }, shown, nowUnixNano(context.clock));
          },
          shutdown: () => scraper.shutdown(),
        },
      ];
    });
  },
});
