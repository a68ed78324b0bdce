/** An object that the API server must refuse, and the field that its message must name. */
export interface WrongObject {
  readonly resource: 'collectors' | 'instrumentations' | 'pipelines' | 'targetallocations';
  readonly field: string;
  readonly object: object;
}

const PIPELINE = { receivers: ['otlp'], exporters: ['nop'] };
const CONFIG = {
  receivers: { otlp: { protocols: { http: { endpoint: '0.0.0.0:4318' } } } },
  exporters: { nop: null },
  service: { pipelines: { traces: PIPELINE } },
};

function collector(spec: object, name = 'wrong'): object {
  return { apiVersion: 'otelier.dev/v1alpha1', kind: 'Collector', metadata: { name }, spec };
}

/** Returns wrong collectors: the field, and the fields that are merged into a right one. */
function collectors(...wrong: readonly (readonly [field: string, spec: object])[]): WrongObject[] {
  return wrong.map(([field, spec]) => ({
    resource: 'collectors',
    field,
    object: collector({ config: CONFIG, ...spec }),
  }));
}

/** Returns wrong collectors by their pipelines. */
function configurations(...wrong: readonly (readonly [field: string, config: object])[]): WrongObject[] {
  return collectors(...wrong.map(([field, config]) => [field, { config: { ...CONFIG, ...config } }] as const));
}

/** Returns wrong sidecars: the field, and the fields that are added to a right one. */
function sidecars(...wrong: readonly (readonly [field: string, spec: object])[]): WrongObject[] {
  return collectors(...wrong.map(([field, spec]) => [field, { mode: 'sidecar', ...spec }] as const));
}

function instrumentations(...wrong: readonly (readonly [field: string, spec: object])[]): WrongObject[] {
  return wrong.map(([field, spec]) => ({
    resource: 'instrumentations',
    field,
    object: { apiVersion: 'otelier.dev/v1alpha1', kind: 'Instrumentation', metadata: { name: 'wrong' }, spec },
  }));
}

function pipelines(...wrong: readonly (readonly [field: string, spec: object])[]): WrongObject[] {
  const right = { collectors: ['gateway'], signal: 'traces', pipeline: PIPELINE };
  return wrong.map(([field, spec]) => ({
    resource: 'pipelines',
    field,
    object: {
      apiVersion: 'otelier.dev/v1alpha1',
      kind: 'Pipeline',
      metadata: { name: 'wrong' },
      spec: { ...right, ...spec },
    },
  }));
}

function targetAllocation(spec: object, name = 'wrong'): object {
  return { apiVersion: 'otelier.dev/v1alpha1', kind: 'TargetAllocation', metadata: { name }, spec };
}

function targetAllocations(...wrong: readonly (readonly [field: string, spec: object])[]): WrongObject[] {
  return wrong.map(([field, spec]) => ({
    resource: 'targetallocations',
    field,
    object: targetAllocation({ ...ALLOCATION, ...spec }),
  }));
}

const ALLOCATION = { collector: 'gateway', scrapeConfigs: [{ job_name: 'pods' }] };
const LANGUAGE = { image: 'registry/agent:1', env: [{ name: 'A', value: 'a' }], volumeLimitSize: '200Mi' };

