import { defineReceiver } from '../component/define.ts';
import { ClusterReading } from './k8s_cluster/cluster-reading.ts';
import { clusterConfig } from './k8s_cluster/config.ts';
import { EntrySender } from './object_logs/entry-sender.ts';
import { createKubernetesReceiver } from './object_logs/kubernetes-receiver.ts';

export const k8sCluster = defineReceiver({
  summary:
    'Reads the state of the objects of a Kubernetes cluster: metrics of nodes, workloads, pods and quotas, and entity events.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['metrics', 'logs'],
  config: clusterConfig,
  examples: [
    { title: 'The whole cluster', config: {} },
    {
      title: 'More conditions of nodes, and resources that pods can use',
      config: {
        node_conditions_to_report: ['Ready', 'MemoryPressure', 'DiskPressure'],
        allocatable_types_to_report: ['cpu', 'memory'],
        metrics: { 'k8s.container.status.state': { enabled: true } },
      },
    },
    {
      title: 'Two namespaces, from outside of the cluster',
      config: { auth_type: 'kubeConfig', namespaces: ['shop', 'obs'] },
    },
  ],
  describe: ({ namespaces, namespace }) => namespaces.join(', ') || namespace || 'all namespaces',
  create: (options, next, context) => {
    const sender = next.logs === undefined ? undefined : new EntrySender(next.logs, context);
    return createKubernetesReceiver(options, context, sender, (access) => [
      new ClusterReading(options, access, context, next, sender),
    ]);
  },
});
