import type { Attributes } from '../attributes/attribute-list.ts';
import { podOfControlGroup } from './control-group.ts';
import type { DetectionContext } from './detection.ts';
import { mountsOf, podOfMounts } from './mounts.ts';

/**
 * The pod, as far as it is known without the API server: what the deployment hands in as variables (the downward API, under the names that are common),
 * and what the kubelet has mounted. The names of the node and the cluster are known from variables alone.
 */
export async function detectKubernetes(context: DetectionContext): Promise<Attributes> {
  const { environment, readFile } = context;
  if (!environment['KUBERNETES_SERVICE_HOST']) return {};
  const variable = (...names: readonly string[]) => names.map((name) => environment[name]).find(Boolean);
  const mounted = podOfMounts(mountsOf((await readFile('/proc/self/mountinfo')) ?? ''));
  const namespace = (await readFile('/var/run/secrets/kubernetes.io/serviceaccount/namespace'))?.trim();
  return {
    'k8s.cluster.name': variable('K8S_CLUSTER_NAME'),
    'k8s.node.name': variable(...namesOf('NODE_NAME')),
    'k8s.namespace.name': variable('K8S_NAMESPACE_NAME', 'K8S_NAMESPACE', ...namesOf('POD_NAMESPACE')) ?? namespace,
    'k8s.pod.name': variable(...namesOf('POD_NAME')) ?? (await podNameOfHost(context)),
    'k8s.pod.uid':
      variable(...namesOf('POD_UID')) ??
      mounted.podUid ??
      podOfControlGroup((await readFile('/proc/self/cgroup')) ?? ''),
    'k8s.container.name': variable('K8S_CONTAINER_NAME') ?? mounted.containerName,
  };
}

/** As the Collector's documentation, that of Kubernetes, and the OpenTelemetry operator call it, and without a prefix. */
function namesOf(name: string): readonly string[] {
  return [`K8S_${name}`, name, `MY_${name}`, `OTEL_RESOURCE_ATTRIBUTES_${name}`];
}

/**
 * A pod's host has the pod's name, unless the pod is in the network of its node, as the kubelet writes into the hosts file, or the name is long enough to
 * have been cut.
 */
async function podNameOfHost({ readFile }: DetectionContext): Promise<string | undefined> {
  const hosts = (await readFile('/etc/hosts')) ?? '';
  const name = (await readFile('/etc/hostname'))?.trim() ?? '';
  const isPodNetwork = hosts.startsWith('# Kubernetes-managed hosts file.\n');
  return isPodNetwork && name !== '' && name.length < MAX_HOST_NAME_LENGTH ? name : undefined;
}

const MAX_HOST_NAME_LENGTH = 63;
