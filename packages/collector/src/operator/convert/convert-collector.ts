import { parse } from 'yaml';
import { errorMessage } from '../../component/error-message.ts';
import { API_VERSION } from '../definitions/custom-resources.ts';
import {
  type Converted,
  type ForeignObject,
  fieldsOf,
  isEmpty,
  type Json,
  metadataOf,
  Unsupported,
} from './converted.ts';

/** Fields that mean the same here. */
const SAME = [
  'imagePullPolicy',
  'serviceAccount',
  'env',
  'envFrom',
  'podAnnotations',
  'nodeSelector',
  'tolerations',
  'affinity',
  'priorityClassName',
  'terminationGracePeriodSeconds',
  'volumes',
  'volumeMounts',
];

/** Fields without a meaning here: other images, and what the other operator does with its own objects. */
const WITHOUT_MEANING = ['configVersions', 'upgradeStrategy'];

/** Fields that other functions convert. */
const CONVERTED = [
  ...SAME,
  ...WITHOUT_MEANING,
  'autoscaler',
  'config',
  'configmaps',
  'image',
  'managementState',
  'maxReplicas',
  'minReplicas',
  'mode',
  'podDisruptionBudget',
  'ports',
  'replicas',
  'resources',
  'targetAllocator',
  'volumeClaimTemplates',
];

const REASONS: Readonly<Record<string, string>> = {
  args: 'otelier has other arguments',
  command: 'otelier has another command',
  livenessProbe: 'the operator sets the probe',
  readinessProbe: 'the operator sets the probe',
  startupProbe: 'the operator sets the probe',
  securityContext: 'the operator sets one without privileges',
  podSecurityContext: 'the operator sets one without privileges',
  ingress: 'create an Ingress for the Service',
  httpRoute: 'create an HTTPRoute for the Service',
  networkPolicy: 'create a NetworkPolicy',
  daemonSetUpdateStrategy: 'see spec.rollout',
  deploymentUpdateStrategy: 'see spec.rollout',
  updateStrategy: 'see spec.rollout',
  observability: 'create a ServiceMonitor for the Service',
};

const MODES = ['deployment', 'statefulset', 'daemonset', 'sidecar'];

/** Converts an `OpenTelemetryCollector` (v1alpha1 or v1beta1) to a `Collector`. Throws if it has no configuration. */
export function convertCollector(foreign: ForeignObject): Converted {
  const unsupported = new Unsupported();
  const spec = foreign.spec ?? {};
  const written = spec['mode'];
  const mode = isEmpty(written) ? 'deployment' : String(written);
  if (!MODES.includes(mode)) throw new Error(`spec.mode: expected one of ${MODES.join(', ')}, got ${mode}`);
  const isSidecar = mode === 'sidecar';
  const files = configMapsOf(spec, unsupported);
  const same = Object.fromEntries(SAME.filter((name) => !isEmpty(spec[name])).map((name) => [name, spec[name]]));
  const converted: Record<string, unknown> = {
    mode,
    ...same,
    ...scaleOf(spec, mode, unsupported),
    ...resourcesOf(spec, unsupported),
    ...disruptionBudgetOf(spec, isSidecar),
    ...(!isSidecar && portsOf(spec, unsupported)),
    ...storageOf(spec, unsupported),
    config: withoutHealthCheck(configurationOf(spec['config']), unsupported),
  };
  if (files.volumes.length > 0) {
    converted['volumes'] = [...((converted['volumes'] as readonly Json[] | undefined) ?? []), ...files.volumes];
    converted['volumeMounts'] = [
      ...((converted['volumeMounts'] as readonly Json[] | undefined) ?? []),
      ...files.mounts,
    ];
  }
  if (spec['managementState'] === 'unmanaged')
    unsupported.add('spec.managementState', 'set paused to leave everything as it is');
  if (!isEmpty(spec['image'])) unsupported.add('spec.image', 'the image of otelier is used');
  if (fieldsOf(spec['targetAllocator'])['enabled'] === true)
    unsupported.add('spec.targetAllocator', 'create a TargetAllocation');
  for (const name of Object.keys(spec).sort())
    if (!CONVERTED.includes(name) && !isEmpty(spec[name]))
      unsupported.add(`spec.${name}`, REASONS[name] ?? 'the Collector has no such field');
  if (isSidecar) dropOfPod(converted, unsupported);
  const object = { apiVersion: API_VERSION, kind: 'Collector', metadata: metadataOf(foreign), spec: converted };
  return { object, unsupported: unsupported.fields };
}

