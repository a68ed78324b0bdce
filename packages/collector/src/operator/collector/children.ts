import type { DesiredObject } from '../../kubernetes/object-writer.ts';
import type { CheckedConfiguration } from './check-configuration.ts';
import type { Collector } from './model.ts';
import { INSTANCE, labelsOf, NAMESPACE_LABEL, ownerOf, roleName, selectorLabels } from './names.ts';
import { configMapName, type Revision } from './workload.ts';

/** Key of the configuration in a config map. */
const CONFIG_KEY = 'config.yaml';
/** Key of the pod template, with which a revision can be brought back. */
export const TEMPLATE_KEY = 'pod-template.json';

/** Returns the config map of a revision. It never changes, so that pods of other revisions keep theirs. */
export function configMapOf(collector: Collector, { name, text, template }: Revision): DesiredObject {
  return {
    ...owned(collector, 'v1', 'ConfigMap', configMapName(collector, name)),
    immutable: true,
    data: { [CONFIG_KEY]: text, [TEMPLATE_KEY]: JSON.stringify(template) },
  };
}

/** Returns the objects beside the workload and its configuration. */
export function companionsOf(collector: Collector, checked: CheckedConfiguration): readonly DesiredObject[] {
  const { spec, metadata } = collector;
  const objects: DesiredObject[] = [];
  if (spec.serviceAccount === undefined) {
    objects.push({ ...owned(collector, 'v1', 'ServiceAccount'), automountServiceAccountToken: false });
    objects.push(...rolesOf(collector, checked.permissions));
  }
  const ports = portsOf(collector, checked);
  if (ports.length > 0) objects.push({ ...owned(collector, 'v1', 'Service'), spec: serviceSpec(collector, ports) });
  if (spec.autoscaler !== undefined)
    objects.push({
      ...owned(collector, 'autoscaling/v2', 'HorizontalPodAutoscaler'),
      spec: autoscalerSpec(collector, spec.autoscaler),
    });
  if (spec.podDisruptionBudget !== undefined)
    objects.push({
      ...owned(collector, 'policy/v1', 'PodDisruptionBudget', metadata.name),
      spec: { ...spec.podDisruptionBudget, selector: { matchLabels: selectorLabels(collector) } },
    });
  return objects;
}

function owned(collector: Collector, apiVersion: string, kind: string, name = collector.metadata.name): DesiredObject {
  const { namespace = '' } = collector.metadata;
  const ownerReferences = [ownerOf(collector)];
  return { apiVersion, kind, metadata: { name, namespace, labels: labelsOf(collector), ownerReferences } };
}

function portsOf({ spec }: Collector, { ports }: CheckedConfiguration) {
  const further = spec.ports ?? [];
  const names = new Set(further.map(({ name }) => name));
  const numbers = new Set(further.map(({ port, protocol }) => `${protocol} ${port}`));
  const received = ports.filter(({ name, port, protocol }) => !names.has(name) && !numbers.has(`${protocol} ${port}`));
  return [...received, ...further];
}

function serviceSpec(collector: Collector, ports: ReturnType<typeof portsOf>): object {
  return {
    selector: selectorLabels(collector),
    // Applications send to the agent of their node.
    internalTrafficPolicy: collector.spec.mode === 'daemonset' ? 'Local' : 'Cluster',
    ports: ports.map(({ name, port, protocol }) => ({ name, port, targetPort: port, protocol })),
  };
}

function autoscalerSpec(
  { spec, metadata }: Collector,
  autoscaler: NonNullable<Collector['spec']['autoscaler']>,
): object {
  const { minReplicas, maxReplicas, targetCPUUtilization, targetMemoryUtilization } = autoscaler;
  const targets = Object.entries({ cpu: targetCPUUtilization, memory: targetMemoryUtilization });
  return {
    minReplicas,
    maxReplicas,
    scaleTargetRef: {
      apiVersion: 'apps/v1',
      kind: spec.mode === 'deployment' ? 'Deployment' : 'StatefulSet',
      name: metadata.name,
    },
    metrics: targets.flatMap(([name, averageUtilization]) =>
      averageUtilization === undefined
        ? []
        : [{ type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization } } }],
    ),
  };
}

/** Roles of the cluster have no owner in a namespace: labels tell whose they are. */
function rolesOf(collector: Collector, rules: CheckedConfiguration['permissions']): readonly DesiredObject[] {
  if (rules.length === 0) return [];
  const { name, namespace = '' } = collector.metadata;
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const labels = { ...labelsOf(collector), [INSTANCE]: name, [NAMESPACE_LABEL]: namespace };
  const metadata = { name: roleName(collector), labels };
  return [
    { apiVersion, kind: 'ClusterRole', metadata, rules },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName(collector) },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}
