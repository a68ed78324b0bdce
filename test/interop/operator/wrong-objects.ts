/** An object that the API server must refuse, and the field that its message must name. */
export interface WrongObject {
  readonly resource: 'collectors' | 'instrumentations' | 'pipelines';
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

/** A right object, so that only the wrong fields are refused. */
export const RIGHT_COLLECTOR = collector({ config: CONFIG }, 'right');

/** Objects that the API server refuses. */
export const WRONG_OBJECTS: readonly WrongObject[] = [
  { resource: 'collectors', field: 'spec', object: { ...collector({}), spec: undefined } },
  { resource: 'collectors', field: 'metadata.name', object: collector({ config: CONFIG }, 'n'.repeat(53)) },
  { resource: 'collectors', field: 'metadata.name', object: collector({ config: CONFIG }, 'Upper') },
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
    ['spec.mode', { mode: 'sidecar', serviceAccount: 'other' }],
    ['spec.replicas', { mode: 'sidecar', replicas: 2 }],
    ['spec.storage', { mode: 'sidecar', storage: { size: '1Gi' } }],
    ['spec.rollout.strategy', { rollout: { strategy: 'blue-green' } }],
    ['spec.rollout.failAfterSeconds', { rollout: { healthyAfterSeconds: 200 } }],
    ['spec.rollout.healthyAfterSeconds', { rollout: { healthyAfterSeconds: -1 } }],
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
  ),
];
