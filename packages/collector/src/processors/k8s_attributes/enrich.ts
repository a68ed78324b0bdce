import { type BatchContext, encodeKey, type RewriteHooks, readAnyValue } from '@otelier/otlp';
import { type AttributeBlock, BlockEncoder, BlockMerger } from './attribute-block.ts';
import type { ClusterMetadata } from './cluster-metadata.ts';
import type { K8sAttributesConfig, Owner } from './config.ts';
import { blockOfRun, type ContainerRecord } from './containers.ts';
import type { PodIndexes } from './pod-indexes.ts';
import type { PodRecord } from './pod-record.ts';

const CONTAINER_NAME = encodeKey('k8s.container.name');
const CONTAINER_ID = encodeKey('container.id');
const RESTART_COUNT = encodeKey('k8s.container.restart_count');
const NAMESPACE_NAME = encodeKey('k8s.namespace.name');
const NODE_NAME = encodeKey('k8s.node.name');

/** Kinds of owners of pods, in the order in which their attributes are added. */
const WORKLOADS: readonly { readonly owner: Owner; readonly kind: string; readonly key: Uint8Array }[] = [
  { owner: 'replicaset', kind: 'ReplicaSet', key: encodeKey('k8s.replicaset.uid') },
  { owner: 'statefulset', kind: 'StatefulSet', key: encodeKey('k8s.statefulset.uid') },
  { owner: 'daemonset', kind: 'DaemonSet', key: encodeKey('k8s.daemonset.uid') },
  { owner: 'job', kind: 'Job', key: encodeKey('k8s.job.uid') },
];
/** Kinds that own those. */
const CONTROLLERS = {
  replicaset: { owner: 'deployment', key: encodeKey('k8s.deployment.uid') },
  job: { owner: 'cronjob', key: encodeKey('k8s.cronjob.uid') },
} as const;

/** Returns hooks that add the attributes of pods to resources. Without metadata, resources stay as they are. */
export function enrichHooks(
  config: K8sAttributesConfig,
  pods: PodIndexes,
  metadata: () => ClusterMetadata | undefined,
): RewriteHooks<BatchContext> {
  const merger = new BlockMerger();
  const encoder = new BlockEncoder();
  const setsPodAddress = config.passthrough || config.extract.metadata.includes('k8s.pod.ip');
  const setsServiceNamespace = config.extract.metadata.includes('service.namespace');
  return {
    resource({ bytes, resourceStart, resourceEnd }, { peer }) {
      const known = metadata();
      merger.reset(bytes, resourceStart, resourceEnd);
      const found = (known?.pods ?? pods).associate(merger, plainAddress(peer));
      if (found.address !== undefined && setsPodAddress) merger.add(encoder.encode([['k8s.pod.ip', found.address]]));
      if (known !== undefined) {
        const pod = found.pod?.isIgnored ? undefined : found.pod;
        addPod(merger, pod, known);
        const namespace = pod?.namespace || merger.text(NAMESPACE_NAME);
        if (namespace !== '') {
          merger.add(known.objects.namespace?.get(namespace)?.block);
          if (setsServiceNamespace) merger.add(encoder.encode([['service.namespace', namespace]]));
        }
        addNode(merger, pod, known);
        addWorkloads(merger, pod, known);
      }
      return merger.finish() ?? 'keep';
    },
  };
}

function addPod(merger: BlockMerger, pod: PodRecord | undefined, { cluster }: ClusterMetadata): void {
  if (pod === undefined) return;
  merger.add(pod.block);
  merger.add(cluster);
  const container = containerOf(merger, pod);
  if (container === undefined) return;
  merger.add(container.block);
  merger.add(runOf(merger, container));
}

/** Returns the container that a resource names, or the only one of the pod. */
function containerOf(merger: BlockMerger, { containers }: PodRecord): ContainerRecord | undefined {
  if (containers.length === 0) return undefined;
  const name = merger.text(CONTAINER_NAME);
  if (name !== '') return containers.find((container) => container.name === name);
  const id = merger.text(CONTAINER_ID);
  if (id !== '') return containers.find(({ runs }) => runs.some((run) => run.id === id));
  const started = containers.filter(({ runs }) => runs.length > 0);
  if (started.length === 1) return started[0];
  return containers.length === 1 ? containers[0] : undefined;
}

/** Returns the attributes of the run that a resource names by its restart count, or of the last run. */
function runOf(merger: BlockMerger, { runs }: ContainerRecord): AttributeBlock | undefined {
  const encoded = merger.value(RESTART_COUNT);
  if (encoded === undefined) return blockOfRun(runs, undefined);
  const value = readAnyValue(encoded, 0, encoded.length);
  const isNumber =
    typeof value === 'bigint' || typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value));
  return isNumber ? blockOfRun(runs, Number(value)) : undefined;
}

function addNode(merger: BlockMerger, pod: PodRecord | undefined, { objects }: ClusterMetadata): void {
  if (objects.node === undefined) return;
  const name = pod?.nodeName || merger.text(NODE_NAME);
  if (name !== '') merger.add(objects.node.get(name)?.block);
}

function addWorkloads(merger: BlockMerger, pod: PodRecord | undefined, { objects }: ClusterMetadata): void {
  for (const { owner, kind, key } of WORKLOADS) {
    const table = objects[owner];
    if (table === undefined) continue;
    const uid = pod?.owners.find((one) => one.kind === kind)?.uid ?? merger.text(key);
    const record = uid === '' ? undefined : table.get(uid);
    merger.add(record?.block);
    if (owner !== 'replicaset' && owner !== 'job') continue;
    const controller = CONTROLLERS[owner];
    const controllers = objects[controller.owner];
    if (controllers !== undefined)
      merger.add(controllers.get(record?.controller ?? merger.text(controller.key))?.block);
  }
}

/** Returns the IPv4 address of a mapped one, as pods have it. */
function plainAddress(peer: string | undefined): string | undefined {
  return peer?.startsWith('::ffff:') && peer.includes('.') ? peer.slice('::ffff:'.length) : peer;
}