/** Right objects, so that only the wrong fields of others are refused. */
export const RIGHT_OBJECTS: readonly Omit<WrongObject, 'field'>[] = [
  { resource: 'collectors', object: collector({ config: CONFIG }, 'right') },
  {
    resource: 'collectors',
    object: collector({ mode: 'sidecar', config: CONFIG, env: [{ name: 'A', value: 'a' }] }, 'r'.repeat(52)),
  },
  {
    resource: 'pipelines',
    object: {
      apiVersion: 'otelier.dev/v1alpha1',
      kind: 'Pipeline',
      metadata: { name: 'right' },
      spec: { collectors: ['gateway'], signal: 'traces', pipeline: PIPELINE },
    },
  },
  {
    resource: 'instrumentations',
    object: {
      apiVersion: 'otelier.dev/v1alpha1',
      kind: 'Instrumentation',
      metadata: { name: 'right' },
      spec: {
        exporter: { endpoint: 'https://gateway:4318', tls: { secretName: 'a', ca_file: 'ca.crt' } },
        propagators: ['tracecontext', 'baggage'],
        sampler: { type: 'parentbased_traceidratio', argument: '0.25' },
        resource: { resourceAttributes: { team: 'shop' } },
        java: { ...LANGUAGE, extensions: [{ image: 'a', dir: '/extensions' }] },
        nodejs: LANGUAGE,
        python: LANGUAGE,
      },
    },
  },
  {
    resource: 'targetallocations',
    object: targetAllocation(
      {
        ...ALLOCATION,
        strategy: 'per-node',
        replicas: 2,
        image: 'registry/otelier:1',
        resources: { limits: { memory: '100Mi' } },
        global: { scrape_interval: '30s' },
        tls: { secretName: 'scrape.targets-tls' },
      },
      'r'.repeat(44),
    ),
  },
  {
    resource: 'targetallocations',
    object: targetAllocation(
      {
        collector: 'gateway',
        prometheusCR: {
          enabled: true,
          scrapeInterval: '1m30s',
          serviceMonitorSelector: {},
          podMonitorSelector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'c', operator: 'Exists' }] },
          denyNamespaces: ['kube-system'],
        },
      },
      'monitors',
    ),
  },
];

