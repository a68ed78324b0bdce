import { parseImage, repoDigest } from '../../kubernetes/image-reference.ts';
import { type AttributeBlock, type BlockEncoder, EMPTY_BLOCK } from './attribute-block.ts';
import type { MetadataKey } from './metadata-keys.ts';
import type { ContainerStatus, Pod } from './pod.ts';

/** What is known of a container of a pod. */
export interface ContainerRecord {
  readonly name: string;
  readonly block: AttributeBlock;
  /** The container that runs, and one that ran before if both are known. */
  readonly runs: readonly ContainerRun[];
}

/** One run of a container between restarts. */
export interface ContainerRun {
  readonly id: string;
  readonly restartCount: number;
  /** The attributes of this run. */
  readonly block: AttributeBlock;
}

const CONTAINER_KEYS: readonly MetadataKey[] = [
  'container.id',
  'container.image.name',
  'container.image.repo_digests',
  'container.image.tag',
  'container.image.tags',
  'k8s.container.name',
  'service.instance.id',
  'service.version',
];

/** Returns a function that reads the containers of a pod; none if no attribute needs them. */
export function containerReader(
  keys: ReadonlySet<MetadataKey>,
  encoder: BlockEncoder,
): (pod: Pod) => readonly ContainerRecord[] {
  if (!CONTAINER_KEYS.some((key) => keys.has(key))) return () => [];
  const when = <T>(key: MetadataKey, value: T): T | undefined => (keys.has(key) ? value : undefined);

  const runOf = ({ containerID = '', imageID = '', restartCount = 0 }: ContainerStatus): ContainerRun => {
    const id = containerID.slice(containerID.indexOf('://') < 0 ? 0 : containerID.indexOf('://') + 3);
    const digest = when('container.image.repo_digests', repoDigest(imageID));
    const block = encoder.encode([
      ['container.id', when('container.id', id || undefined)],
      ['container.image.repo_digests', digest === undefined ? undefined : [digest]],
    ]);
    return { id, restartCount, block };
  };

  return ({ metadata, spec = {}, status = {} }) => {
    const images = new Map<string, string | undefined>();
    for (const { name, image } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) images.set(name, image);
    const statuses = new Map<string, ContainerStatus>();
    for (const one of [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])])
      statuses.set(one.name, one);
    const instance = `${metadata.namespace ?? ''}.${metadata.name}`;
    return [...new Set([...images.keys(), ...statuses.keys()])].map((name) => {
      const running = statuses.get(name);
      const image = parseImage(images.get(name) ?? '');
      // As in the Collector, the name and the instance are those of containers with a status.
      const attributes: [string, string | string[] | undefined][] = [
        ['k8s.container.name', running && when('k8s.container.name', name)],
        ['container.image.name', when('container.image.name', image?.name)],
        ['container.image.tag', when('container.image.tag', image?.tag)],
        ['container.image.tags', when('container.image.tags', image && [image.tag])],
        ['service.instance.id', running && when('service.instance.id', `${instance}.${name}`)],
        ['service.version', when('service.version', image?.version)],
      ];
      return { name, block: encoder.encode(attributes), runs: running === undefined ? [] : [runOf(running)] };
    });
  };
}

/** Returns the block of a run that a restart count names, or of the last one. */
export function blockOfRun(runs: readonly ContainerRun[], restartCount: number | undefined): AttributeBlock {
  const run = restartCount === undefined ? runs.at(-1) : runs.find((one) => one.restartCount === restartCount);
  return run?.block ?? EMPTY_BLOCK;
}
