import { HEALTH_PORT } from '../collector/check-configuration.ts';
import type { Collector } from '../collector/model.ts';
import { containerOf } from '../collector/workload.ts';
import { fieldVariable } from '../instrumentation/environment.ts';
import type { Owner } from '../instrumentation/owners.ts';
import { ATTRIBUTES, NODE_NAME, POD_NAME, POD_UID, writeAttributes } from '../instrumentation/resource-attributes.ts';
import type { Container, Variable, Volume, VolumeMount } from './pod.ts';

/** Name of the container of a sidecar. */
export const SIDECAR = 'otelier-sidecar';

const CONFIGURATION = 'OTELIER_CONFIG';
const USER = 65_532;
const VOLUMES = { [`${SIDECAR}-tmp`]: '/tmp', [`${SIDECAR}-data`]: '/data' };
/** Linux limits each variable of a process to 128 KiB, with its name. */
const MAX_CONFIGURATION_BYTES = 120 << 10;

/** What a sidecar is made of. */
export interface SidecarSources {
  readonly collector: Collector;
  /** The configuration file. */
  readonly text: string;
  /** Image of collectors that name none. */
  readonly image: string;
  readonly namespace: string;
  readonly owners: readonly Owner[];
}

/** Volumes of a sidecar. */
export function sidecarVolumes({ spec }: Collector): readonly Volume[] {
  const own = Object.keys(VOLUMES).map((name) => ({ name, emptyDir: {} }));
  return [...own, ...((spec.volumes ?? []) as readonly Volume[])];
}

/**
 * Returns the container of a sidecar. It starts before the containers of the pod and ends after them, and the pod neither waits
 * for it nor becomes unready with it. The configuration is in a variable, because the pod may be in another namespace.
 * Throws if it is too large for one.
 */
export function sidecarContainer({ collector, text, image, namespace, owners }: SidecarSources): Container {
  const { spec } = collector;
  const container = containerOf(collector, [], spec.image ?? image) as Container;
  const { startupProbe: _, readinessProbe: _unused, ports: _ports, ...rest } = container;
  const compact = JSON.stringify(JSON.parse(text));
  if (Buffer.byteLength(compact) > MAX_CONFIGURATION_BYTES)
    throw new Error(`spec.config: expected at most ${MAX_CONFIGURATION_BYTES} bytes for a sidecar`);
  // A dollar begins a reference to another variable.
  const configuration = { name: CONFIGURATION, value: compact.replaceAll('$', '$$$$') };
  const env = [...(container.env ?? []), ...attributeVariables(container.env ?? [], namespace, owners), configuration];
  const mounts = Object.entries(VOLUMES).map(([name, mountPath]) => ({ name, mountPath }));
  return {
    ...rest,
    name: SIDECAR,
    restartPolicy: 'Always',
    args: ['--config', `env:${CONFIGURATION}`],
    env,
    securityContext: { ...container.securityContext, runAsNonRoot: true, runAsUser: USER, runAsGroup: USER },
    livenessProbe: { ...(container['livenessProbe'] as object), httpGet: { path: '/status', port: HEALTH_PORT } },
    volumeMounts: [...mounts, ...((spec.volumeMounts ?? []) as unknown as readonly VolumeMount[])],
  };
}

/** Attributes of the pod, which `resource_detection` reads, unless the collector sets them. */
function attributeVariables(known: readonly Variable[], namespace: string, owners: readonly Owner[]) {
  if (known.some(({ name }) => name === ATTRIBUTES)) return [];
  const workloads = owners
    .filter(({ kind }) => kind === 'replicaset' || kind === 'deployment')
    .flatMap(({ kind, name, uid }) => [[`k8s.${kind}.name`, name] as const, [`k8s.${kind}.uid`, uid] as const]);
  const attributes = new Map([
    ['k8s.namespace.name', namespace],
    ['k8s.node.name', `$(${NODE_NAME})`],
    ['k8s.pod.name', `$(${POD_NAME})`],
    ['k8s.pod.uid', `$(${POD_UID})`],
    ...workloads,
  ]);
  return [
    fieldVariable(POD_NAME, 'metadata.name'),
    fieldVariable(POD_UID, 'metadata.uid'),
    fieldVariable(NODE_NAME, 'spec.nodeName'),
    { name: ATTRIBUTES, value: writeAttributes(attributes) },
  ];
}