/** A sidecar has what its pod has. */
function dropOfPod(spec: Record<string, unknown>, unsupported: Unsupported): void {
  for (const name of [
    'serviceAccount',
    'podAnnotations',
    'nodeSelector',
    'tolerations',
    'affinity',
    'priorityClassName',
  ])
    if (spec[name] !== undefined) {
      delete spec[name];
      unsupported.add(`spec.${name}`, 'the pod of a sidecar has its own');
    }
}

/** In v1alpha1, the configuration is a text. Components and protocols without settings are written as empty objects. */
function configurationOf(written: unknown): Json {
  let config = written;
  if (typeof written === 'string')
    try {
      config = parse(written, { maxAliasCount: 100 });
    } catch (error) {
      throw new Error(`spec.config: expected YAML: ${errorMessage(error)}`);
    }
  if (isEmpty(config) || isEmpty(fieldsOf(config))) throw new Error('spec.config: expected a configuration');
  const sections = Object.entries(fieldsOf(config)).map(([name, section]) => {
    if (name === 'service' || typeof section !== 'object' || section === null) return [name, section ?? {}];
    return [name, mapped(section, (component) => withProtocols(component ?? {}))];
  });
  return Object.fromEntries(sections) as Json;
}

function withProtocols(component: unknown): unknown {
  const { protocols } = fieldsOf(component);
  if (typeof protocols !== 'object') return component;
  return { ...fieldsOf(component), protocols: mapped(fieldsOf(protocols), (protocol) => protocol ?? {}) };
}

