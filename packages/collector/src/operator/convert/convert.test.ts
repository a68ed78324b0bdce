import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@otelier/transport';
import { pino } from 'pino';
import { createKubernetesClient } from '../../kubernetes/client.ts';
import { createObjectWriter } from '../../kubernetes/object-writer.ts';
import type { KubernetesObject } from '../../kubernetes/resource.ts';
import { WritableApiServer } from '../writable-api-server.testing.ts';
import { convertDocuments } from './convert-documents.ts';
import { CONVERT, followForeignCollectors, UNSUPPORTED } from './follow-foreign-collectors.ts';

const CONFIG = {
  receivers: { otlp: { protocols: { grpc: null } } },
  exporters: { debug: null },
  service: { pipelines: { traces: { receivers: ['otlp'], exporters: ['debug'] } } },
};
/** The same with empty objects in the place of nothing. */
const CONVERTED = { ...CONFIG, receivers: { otlp: { protocols: { grpc: {} } } }, exporters: { debug: {} } };

function convert(spec: object, version = 'v1beta1', metadata: object = {}) {
  const object = { apiVersion: `opentelemetry.io/${version}`, kind: 'OpenTelemetryCollector' };
  const text = JSON.stringify({ ...object, metadata: { name: 'gateway', namespace: 'shop', ...metadata }, spec });
  const [result] = convertDocuments(text);
  if (result?.ok !== true) throw new Error(result?.error ?? 'expected an object');
  return { spec: result.object['spec'] as object, metadata: result.object.metadata, unsupported: result.unsupported };
}

test('fields that mean the same are kept', () => {
  const same = {
    mode: 'statefulset',
    imagePullPolicy: 'Always',
    serviceAccount: 'collector',
    env: [{ name: 'A', value: 'a' }],
    envFrom: [{ secretRef: { name: 'b' } }],
    podAnnotations: { c: 'd' },
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    priorityClassName: 'high',
    terminationGracePeriodSeconds: 30,
    volumes: [{ name: 'v', emptyDir: {} }],
    resources: { limits: { memory: '1Gi' } },
    podDisruptionBudget: { maxUnavailable: 1 },
    replicas: 3,
  };
  const metadata = { labels: { team: 'a' }, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } };
  const { affinity: _, ...kept } = same;
  const converted = convert({ ...same, config: CONFIG }, 'v1beta1', metadata);
  assert.deepEqual(converted.spec, { ...kept, config: CONVERTED });
  assert.deepEqual(converted.metadata, { name: 'gateway', namespace: 'shop', labels: { team: 'a' } });
  assert.deepEqual(converted.unsupported, []);
  // What the other operator adds to each object asks for nothing.
  const defaults = {
    managementState: 'managed',
    upgradeStrategy: 'automatic',
    configVersions: 3,
    ingress: { route: {} },
    observability: { metrics: {} },
    targetAllocator: { enabled: false, allocationStrategy: 'consistent-hashing' },
    daemonSetUpdateStrategy: {},
    hostNetwork: false,
  };
  assert.deepEqual(convert({ ...defaults, config: CONFIG }), {
    spec: { mode: 'deployment', config: CONVERTED },
    metadata: { name: 'gateway', namespace: 'shop' },
    unsupported: [],
  });
});

test('fields of another form are converted', () => {
  const text = JSON.stringify(CONFIG);
  assert.deepEqual(convert({ config: text, minReplicas: 2, maxReplicas: 4, replicas: 2 }, 'v1alpha1').spec, {
    mode: 'deployment',
    autoscaler: { minReplicas: 2, maxReplicas: 4 },
    config: CONVERTED,
  });
  assert.deepEqual(convert({ mode: 'daemonset', replicas: 1, config: CONFIG }).spec, {
    mode: 'daemonset',
    config: CONVERTED,
  });
  const autoscaler = { maxReplicas: 5, targetCPUUtilization: 70, behavior: { scaleDown: {} } };
  assert.deepEqual(convert({ autoscaler, config: CONFIG }).spec, {
    mode: 'deployment',
    autoscaler: { maxReplicas: 5, targetCPUUtilization: 70 },
    config: CONVERTED,
  });
  const ports = [
    { name: 'a', port: 80, targetPort: 80 },
    { name: 'b', port: 81, protocol: 'UDP', nodePort: 30_000 },
    { name: 'c', port: 82, protocol: 'SCTP' },
  ];
  const listening = convert({ ports, config: CONFIG });
  assert.deepEqual((listening.spec as { ports?: unknown }).ports, [
    { name: 'a', port: 80, protocol: 'TCP' },
    { name: 'b', port: 81, protocol: 'UDP' },
  ]);
  assert.deepEqual(listening.unsupported, [
    'spec.ports[1].nodePort: only name, port and protocol are passed',
    'spec.ports[2].protocol: expected TCP or UDP, got SCTP',
  ]);
  const claim = {
    metadata: { name: 'queue' },
    spec: { resources: { requests: { storage: '5Gi' } }, storageClassName: 'fast' },
  };
  const stateful = { mode: 'statefulset', volumeClaimTemplates: [claim], config: CONFIG };
  const volumeMounts = [{ name: 'queue', mountPath: '/data' }];
  assert.deepEqual(convert({ ...stateful, volumeMounts }).spec, {
    mode: 'statefulset',
    storage: { size: '5Gi', storageClass: 'fast' },
    volumeMounts: [],
    config: CONVERTED,
  });
  assert.match(convert(stateful).unsupported.join(), /^spec\.volumeClaimTemplates: expected one claim/);
  assert.deepEqual(convert({ configmaps: [{ name: 'files', mountpath: '/rules' }], config: CONFIG }).spec, {
    mode: 'deployment',
    config: CONVERTED,
    volumes: [{ name: 'configmap-files', configMap: { name: 'files' } }],
    volumeMounts: [{ name: 'configmap-files', mountPath: '/var/conf/rules/configmap-files' }],
  });
  const health = { ...CONFIG, extensions: { health_check: null, pprof: null } };
  const checked = convert({
    config: { ...health, service: { ...CONFIG.service, extensions: ['health_check', 'pprof'] } },
  });
  assert.deepEqual((checked.spec as { config?: unknown }).config, {
    ...CONVERTED,
    extensions: { pprof: {} },
    service: { ...CONFIG.service, extensions: ['pprof'] },
  });
  assert.deepEqual(checked.unsupported, [
    'spec.config.extensions.health_check: the operator adds a health check on port 13133',
  ]);
});

