import { quantityCpus, quantityValue } from '../../kubernetes/quantity.ts';
import { valueAt } from '../scraping/json-paths.ts';

/** Requests and limits of a pod or container; 0 without. */
export interface ResourceLimits {
  readonly cpuRequest: number;
  readonly cpuLimit: number;
  readonly memoryRequest: number;
  readonly memoryLimit: number;
}

/** What the list of pods has about a pod. */
export interface PodDetails {
  readonly limits: ResourceLimits;
  readonly containers: ReadonlyMap<string, ResourceLimits>;
  /** IDs of containers by name, without the runtime in front. */
  readonly containerIds: ReadonlyMap<string, string>;
  /** Volumes of the specification by name. */
  readonly volumes: ReadonlyMap<string, unknown>;
}

/** Reads the list of pods of a kubelet. Pods are found by UID. */
export function readPodDetails(document: object): ReadonlyMap<string, PodDetails> {
  const items = elementsAt(document, 'items');
  return new Map(items.map((pod) => [textAt(pod, 'metadata.uid'), detailsOf(pod)]));
}

function detailsOf(pod: unknown): PodDetails {
  const containers = new Map(
    elementsAt(pod, 'spec.containers').map((container) => [textAt(container, 'name'), limitsOf(container)]),
  );
  const statuses = [...elementsAt(pod, 'status.containerStatuses'), ...elementsAt(pod, 'status.initContainerStatuses')];
  return {
    limits: sumOf([...containers.values()]),
    containers,
    containerIds: new Map(
      statuses
        .map((status) => [textAt(status, 'name'), textAt(status, 'containerID').replace(/^[\w-]+:\/\//, '')] as const)
        .filter(([, id]) => id !== ''),
    ),
    volumes: new Map(elementsAt(pod, 'spec.volumes').map((volume) => [textAt(volume, 'name'), volume])),
  };
}

const NONE: ResourceLimits = { cpuRequest: 0, cpuLimit: 0, memoryRequest: 0, memoryLimit: 0 };

function limitsOf(container: unknown): ResourceLimits {
  const cpus = (path: string): number => quantityCpus(valueAt(container, `resources.${path}.cpu`)) ?? 0;
  const bytes = (path: string): number => Number(quantityValue(valueAt(container, `resources.${path}.memory`)) ?? 0n);
  return {
    cpuRequest: cpus('requests'),
    cpuLimit: cpus('limits'),
    memoryRequest: bytes('requests'),
    memoryLimit: bytes('limits'),
  };
}

/** A pod has a limit if all of its containers have one. */
function sumOf(containers: readonly ResourceLimits[]): ResourceLimits {
  const sum = (of: keyof ResourceLimits): number =>
    containers.every((limits) => limits[of] > 0) ? containers.reduce((total, limits) => total + limits[of], 0) : 0;
  if (containers.length === 0) return NONE;
  return {
    cpuRequest: sum('cpuRequest'),
    cpuLimit: sum('cpuLimit'),
    memoryRequest: sum('memoryRequest'),
    memoryLimit: sum('memoryLimit'),
  };
}

/** Returns the elements of the list below a path. */
export function elementsAt(document: unknown, path: string): readonly unknown[] {
  const value = valueAt(document, path);
  return Array.isArray(value) ? value : [];
}

/** Returns the text below a path, or an empty one. */
export function textAt(document: unknown, path: string): string {
  const value = valueAt(document, path);
  return typeof value === 'string' ? value : '';
}

/** Types of volumes of pods without further attributes, by their field in the specification. */
const VOLUME_TYPES = ['configMap', 'downwardAPI', 'emptyDir', 'secret', 'hostPath'];

/** Returns the attributes of a volume of a pod. */
export function volumeAttributes(volume: unknown): Readonly<Record<string, string>> {
  const type = VOLUME_TYPES.find((one) => hasMember(volume, one));
  if (type !== undefined) return { 'k8s.volume.type': type };
  const claim = 'persistentVolumeClaim';
  if (!hasMember(volume, claim)) return diskAttributes(volume);
  return { 'k8s.volume.type': claim, 'k8s.persistentvolumeclaim.name': textAt(volume, `${claim}.claimName`) };
}

/** Returns the attributes of a volume that a claim is bound to, which replace those of the claim; none for other types. */
export function boundVolumeAttributes(spec: unknown): Readonly<Record<string, string>> {
  return hasMember(spec, 'local') ? { 'k8s.volume.type': 'local' } : diskAttributes(spec);
}

function diskAttributes(volume: unknown): Readonly<Record<string, string>> {
  const disk = DISKS.find(([field]) => hasMember(volume, field));
  if (disk === undefined) return {};
  const [field, attributes] = disk;
  return { 'k8s.volume.type': field, ...attributes(valueAt(volume, field)) };
}

function hasMember(document: unknown, name: string): boolean {
  return (valueAt(document, name) ?? undefined) !== undefined;
}

type VolumeAttributes = (source: unknown) => Readonly<Record<string, string>>;

const DISKS: readonly (readonly [field: string, attributes: VolumeAttributes])[] = [
  ['awsElasticBlockStore', (source) => ({ 'aws.volume.id': textAt(source, 'volumeID'), ...partition(source) })],
  ['gcePersistentDisk', (source) => ({ 'gce.pd.name': textAt(source, 'pdName'), ...partition(source) })],
  [
    'glusterfs',
    (source) => ({ 'glusterfs.endpoints.name': textAt(source, 'endpoints'), 'glusterfs.path': textAt(source, 'path') }),
  ],
];

function partition(source: unknown): Readonly<Record<string, string>> {
  const number = valueAt(source, 'partition');
  return { 'fs.type': textAt(source, 'fsType'), partition: typeof number === 'number' ? String(number) : '0' };
}
