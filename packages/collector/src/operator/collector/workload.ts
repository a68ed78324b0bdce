import type { DesiredObject } from '../../kubernetes/object-writer.ts';
import { hashOf } from '../core/content.ts';
import { type CheckedConfiguration, HEALTH_PORT } from './check-configuration.ts';
import type { Collector } from './model.ts';
import { labelsOf, ownerOf, selectorLabels } from './names.ts';

type Json = Readonly<Record<string, unknown>>;

/** What pods run, without which configuration and how many. */
export interface Revision {
  readonly name: string;
  /** The configuration file. */
  readonly text: string;
  readonly template: Json;
}

const CONFIG_DIRECTORY = '/etc/otelier/config';
const USER = 65_532;

const FIELD_VARIABLES = {
  K8S_NODE_NAME: 'spec.nodeName',
  K8S_NODE_IP: 'status.hostIP',
  K8S_POD_NAME: 'metadata.name',
  K8S_POD_IP: 'status.podIP',
  K8S_NAMESPACE: 'metadata.namespace',
};

/** Name of the config map of a revision. */
export function configMapName({ metadata }: Collector, revision: string): string {
  return `${metadata.name}-${revision}`;
}

/** Returns the revision that a collector asks for. Its name is a hash of what pods run. */
export function revisionOf(collector: Collector, checked: CheckedConfiguration, image: string): Revision {
  const template = templateOf(collector, checked, image);
  const name = hashOf({ template, text: checked.text });
  return { name, text: checked.text, template: withConfigMap(template, configMapName(collector, name)) };
}

/** Returns the workload that runs a revision. */
export function workloadOf(collector: Collector, template: Json): DesiredObject {
  const { spec, metadata } = collector;
  const kind = { deployment: 'Deployment', statefulset: 'StatefulSet', daemonset: 'DaemonSet' }[spec.mode];
  const replicas = spec.autoscaler === undefined && spec.mode !== 'daemonset' ? { replicas: spec.replicas ?? 1 } : {};
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace ?? '',
      labels: labelsOf(collector),
      ownerReferences: [ownerOf(collector)],
    },
    spec: {
      ...replicas,
      selector: { matchLabels: selectorLabels(collector) },
      minReadySeconds: spec.rollout.healthyAfterSeconds,
      ...strategyOf(collector),
      template,
    },
  };
}

/** The first pod must be ready for some time before the workload replaces the next one. */
function strategyOf({ spec, metadata }: Collector): Json {
  const isCanary = spec.rollout.strategy === 'canary';
  switch (spec.mode) {
    case 'deployment': {
      const steps = isCanary ? { maxSurge: 1, maxUnavailable: 0 } : { maxSurge: '25%', maxUnavailable: '25%' };
      return { strategy: { type: 'RollingUpdate', rollingUpdate: steps }, progressDeadlineSeconds: 7201 };
    }
    case 'daemonset':
      return { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: isCanary ? 1 : '100%' } } };
    case 'statefulset':
      return {
        serviceName: metadata.name,
        // With ordered starts, a pod that never becomes ready could not be replaced.
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'RollingUpdate' },
        ...claimOf(spec.storage),
      };
  }
}

function claimOf(storage: Collector['spec']['storage']): Json {
  if (storage === undefined) return {};
  const { size, storageClass } = storage;
  const spec = {
    accessModes: ['ReadWriteOnce'],
    ...(storageClass !== undefined && { storageClassName: storageClass }),
    resources: { requests: { storage: String(size) } },
  };
  return { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec }] };
}

function templateOf(collector: Collector, { ports, permissions }: CheckedConfiguration, image: string): Json {
  const { spec, metadata } = collector;
  const optional = {
    nodeSelector: spec.nodeSelector,
    tolerations: spec.tolerations,
    affinity: spec.affinity,
    priorityClassName: spec.priorityClassName,
    imagePullSecrets: spec.imagePullSecrets,
  };
  const volumes = [
    { name: 'config', configMap: { name: '' } },
    { name: 'tmp', emptyDir: {} },
    ...(spec.storage === undefined ? [{ name: 'data', emptyDir: {} }] : []),
    ...(spec.volumes ?? []),
  ];
  return {
    metadata: { labels: { ...spec.podLabels, ...labelsOf(collector) }, annotations: { ...spec.podAnnotations } },
    spec: {
      serviceAccountName: spec.serviceAccount ?? metadata.name,
      automountServiceAccountToken: permissions.length > 0 || spec.serviceAccount !== undefined,
      terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 60,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: USER,
        runAsGroup: USER,
        fsGroup: USER,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [containerOf(collector, ports, spec.image ?? image)],
      volumes,
      ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    },
  };
}

/** Returns the container of a collector. */
export function containerOf({ spec }: Collector, ports: CheckedConfiguration['ports'], image: string): Json {
  const fields = Object.entries(FIELD_VARIABLES).map(([name, fieldPath]) => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  }));
  const probe = { httpGet: { path: '/status', port: 'health' } };
  return {
    name: 'otelier',
    image,
    imagePullPolicy: spec.imagePullPolicy ?? 'IfNotPresent',
    args: ['--config', `${CONFIG_DIRECTORY}/config.yaml`],
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    env: [...fields, ...(spec.env ?? [])],
    ...(spec.envFrom !== undefined && { envFrom: spec.envFrom }),
    ...(spec.resources !== undefined && { resources: spec.resources }),
    ports: [
      ...ports.map(({ name, port, protocol }) => ({ name, containerPort: port, protocol })),
      { name: 'health', containerPort: HEALTH_PORT, protocol: 'TCP' },
    ],
    startupProbe: { ...probe, periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: { ...probe, periodSeconds: 5 },
    livenessProbe: { ...probe, periodSeconds: 30, timeoutSeconds: 10 },
    volumeMounts: [
      { name: 'config', mountPath: CONFIG_DIRECTORY, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'data', mountPath: '/data' },
      ...(spec.volumeMounts ?? []),
    ],
  };
}

function withConfigMap(template: Json, name: string): Json {
  const spec = template['spec'] as { readonly volumes: readonly { readonly name: string }[] };
  const volumes = spec.volumes.map((volume) =>
    volume.name === 'config' ? { ...volume, configMap: { name } } : volume,
  );
  return { ...template, spec: { ...spec, volumes } };
}