test('fields that cannot be converted are named', () => {
  const { unsupported } = convert({
    image: 'other:1',
    managementState: 'unmanaged',
    args: { 'feature-gates': 'x' },
    hostNetwork: true,
    securityContext: { privileged: true },
    targetAllocator: { enabled: true },
    resources: { claims: [{ name: 'gpu' }] },
    futureField: { a: 1 },
    config: CONFIG,
  });
  assert.deepEqual(
    unsupported.map((field) => field.split(':')[0]),
    [
      'spec.resources.claims',
      'spec.managementState',
      'spec.image',
      'spec.targetAllocator',
      'spec.args',
      'spec.futureField',
      'spec.hostNetwork',
      'spec.securityContext',
    ],
  );
  const sidecar = convert({ mode: 'sidecar', replicas: 1, tolerations: [{}, { key: 'a' }], config: CONFIG });
  assert.deepEqual(sidecar.spec, { mode: 'sidecar', config: CONVERTED });
  assert.deepEqual(sidecar.unsupported, ['spec.tolerations: the pod of a sidecar has its own']);
  assert.throws(() => convert({}), /spec\.config: expected a configuration/);
  assert.throws(() => convert({ config: 'a: [' }, 'v1alpha1'), /spec\.config: expected YAML/);
  assert.throws(() => convert({ mode: 'cronjob', config: CONFIG }), /spec\.mode: expected one of/);
  const documents = `a: [\n---\nkind: Service\n---\n${JSON.stringify({
    apiVersion: 'opentelemetry.io/v1alpha1',
    kind: 'Instrumentation',
    metadata: { name: 'plain' },
    spec: { exporter: { endpoint: 'http://a:1' }, go: { env: [{ name: 'A' }] }, dotnet: { image: 'default' } },
  })}`;
  const [broken, instrumentation, ...others] = convertDocuments(documents);
  assert.equal(broken?.ok, false);
  assert.deepEqual(others, []);
  assert.ok(instrumentation?.ok);
  assert.deepEqual(instrumentation.object['spec'], { exporter: { endpoint: 'http://a:1' } });
  assert.deepEqual(instrumentation.unsupported, ['spec.go: the language is not supported']);
});

test('annotated objects are kept as collectors, and named fields reported once', async (t) => {
  const api = await WritableApiServer.start(t);
  const client = createKubernetesClient(api.settings);
  const writer = createObjectWriter(api.settings);
  const logger = pino({ level: 'silent' });
  const following = followForeignCollectors({
    client,
    writer,
    logger,
    clock: systemClock,
    random: () => 0,
    identity: 'a',
  });
  t.after(async () => {
    await following.close();
    client.close();
    writer.close();
  });
  const path = (name: string) => `/apis/otelier.dev/v1alpha1/namespaces/shop/collectors/${name}`;
  const collector = async (name: string) => (await api.get(path(name))) as unknown as KubernetesObject | undefined;
  const set = (name: string, annotations: object, spec: object): void => {
    const metadata = { name, namespace: 'shop', annotations: { ...annotations } };
    api.fake.set('/apis/opentelemetry.io/v1beta1/opentelemetrycollectors', { metadata, spec });
  };
  const until = async (holds: () => Promise<boolean> | boolean): Promise<void> => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const events = (): number => api.writes.filter(({ path: at }) => at.endsWith('/events')).length;
  api.fake.set('/apis/otelier.dev/v1alpha1/collectors', { metadata: { name: 'own', namespace: 'shop' }, spec: {} });
  set('plain', {}, { config: CONFIG });
  set('own', { [CONVERT]: 'true' }, { config: CONFIG });
  set('gateway', { [CONVERT]: 'true' }, { config: CONFIG, args: { a: 'b' } });
  await until(async () => (await collector('gateway')) !== undefined && events() === 2);
  const made = await collector('gateway');
  assert.match(made?.metadata.annotations?.[UNSUPPORTED] ?? '', /^spec\.args: /);
  assert.equal(made?.metadata.ownerReferences?.[0]?.kind, 'OpenTelemetryCollector');
  assert.equal(await collector('plain'), undefined);
  assert.deepEqual((await collector('own'))?.metadata.ownerReferences, undefined);
  // A change follows; without the annotation, the collector is deleted.
  set('gateway', { [CONVERT]: 'true' }, { config: CONFIG, args: { a: 'b' }, replicas: 3 });
  await until(async () => JSON.stringify(await collector('gateway')).includes('"replicas":3'));
  assert.equal(events(), 2);
  set('gateway', {}, { config: CONFIG });
  await until(async () => (await collector('gateway')) === undefined);
});
