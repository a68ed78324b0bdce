import type { OutputMap } from '../output/config-builder.ts';
import { RawText } from '../output/raw-text.ts';
import type { Section } from '../source/section.ts';

/** Values that both charts have, by the name in the chart of otelier. */
const SAME: Readonly<Record<string, string>> = {
  nameOverride: 'nameOverride',
  fullnameOverride: 'fullnameOverride',
  imagePullSecrets: 'imagePullSecrets',
  replicaCount: 'replicas',
  resources: 'resources',
  podAnnotations: 'podAnnotations',
  podLabels: 'podLabels',
  priorityClassName: 'priorityClassName',
  nodeSelector: 'nodeSelector',
  tolerations: 'tolerations',
  affinity: 'affinity',
  topologySpreadConstraints: 'topologySpreadConstraints',
  podSecurityContext: 'podSecurityContext',
  securityContext: 'securityContext',
  terminationGracePeriodSeconds: 'terminationGracePeriodSeconds',
  extraEnvs: 'extraEnv',
  extraEnvsFrom: 'extraEnvFrom',
  extraVolumes: 'extraVolumes',
  extraVolumeMounts: 'extraVolumeMounts',
  enableConfigChecksumAnnotation: 'restartOnChange',
};

/** Values that the chart of otelier does not have, with what to do instead. */
const MISSING: Readonly<Record<string, string>> = {
  additionalLabels: 'use podLabels',
  annotations: 'use podAnnotations',
  command: 'use config',
  configMap: 'use config',
  dnsConfig: 'patch the result of helm template',
  dnsPolicy: 'patch the result of helm template',
  extraContainers: 'patch the result of helm template',
  extraManifests: 'apply them beside the chart',
  hostAliases: 'patch the result of helm template',
  hostNetwork: 'use hostPorts',
  hostPID: 'patch the result of helm template',
  httproute: 'create a route to the service beside the chart',
  ingress: 'create an ingress to the service beside the chart; workbench.ingress is that of the page',
  initContainers: 'patch the result of helm template',
  internalTelemetryViaOTLP: 'set service.telemetry in config',
  lifecycleHooks: 'patch the result of helm template',
  livenessProbe: 'the chart of otelier has its own probes',
  namespaceOverride: 'use --namespace',
  podMonitor: 'use serviceMonitor',
  prometheusRule: 'create the rules beside the chart',
  readinessProbe: 'the chart of otelier has its own probes',
  resizePolicy: 'patch the result of helm template',
  runtimeClassName: 'patch the result of helm template',
  schedulerName: 'patch the result of helm template',
  shareProcessNamespace: 'patch the result of helm template',
  startupProbe: 'the chart of otelier has its own probes',
};

/** Values without an effect in otelier. */
const IGNORED = [
  'apiVersion',
  'revisionHistoryLimit',
  'useGOMEMLIMIT',
  'rewriteDeprecatedComponentNames',
  'statefulset',
  'global',
];

/** Converts the values about the workload, the service, permissions and scaling. */
export function workloadValues(values: Section, ports: OutputMap): OutputMap {
  const output: OutputMap = {};
  for (const [from, to] of Object.entries(SAME)) {
    const value = values.plain(from);
    if (!isEmpty(value)) output[to] = withTexts(from === 'extraEnvs' ? withoutSecrets(value, values) : value);
  }
  convertImage(values);
  Object.assign(
    output,
    definedValues({
      updateStrategy: updateStrategy(values.section('rollout')),
      service: serviceValues(values.section('service'), ports),
      serviceAccount: serviceAccount(values.section('serviceAccount')),
      rbac: rbacValues(values.section('clusterRole')),
      autoscaling: autoscaling(values.section('autoscaling')),
      podDisruptionBudget: disruptionBudget(values.section('podDisruptionBudget')),
      networkPolicy: networkPolicy(values.section('networkPolicy')),
      serviceMonitor: serviceMonitor(values.section('serviceMonitor')),
    }),
  );
  for (const [key, instead] of Object.entries(MISSING)) reportUnlessOff(values, key, instead);
  values.skip(...IGNORED);
  return output;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** Texts in values of a chart are not those of a configuration. */
function withTexts(value: unknown): unknown {
  if (typeof value === 'string') return new RawText(value);
  if (Array.isArray(value)) return value.map(withTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withTexts(member)]));
}

/** Replaces the values of variables that are secrets by references to a secret. */
function withoutSecrets(variables: unknown, values: Section): unknown {
  if (!Array.isArray(variables)) return variables;
  return variables.map((variable: { readonly name?: unknown; readonly value?: unknown }) => {
    const { name, value } = variable ?? {};
    if (typeof name !== 'string' || value === undefined || !/TOKEN|PASSWORD|SECRET|API_?KEY|CREDENTIAL/i.test(name))
      return variable;
    values.report.changed(
      values.at('extraEnvs'),
      `the value of ${name} is not copied; it is read from the secret otelier`,
      `create the secret otelier with the key ${name}`,
    );
    return { name, valueFrom: { secretKeyRef: { name: 'otelier', key: name } } };
  });
}

function definedValues(values: OutputMap): OutputMap {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value)));
}

