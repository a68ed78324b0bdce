import type { Extension } from '../component/contract.ts';
import { defineExtension } from '../component/define.ts';
import { observerConfig } from './k8s_observer/config.ts';
import { KubernetesObserver } from './k8s_observer/observer.ts';

export const k8sObserver = defineExtension({
  summary:
    'Observes the pods, ports, containers, nodes, services and ingresses of a Kubernetes cluster for `receiver_creator`.',
  stability: 'alpha',
  observesEndpoints: true,
  config: observerConfig,
  examples: [
    { title: 'Pods of the same node', config: { node: `\${env:K8S_NODE_NAME:-node-1}` } },
    {
      title: 'Nodes and services, from outside of the cluster',
      config: { auth_type: 'kubeConfig', observe_pods: false, observe_nodes: true, observe_services: true },
    },
  ],
  describe: ({ node, namespaces }) => [...(node ? [`node ${node}`] : []), ...namespaces].join(', ') || 'whole cluster',
  check: ({ observePods, observeNodes, observeServices, observeIngresses }) =>
    observePods || observeNodes || observeServices || observeIngresses
      ? []
      : [
          {
            path: [],
            message: 'expected observe_pods, observe_nodes, observe_services or observe_ingresses to be true, got none',
          },
        ],
  create(config, context): Extension {
    const observer = new KubernetesObserver(config, context);
    return {
      offers: observer.endpoints,
      start: async () => observer.start(),
      shutdown: () => observer.stop(),
    };
  },
});
