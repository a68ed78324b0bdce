import type { ComponentContext, Extension } from '../component/contract.ts';
import { defineExtension } from '../component/define.ts';
import { errorMessage } from '../component/error-message.ts';
import { checkServer, serverOptions } from '../component/fields/server.ts';
import { createHttpExtension } from '../component/http/http-extension.ts';
import { TargetAllocator } from './target_allocator/allocator.ts';
import { type TargetAllocatorConfig, targetAllocatorConfig } from './target_allocator/config.ts';
import { allocatedJobs, checkJobs } from './target_allocator/jobs.ts';
import { MonitorJobs } from './target_allocator/monitors/jobs.ts';
import { allocatorPages } from './target_allocator/pages.ts';
import { PodCollectors } from './target_allocator/pod-collectors.ts';

const NODES = {
  job_name: 'nodes',
  scrape_interval: '30s',
  static_configs: [{ targets: ['10.0.0.1:9100', '10.0.0.2:9100'] }],
};

export const targetAllocator = defineExtension({
  summary: 'Distributes Prometheus targets over collectors, which read theirs with the `prometheus` receiver.',
  stability: 'alpha',
  config: targetAllocatorConfig,
  examples: [
    {
      title: 'Two collectors with names',
      config: { config: { scrape_configs: [NODES] }, collectors: { ids: ['collector-0', 'collector-1'] } },
    },
    {
      title: 'Pods of a cluster, by the agents on their nodes',
      config: {
        endpoint: '0.0.0.0:8080',
        allocation_strategy: 'per-node',
        config: { scrape_configs: [{ job_name: 'pods', kubernetes_sd_configs: [{ role: 'pod' }] }] },
        collectors: { pods: { namespace: 'observability', label_selector: 'app=agent' } },
      },
    },
    {
      title: 'Monitors of the Prometheus operator',
      config: {
        endpoint: '0.0.0.0:8080',
        prometheus_cr: { enabled: true, service_monitor_selector: {}, pod_monitor_selector: {} },
        collectors: { pods: { namespace: 'observability', label_selector: 'app=agent' } },
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
  check: (config, use) => [...checkServer({ tls: config.tls }, [], use), ...checkJobs(config)],
  create: (config, context) => createTargetAllocator(config, context),
});

function createTargetAllocator(config: TargetAllocatorConfig, context: ComponentContext): Extension {
  const { ids, pods } = config.collectors;
  const allocator = new TargetAllocator(config.allocationStrategy, context);
  const configured = allocatedJobs(config);
  const monitors = config.prometheusCr.enabled ? new MonitorJobs(config, context) : undefined;
  const podCollectors = pods && new PodCollectors(pods, context);
  const named = ids.map((id) => ({ id }));
  const collectors = () => {
    if (podCollectors === undefined) return named;
    return podCollectors.current && [...named, ...podCollectors.current];
  };
  const pages = allocatorPages(allocator, collectors, monitors);
  const { tls } = serverOptions({ tls: config.tls }, context);
  const http = createHttpExtension({
    endpoint: config.endpoint,
    name: 'target allocator',
    logger: context.logger,
    tls: tls && { options: tls, clock: context.clock },
    respond: pages,
  });
  return {
    async start() {
      podCollectors?.start();
      await allocator.setJobs(configured);
      const names = new Set(configured.map(({ name }) => name));
      monitors?.start((jobs) => {
        const added = jobs.filter(({ name }) => !names.has(name));
        allocator.setJobs([...configured, ...added]).catch((error: unknown) => {
          context.logger.error({ reason: errorMessage(error) }, 'cannot discover the targets of monitors');
        });
      });
      await http.start?.();
    },
    async shutdown() {
      await http.shutdown?.();
      await monitors?.close();
      await allocator.stop();
      await podCollectors?.close();
    },
  };
}
