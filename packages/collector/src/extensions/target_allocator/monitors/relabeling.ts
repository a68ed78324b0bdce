import { sanitized } from '../../../receivers/prometheus/discovery/kubernetes/meta-labels.ts';
import type { LabelSelector, Monitor, MonitorEndpoint, MonitorKind, MonitorRule } from './monitor.ts';

/** A relabeling rule under the names of Prometheus. */
type Rule = Readonly<Record<string, string | number | readonly string[]>>;

// biome-ignore lint/suspicious/noTemplateCurlyInString: a reference to a group, as Prometheus writes it.
const FIRST_GROUP = '${1}';
const META = '__meta_kubernetes';
const RUNNING: Rule = { action: 'drop', source_labels: [`${META}_pod_phase`], regex: '(Failed|Succeeded)' };
const TARGET = [`${META}_endpointslice_address_target_kind`, `${META}_endpointslice_address_target_name`];

/** Returns the rules that select the targets of an endpoint and name them, as the Prometheus operator writes them. */
export function relabelingOf({ kind, metadata, spec }: Monitor, endpoint: MonitorEndpoint): readonly Rule[] {
  const isOfServices = kind === 'ServiceMonitor';
  const selected = isOfServices ? 'service' : 'pod';
  const running = endpoint.filterRunning === false ? [] : [RUNNING];
  const { selector = {}, selectorMechanism, jobLabel } = spec;
  const job: Rule = isOfServices
    ? { source_labels: [`${META}_service_name`], target_label: 'job', replacement: FIRST_GROUP }
    : { target_label: 'job', replacement: `${metadata.namespace}/${metadata.name}` };
  return [
    { source_labels: ['job'], target_label: '__tmp_prometheus_job_name' },
    ...(isOfServices ? [] : running),
    ...(selectorMechanism === 'RoleSelector' ? [] : selectorRules(selector, selected)),
    ...portRules(kind, endpoint),
    ...(isOfServices ? serviceNames() : podNames()),
    ...(isOfServices ? running : []),
    ...(isOfServices ? (spec.targetLabels ?? []) : []).map((name) => copyLabel('service', name)),
    ...(spec.podTargetLabels ?? []).map((name) => copyLabel('pod', name)),
    job,
    ...(jobLabel ? [copyLabel(selected, jobLabel, 'job')] : []),
    ...endpointName(endpoint),
    ...rulesOf(endpoint.relabelings),
  ];
}

/** Returns rules of a monitor under the names of Prometheus. */
export function rulesOf(rules: readonly MonitorRule[] = []): readonly Rule[] {
  return rules.map(({ sourceLabels, separator, targetLabel, regex, modulus, replacement, action }) => ({
    ...(sourceLabels !== undefined && sourceLabels.length > 0 && { source_labels: sourceLabels }),
    ...(separator !== undefined && { separator }),
    ...(targetLabel && { target_label: targetLabel }),
    ...(regex && { regex }),
    ...(modulus && { modulus }),
    ...(replacement !== undefined && { replacement }),
    ...(action && { action: action.toLowerCase() }),
  }));
}

function selectorRules({ matchLabels = {}, matchExpressions = [] }: LabelSelector, object: string): readonly Rule[] {
  const labels = (key: string) => [
    `${META}_${object}_label_${sanitized(key)}`,
    `${META}_${object}_labelpresent_${sanitized(key)}`,
  ];
  const present = (key: string) => [`${META}_${object}_labelpresent_${sanitized(key)}`];
  const keys = Object.keys(matchLabels).sort();
  return [
    ...keys.map((key) => ({ action: 'keep', source_labels: labels(key), regex: `(${matchLabels[key]});true` })),
    ...matchExpressions.map(({ key, operator, values = [] }): Rule => {
      const action = operator === 'In' || operator === 'Exists' ? 'keep' : 'drop';
      if (operator === 'Exists' || operator === 'DoesNotExist')
        return { action, source_labels: present(key), regex: 'true' };
      return { action, source_labels: labels(key), regex: `(${values.join('|')});true` };
    }),
  ];
}

function portRules(kind: MonitorKind, { port, portNumber, targetPort }: MonitorEndpoint): readonly Rule[] {
  const keep = (label: string, value: string | number): readonly Rule[] => [
    { action: 'keep', source_labels: [`${META}_${label}`], regex: String(value) },
  ];
  if (port) return keep(kind === 'ServiceMonitor' ? 'endpointslice_port_name' : 'pod_container_port_name', port);
  if (kind === 'PodMonitor' && portNumber) return keep('pod_container_port_number', portNumber);
  if (!targetPort) return [];
  return keep(typeof targetPort === 'string' ? 'pod_container_port_name' : 'pod_container_port_number', targetPort);
}

function serviceNames(): readonly Rule[] {
  const target = (kind: string, name: string): Rule => ({
    source_labels: TARGET,
    separator: ';',
    regex: `${kind};(.*)`,
    replacement: FIRST_GROUP,
    target_label: name,
  });
  return [
    target('Node', 'node'),
    target('Pod', 'pod'),
    { source_labels: [`${META}_namespace`], target_label: 'namespace' },
    { source_labels: [`${META}_service_name`], target_label: 'service' },
    { source_labels: [`${META}_pod_name`], target_label: 'pod' },
    { source_labels: [`${META}_pod_container_name`], target_label: 'container' },
  ];
}

function podNames(): readonly Rule[] {
  return [
    { source_labels: [`${META}_namespace`], target_label: 'namespace' },
    { source_labels: [`${META}_pod_container_name`], target_label: 'container' },
    { source_labels: [`${META}_pod_name`], target_label: 'pod' },
  ];
}

/** Returns the rule that copies a label of a service or pod, unless it is empty. */
function copyLabel(object: string, label: string, name = sanitized(label)): Rule {
  const source = [`${META}_${object}_label_${sanitized(label)}`];
  return { source_labels: source, target_label: name, regex: '(.+)', replacement: FIRST_GROUP };
}

function endpointName({ port, targetPort }: MonitorEndpoint): readonly Rule[] {
  const name = port || (targetPort === undefined ? '' : String(targetPort));
  return name === '' ? [] : [{ target_label: 'endpoint', replacement: name }];
}