/** Reports a value, unless it is empty or switched off. */
function reportUnlessOff(values: Section, key: string, instead: string): void {
  const value = values.plain(key);
  const isOff = typeof value === 'object' && value !== null && 'enabled' in value && value.enabled === false;
  if (!isEmpty(value) && !isOff) values.missing(key, 'the chart of otelier does not have this value', instead);
}

function convertImage(values: Section): void {
  const image = values.section('image');
  if (image === undefined) return;
  image.skip(...image.keys);
  values.changed('image', 'the image is that of otelier', 'set image.repository and image.tag');
}

function updateStrategy(rollout: Section | undefined): OutputMap | undefined {
  if (rollout === undefined) return undefined;
  const rolling = rollout.plain('rollingUpdate');
  const type = rollout.text('strategy');
  rollout.finish();
  return definedValues({
    type: type === 'RollingUpdate' && isEmpty(rolling) ? undefined : type,
    rollingUpdate: rolling,
  });
}

function serviceValues(service: Section | undefined, ports: OutputMap): OutputMap {
  const annotations = service?.plain('annotations');
  const type = service?.text('type');
  const policy = service?.text('internalTrafficPolicy');
  if (service?.boolean('enabled') === false) service.changed('enabled', 'the chart of otelier always has a service');
  for (const key of [
    'loadBalancerIP',
    'loadBalancerSourceRanges',
    'clusterIP',
    'externalTrafficPolicy',
    'externalIPs',
    'sessionAffinity',
  ])
    service?.missing(key, 'this setting of the service is not converted', 'patch the result of helm template');
  service?.finish();
  return definedValues({
    type: type === 'ClusterIP' ? undefined : type,
    annotations: annotations === undefined ? undefined : withTexts(annotations),
    internalTrafficPolicy: policy,
    extraPorts: ports,
  });
}

function serviceAccount(account: Section | undefined): OutputMap | undefined {
  if (account === undefined) return undefined;
  const creates = account.boolean('create');
  const values = {
    ...(creates === false && { create: false }),
    ...definedValues({ name: account.text('name'), annotations: withTexts(account.plain('annotations')) }),
  };
  account.skip('automountServiceAccountToken');
  account.finish();
  return values;
}

function rbacValues(role: Section | undefined): OutputMap | undefined {
  if (role === undefined) return undefined;
  const rules = withTexts(role.plain('rules'));
  role.skip('create', 'name', 'annotations', 'clusterRoleBinding');
  role.finish();
  return definedValues({ extraRules: rules });
}

function autoscaling(scaling: Section | undefined): OutputMap | undefined {
  if (scaling === undefined) return undefined;
  const isEnabled = scaling.boolean('enabled') === true;
  const values = {
    enabled: true,
    minReplicas: scaling.number('minReplicas') ?? 1,
    maxReplicas: scaling.number('maxReplicas') ?? 10,
    targetCPU: scaling.number('targetCPUUtilizationPercentage') ?? 80,
  };
  if (!isEnabled) {
    scaling.skip(...scaling.keys);
    return undefined;
  }
  for (const key of ['targetMemoryUtilizationPercentage', 'additionalMetrics', 'behavior'])
    reportUnlessOff(scaling, key, 'use targetQueueFill');
  scaling.finish();
  return values;
}

function disruptionBudget(budget: Section | undefined): OutputMap | undefined {
  if (budget === undefined) return undefined;
  const isEnabled = budget.boolean('enabled') === true;
  const max = budget.number('maxUnavailable');
  if (isEnabled)
    budget.missing(
      'minAvailable',
      'the budget is a maximum of unavailable pods',
      'set podDisruptionBudget.maxUnavailable',
    );
  else budget.skip('minAvailable');
  budget.finish();
  return { enabled: isEnabled, ...(isEnabled && max !== undefined && { maxUnavailable: max }) };
}

function networkPolicy(policy: Section | undefined): OutputMap | undefined {
  if (policy === undefined) return undefined;
  const isEnabled = policy.boolean('enabled') === true;
  const from = withTexts(policy.plain('allowIngressFrom'));
  const egress = withTexts(policy.plain('egressRules'));
  reportUnlessOff(policy, 'extraIngressRules', 'add a policy beside the chart');
  reportUnlessOff(policy, 'annotations', 'add a policy beside the chart');
  policy.finish();
  return { enabled: isEnabled, ...(isEnabled && definedValues({ from, egress })) };
}

function serviceMonitor(monitor: Section | undefined): OutputMap | undefined {
  if (monitor === undefined || monitor.boolean('enabled') !== true) {
    monitor?.skip(...monitor.keys);
    return undefined;
  }
  const [endpoint] = monitor.sections('metricsEndpoints');
  const interval = endpoint?.text('interval');
  const labels = withTexts(monitor.plain('extraLabels'));
  endpoint?.skip('port');
  endpoint?.finish();
  for (const key of ['relabelings', 'metricRelabelings', 'sampleLimit'])
    reportUnlessOff(monitor, key, 'patch the result of helm template');
  monitor.finish();
  return { enabled: true, ...(interval !== undefined && { interval }), ...definedValues({ labels }) };
}