/** Objects that the API server refuses. */
export const WRONG_OBJECTS: readonly WrongObject[] = [
  { resource: 'collectors', field: 'spec', object: { ...collector({}), spec: undefined } },
  { resource: 'collectors', field: 'metadata.name', object: collector({ config: CONFIG }, 'n'.repeat(53)) },
  ...['Upper', 'a.b', '1a'].map((name) => ({
    resource: 'collectors' as const,
    field: 'metadata.name',
    object: collector({ config: CONFIG }, name),
  })),
  { resource: 'targetallocations', field: 'spec', object: { ...targetAllocation({}), spec: undefined } },
  ...['t'.repeat(45), 'a.b'].map((name) => ({
    resource: 'targetallocations' as const,
    field: 'metadata.name',
    object: targetAllocation(ALLOCATION, name),
  })),
  ...collectors(
    ['spec.config', { config: undefined }],
    ['spec.config', { config: 'text' }],
    ['spec.mode', { mode: 'cronjob' }],
    ['spec.mode', { mode: '' }],
    ['spec.mode', { mode: 1 }],
    ['spec.replicas', { replicas: -1 }],
    ['spec.replicas', { replicas: 1001 }],
    ['spec.replicas', { replicas: '2' }],
    ['spec.replicas', { mode: 'daemonset', replicas: 2 }],
    ['spec.replicas', { replicas: 2, autoscaler: { maxReplicas: 3 } }],
    ['spec.image', { image: '' }],
    ['spec.image', { image: 'with space' }],
    ['spec.imagePullPolicy', { imagePullPolicy: 'Sometimes' }],
    ['spec.paused', { paused: 'yes' }],
    ['spec.ports[0].port', { ports: [{ name: 'a', port: 0 }] }],
    ['spec.ports[0].port', { ports: [{ name: 'a', port: 65536 }] }],
    ['spec.ports[0].port', { ports: [{ name: 'a' }] }],
    ['spec.ports[0].name', { ports: [{ port: 80 }] }],
    ['spec.ports[0].name', { ports: [{ name: 'Upper', port: 80 }] }],
    ['spec.ports[0].name', { ports: [{ name: 'longer-than-fifteen', port: 80 }] }],
    ['spec.ports[0].protocol', { ports: [{ name: 'a', port: 80, protocol: 'HTTP' }] }],
    ['spec.ports[1]', { ports: [80, 81].map((port) => ({ name: 'a', port })) }],
    ['spec.env[0].name', { env: [{ value: 'a' }] }],
    ['spec.env[0].name', { env: [{ name: '', value: 'a' }] }],
    ['spec.env[0].name', { env: [{ name: '1A', value: 'a' }] }],
    ['spec.env[0].value', { env: [{ name: 'A', value: 1 }] }],
    ['spec.env[0].valueFrom', { env: [{ name: 'A', value: 'a', valueFrom: { fieldRef: { fieldPath: 'x' } } }] }],
    ['spec.env[1]', { env: ['a', 'b'].map((value) => ({ name: 'A', value })) }],
    ['spec.resources.limits.memory', { resources: { limits: { memory: 'much' } } }],
    ['spec.resources.requests.cpu', { resources: { requests: { cpu: true } } }],
    ['spec.serviceAccount', { serviceAccount: 'Not_A_Name' }],
    ['spec.podAnnotations.a', { podAnnotations: { a: 1 } }],
    ['spec.podLabels.a', { podLabels: { a: true } }],
    ['spec.nodeSelector.disk', { nodeSelector: { disk: ['ssd'] } }],
    ['spec.tolerations', { tolerations: {} }],
    ['spec.affinity', { affinity: 'near' }],
    ['spec.terminationGracePeriodSeconds', { terminationGracePeriodSeconds: 3601 }],
    ['spec.priorityClassName', { priorityClassName: 'High!' }],
    ['spec.imagePullSecrets[0].name', { imagePullSecrets: [{}] }],
    ['spec.volumes[0].name', { volumes: [{ emptyDir: {} }] }],
    ['spec.volumeMounts[0].mountPath', { volumeMounts: [{ name: 'a', mountPath: 'relative' }] }],
    ['spec.volumeMounts[0].mountPath', { volumeMounts: [{ name: 'a' }] }],
    ['spec.autoscaler.maxReplicas', { autoscaler: {} }],
    ['spec.autoscaler.maxReplicas', { autoscaler: { minReplicas: 3, maxReplicas: 2 } }],
    ['spec.autoscaler.minReplicas', { autoscaler: { minReplicas: 0, maxReplicas: 2 } }],
    ['spec.autoscaler.targetCPUUtilization', { autoscaler: { maxReplicas: 2, targetCPUUtilization: 0 } }],
    ['spec.autoscaler', { mode: 'daemonset', autoscaler: { maxReplicas: 2 } }],
    ['spec.podDisruptionBudget', { podDisruptionBudget: {} }],
    ['spec.podDisruptionBudget', { podDisruptionBudget: { minAvailable: 1, maxUnavailable: 1 } }],
    ['spec.podDisruptionBudget.minAvailable', { podDisruptionBudget: { minAvailable: '101%' } }],
    ['spec.storage.size', { mode: 'statefulset', storage: {} }],
    ['spec.storage.size', { mode: 'statefulset', storage: { size: 'large' } }],
    ['spec.storage', { storage: { size: '1Gi' } }],
    ['spec.rollout.strategy', { rollout: { strategy: 'blue-green' } }],
    ['spec.rollout.failAfterSeconds', { rollout: { healthyAfterSeconds: 200 } }],
    ['spec.rollout.healthyAfterSeconds', { rollout: { healthyAfterSeconds: -1 } }],
  ),
  ...sidecars(
    ['spec.mode', { serviceAccount: 'other' }],
    ['spec.mode', { podDisruptionBudget: { minAvailable: 1 } }],
    ['spec.mode', { podAnnotations: { a: 'b' } }],
    ['spec.mode', { podLabels: { a: 'b' } }],
    ['spec.mode', { nodeSelector: { disk: 'ssd' } }],
    ['spec.mode', { tolerations: [{ operator: 'Exists' }] }],
    ['spec.mode', { affinity: { nodeAffinity: {} } }],
    ['spec.mode', { priorityClassName: 'high' }],
    ['spec.replicas', { replicas: 2 }],
    ['spec.autoscaler', { autoscaler: { maxReplicas: 2 } }],
    ['spec.storage', { storage: { size: '1Gi' } }],
    ['spec.volumeMounts[0].mountPath', { volumeMounts: [{ name: 'a', mountPath: 'relative' }] }],
  ),
  ...configurations(
    ['spec.config.service', { service: undefined }],
    ['spec.config.receivers', { receivers: ['otlp'] }],
    ['spec.config.exporters.nop', { exporters: { nop: 1 } }],
    ['spec.config.service.extensions', { service: { extensions: 'health_check' } }],
    ['spec.config.service.pipelines', { service: { pipelines: { spans: PIPELINE } } }],
    ['spec.config.service.pipelines.traces.receivers', { service: { pipelines: { traces: { exporters: ['nop'] } } } }],
    [
      'spec.config.service.pipelines.traces.exporters',
      { service: { pipelines: { traces: { ...PIPELINE, exporters: [] } } } },
    ],
    [
      'spec.config.service.pipelines.traces.processors[0]',
      { service: { pipelines: { traces: { ...PIPELINE, processors: ['two words'] } } } },
    ],
  ),
  ...pipelines(
    ['spec.collectors', { collectors: undefined }],
    ['spec.collectors', { collectors: [] }],
    ['spec.collectors[1]', { collectors: ['a', 'a'] }],
    ['spec.collectors[0]', { collectors: ['A'] }],
    ['spec.signal', { signal: 'spans' }],
    ['spec.signal', { signal: undefined }],
    ['spec.pipeline', { pipeline: undefined }],
    ['spec.pipeline.receivers', { pipeline: { exporters: ['nop'] } }],
    ['spec.pipeline.exporters[0]', { pipeline: { receivers: ['otlp'], exporters: ['/nop'] } }],
    ['spec.processors.batch', { processors: { batch: 'fast' } }],
  ),
  ...instrumentations(
    ['spec.exporter.endpoint', { exporter: { endpoint: 'gateway:4317' } }],
    ['spec.exporter.endpoint', { exporter: { endpoint: 'http://' } }],
    ['spec.exporter.endpoint', { exporter: { endpoint: 'http://gateway', tls: { ca_file: 'ca.crt' } } }],
    ['spec.exporter.tls.cert_file', { exporter: { tls: { secretName: 'a', cert_file: 'tls.crt' } } }],
    ['spec.exporter.tls.ca_file', { exporter: { tls: { ca_file: '' } } }],
    ['spec.propagators[0]', { propagators: ['w3c'] }],
    ['spec.propagators[1]', { propagators: ['b3', 'b3'] }],
    ['spec.sampler.type', { sampler: { type: 'random' } }],
    ['spec.sampler.argument', { sampler: { type: 'traceidratio', argument: '1.5' } }],
    ['spec.sampler.argument', { sampler: { type: 'parentbased_traceidratio', argument: 'half' } }],
    ['spec.sampler.argument', { sampler: { argument: '0.5' } }],
    ['spec.resource.resourceAttributes', { resource: { resourceAttributes: { 'a,b': 'c' } } }],
    ['spec.resource.resourceAttributes', { resource: { resourceAttributes: { a: 'b,c' } } }],
    ['spec.resource.addK8sUIDAttributes', { resource: { addK8sUIDAttributes: 'yes' } }],
    ['spec.env[0].name', { env: [{ name: '1A', value: 'a' }] }],
    ['spec.env[0].valueFrom', { env: [{ name: 'A', value: 'a', valueFrom: { fieldRef: { fieldPath: 'x' } } }] }],
    ['spec.java.image', { java: { image: 'with space' } }],
    ['spec.java.extensions[0].dir', { java: { extensions: [{ image: 'a', dir: 'relative' }] } }],
    ['spec.java.volumeLimitSize', { java: { volumeLimitSize: 'large' } }],
    ['spec.nodejs.volumeLimitSize', { nodejs: { volumeLimitSize: '1Gi', volumeClaimTemplate: { spec: {} } } }],
    ['spec.nodejs.resourceRequirements.limits.cpu', { nodejs: { resourceRequirements: { limits: { cpu: 'fast' } } } }],
    ['spec.python.env[1]', { python: { env: ['a', 'b'].map((value) => ({ name: 'A', value })) } }],
    ['spec.imagePullPolicy', { imagePullPolicy: 'Sometimes' }],
    ['spec.exporter', { exporter: 'http://gateway:4318' }],
    ['spec.exporter.tls.cert_file', { exporter: { tls: { secretName: 'a', key_file: 'tls.key' } } }],
    ['spec.exporter.tls.secretName', { exporter: { tls: { secretName: '' } } }],
    ['spec.propagators', { propagators: 'b3' }],
    ['spec.sampler.argument', { sampler: { type: 'traceidratio', argument: 0.5 } }],
    ['spec.resource.resourceAttributes', { resource: { resourceAttributes: { '': 'a' } } }],
    ['spec.defaults.useLabelsForResourceAttributes', { defaults: { useLabelsForResourceAttributes: 1 } }],
    ['spec.java.extensions[0].image', { java: { extensions: [{ dir: '/a' }] } }],
    ['spec.java.resources.requests.memory', { java: { resources: { requests: { memory: true } } } }],
    ['spec.python.image', { python: { image: 'Upper' } }],
    ['spec.nodejs.env[0].name', { nodejs: { env: [{ value: 'a' }] } }],
    ['spec.initContainerSecurityContext', { initContainerSecurityContext: 'root' }],
  ),
  ...targetAllocations(
    ['spec.collector', { collector: undefined }],
    ['spec.collector', { collector: 'Upper' }],
    ['spec.collector', { collector: 'c'.repeat(53) }],
    ['spec.strategy', { strategy: 'least-weighted' }],
    ['spec.replicas', { replicas: 0 }],
    ['spec.replicas', { replicas: 11 }],
    ['spec.replicas', { replicas: '2' }],
    ['spec.image', { image: 'with space' }],
    ['spec.image', { image: '' }],
    ['spec.resources.limits.memory', { resources: { limits: { memory: 'much' } } }],
    ['spec.tls.secretName', { tls: {} }],
    ['spec.tls.secretName', { tls: { secretName: 'Upper' } }],
    ['spec.global', { global: '30s' }],
    ['spec.scrapeConfigs', { scrapeConfigs: undefined }],
    ['spec.scrapeConfigs', { scrapeConfigs: undefined, prometheusCR: { enabled: false } }],
    ['spec.prometheusCR.serviceMonitorSelector', { prometheusCR: { enabled: true } }],
    ['spec.prometheusCR.scrapeInterval', { prometheusCR: { scrapeInterval: 'soon' } }],
    [
      'spec.prometheusCR.podMonitorSelector.matchExpressions[0].operator',
      { prometheusCR: { podMonitorSelector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } } },
    ],
    ['spec.prometheusCR.denyNamespaces[0]', { prometheusCR: { denyNamespaces: [''] } }],
    ['spec.scrapeConfigs', { scrapeConfigs: [] }],
    ['spec.scrapeConfigs', { scrapeConfigs: { job_name: 'a' } }],
    ['spec.scrapeConfigs', { scrapeConfigs: Array.from({ length: 101 }, (_, index) => ({ job_name: `${index}` })) }],
    ['spec.scrapeConfigs[0].job_name', { scrapeConfigs: [{ static_configs: [] }] }],
    ['spec.scrapeConfigs[0].job_name', { scrapeConfigs: [{ job_name: '' }] }],
    ['spec.scrapeConfigs[0].job_name', { scrapeConfigs: [{ job_name: 1 }] }],
    ['spec.scrapeConfigs[1]', { scrapeConfigs: ['a', 'a'].map((name) => ({ job_name: name })) }],
  ),
];

/** A change of an object that exists, which the API server refuses. */
export const WRONG_CHANGE = { field: 'spec.mode', change: { spec: { mode: 'statefulset' } } };
