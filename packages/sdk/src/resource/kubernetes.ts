import type { Attributes } from '../attributes/attribute-list.ts';
import type { DetectionContext } from './detection.ts';
import { mountsOf, podOfControlGroup, podOfMounts } from './proc.ts';

/**
 * Detects the pod without the API server: from environment variables set by the deployment (downward API, under common
 * names) and from the kubelet's mounts. Node and cluster names are available only from variables.
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

/**
 * Returns a variable's names as documented by the Collector, Kubernetes and the OpenTelemetry Operator, and its name
 * without a prefix.
 */
function namesOf(name: string): readonly string[] {
  return [`K8S_${name}`, name, `MY_${name}`, `OTEL_RESOURCE_ATTRIBUTES_${name}`];
}

/**
 * Returns the host name, which is the pod name unless the pod uses its node's network, as the kubelet notes in the
 * hosts file, or the name may have been truncated.
 */
async function podNameOfHost({ readFile }: DetectionContext): Promise<string | undefined> {
  const hosts = (await readFile('/etc/hosts')) ?? '';
  const name = (await readFile('/etc/hostname'))?.trim() ?? '';
  const isPodNetwork = hosts.startsWith('# Kubernetes-managed hosts file.\n');
  return isPodNetwork && name !== '' && name.length < MAX_HOST_NAME_LENGTH ? name : undefined;
}

const MAX_HOST_NAME_LENGTH = 63;
