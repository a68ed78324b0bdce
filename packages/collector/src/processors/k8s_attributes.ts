import { defineProcessor } from '../component/define.ts';
import { createOwnedRewriter } from '../component/rewriter.ts';
import { preparation } from '../ottl/profiles/prepare.ts';
import type { ClusterMetadata } from './k8s_attributes/cluster-metadata.ts';
import { k8sAttributesConfig } from './k8s_attributes/config.ts';
import { enrichHooks } from './k8s_attributes/enrich.ts';
import { PodIndexes } from './k8s_attributes/pod-indexes.ts';

export const k8sAttributes = defineProcessor({
  summary: 'Sets resource attributes of the Kubernetes pod that telemetry comes from, and of its owners.',
  stability: 'alpha',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  aliases: ['k8sattributes'],
  config: k8sAttributesConfig,
  examples: [
    {
      title: 'An agent on each node, with a label',
      config: {
        filter: { node_from_env_var: 'K8S_NODE_NAME' },
        extract: {
          metadata: ['k8s.namespace.name', 'k8s.pod.name', 'k8s.pod.uid', 'k8s.deployment.name', 'k8s.node.name'],
          labels: [{ tag_name: 'app.component', key: 'app.kubernetes.io/component' }],
          otel_annotations: true,
        },
      },
    },
    {
      title: 'A gateway behind agents that set the address of the pod',
      config: {
        wait_for_metadata: true,
        pod_association: [
          { sources: [{ from: 'resource_attribute', name: 'k8s.pod.ip' }] },
          { sources: [{ from: 'resource_attribute', name: 'k8s.pod.uid' }] },
          { sources: [{ from: 'connection' }] },
        ],
      },
    },
  ],
  describe: ({ passthrough, extract }) =>
    passthrough ? 'only the address of the pod' : `${extract.metadata.length} attributes`,
  create(config, next, context) {
    let release = async (): Promise<void> => {};
    let metadata: ClusterMetadata | undefined;
    const rewriter = createOwnedRewriter(
      [...preparation(context.signal, 1), enrichHooks(config, new PodIndexes(config), () => metadata)],
      next,
      context,
    );
    return {
      ...rewriter,
      async start() {
        if (config.passthrough) return;
        const lease = await context.host.share(`k8s_attributes:${context.id}`, async () => {
          const { openClusterMetadata } = await import('./k8s_attributes/cluster-metadata.ts');
          return openClusterMetadata(config, context);
        });
        release = () => lease.release();
        metadata = lease.value;
      },
      shutdown: () => release(),
    };
  },
});