function mapped(values: object, change: (value: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

/** The operator adds a health check on the port that the Collector uses by default. */
function withoutHealthCheck(config: Json, unsupported: Unsupported): Json {
  const service = fieldsOf(config['service']);
  const used = Array.isArray(service['extensions']) ? service['extensions'].map(String) : [];
  const extensions = fieldsOf(config['extensions']);
  const dropped = Object.keys(extensions).filter((id) => {
    const settings = fieldsOf(extensions[id]);
    const { endpoint = '' } = { ...settings, ...fieldsOf(settings['http']) };
    return /^health_check(_v2)?(\/|$)/.test(id) && /^$|:13133$/.test(String(endpoint));
  });
  if (dropped.length === 0) return config;
  for (const id of dropped)
    unsupported.add(`spec.config.extensions.${id}`, 'the operator adds a health check on port 13133');
  const kept = Object.fromEntries(Object.entries(extensions).filter(([id]) => !dropped.includes(id)));
  return {
    ...config,
    extensions: kept,
    service: { ...service, extensions: used.filter((id) => !dropped.includes(id)) },
  };
}

/** A number of pods, or what changes it. The number that an autoscaler begins with is left out. */
function scaleOf(spec: Json, mode: string, unsupported: Unsupported): Json {
  const { minReplicas, maxReplicas } = { ...spec, ...fieldsOf(spec['autoscaler']) };
  const autoscaler = fieldsOf(spec['autoscaler']);
  const { targetCPUUtilization, targetMemoryUtilization } = autoscaler;
  const isScaled = mode === 'deployment' || mode === 'statefulset';
  for (const name of Object.keys(autoscaler).sort())
    if (!/^(min|max)Replicas$|^target(CPU|Memory)Utilization$/.test(name) && !isEmpty(autoscaler[name]))
      unsupported.add(`spec.autoscaler.${name}`, 'only the utilization of CPU and memory is a target');
  if (!isEmpty(maxReplicas) && isScaled) {
    const targets = { minReplicas, maxReplicas, targetCPUUtilization, targetMemoryUtilization };
    return { autoscaler: Object.fromEntries(Object.entries(targets).filter(([, value]) => !isEmpty(value))) };
  }
  if (!isEmpty(autoscaler)) unsupported.add('spec.autoscaler', `expected maxReplicas, and no mode ${mode}`);
  const { replicas } = spec;
  return isScaled && typeof replicas === 'number' ? { replicas } : {};
}

function resourcesOf(spec: Json, unsupported: Unsupported): Json {
  const { requests, limits, ...others } = fieldsOf(spec['resources']);
  for (const name of Object.keys(others))
    if (!isEmpty(others[name])) unsupported.add(`spec.resources.${name}`, 'only requests and limits are passed');
  const amounts = { ...(!isEmpty(requests) && { requests }), ...(!isEmpty(limits) && { limits }) };
  return isEmpty(amounts) ? {} : { resources: amounts };
}

/** The other operator adds a budget of one pod to all objects, also where it has no meaning. */
function disruptionBudgetOf({ podDisruptionBudget }: Json, isSidecar: boolean): Json {
  const { minAvailable, maxUnavailable } = fieldsOf(podDisruptionBudget);
  if (isSidecar || (minAvailable === undefined && maxUnavailable === undefined)) return {};
  return { podDisruptionBudget: minAvailable === undefined ? { maxUnavailable } : { minAvailable } };
}

function portsOf(spec: Json, unsupported: Unsupported): Json {
  const written = Array.isArray(spec['ports']) ? spec['ports'].map(fieldsOf) : [];
  const ports = written.flatMap(({ name, port, protocol = 'TCP', ...others }, i) => {
    const at = `spec.ports[${i}]`;
    for (const [field, value] of Object.entries(others)) {
      const isSame = field === 'targetPort' && (value === port || value === name);
      if (!isSame && !isEmpty(value)) unsupported.add(`${at}.${field}`, 'only name, port and protocol are passed');
    }
    if (protocol === 'TCP' || protocol === 'UDP') return [{ name, port, protocol }];
    unsupported.add(`${at}.protocol`, `expected TCP or UDP, got ${String(protocol)}`);
    return [];
  });
  return ports.length === 0 ? {} : { ports };
}

/** A volume of each pod is mounted at /data here. Claims that are mounted elsewhere cannot be converted. */
function storageOf(spec: Json, unsupported: Unsupported): Json {
  const templates = Array.isArray(spec['volumeClaimTemplates']) ? spec['volumeClaimTemplates'].map(fieldsOf) : [];
  const [template] = templates;
  if (template === undefined) return {};
  const claim = fieldsOf(template['spec']);
  const name = fieldsOf(template['metadata'])['name'];
  const size = fieldsOf(fieldsOf(claim['resources'])['requests'])['storage'];
  const mounts = Array.isArray(spec['volumeMounts']) ? spec['volumeMounts'].map(fieldsOf) : [];
  const isData = mounts.some((mount) => mount['name'] === name && mount['mountPath'] === '/data');
  if (templates.length > 1 || !isData || size === undefined || spec['mode'] !== 'statefulset') {
    unsupported.add('spec.volumeClaimTemplates', 'expected one claim that is mounted at /data; see spec.storage');
    return {};
  }
  const { storageClassName } = claim;
  return {
    storage: { size, ...(!isEmpty(storageClassName) && { storageClass: storageClassName }) },
    volumeMounts: mounts.filter((mount) => mount['name'] !== name),
  };
}

/** Config maps are mounted below /var/conf, as by the other operator. */
function configMapsOf(spec: Json, unsupported: Unsupported) {
  const written = Array.isArray(spec['configmaps']) ? spec['configmaps'].map(fieldsOf) : [];
  const volumes: Json[] = [];
  const mounts: Json[] = [];
  for (const [i, { name, mountpath = '' }] of written.entries()) {
    if (typeof name !== 'string' || typeof mountpath !== 'string') {
      unsupported.add(`spec.configmaps[${i}]`, 'expected a name and a path');
      continue;
    }
    const volume = `configmap-${name}`.slice(0, 63);
    volumes.push({ name: volume, configMap: { name } });
    const parts = ['/var/conf', ...mountpath.split('/').filter((part) => part !== ''), volume];
    mounts.push({ name: volume, mountPath: parts.join('/') });
  }
  return { volumes, mounts };
}
