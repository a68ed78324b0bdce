import { isIP } from 'node:net';
import { encodeKey } from '@otelier/otlp';
import type { BlockMerger } from './attribute-block.ts';
import type { K8sAttributesConfig } from './config.ts';
import type { PodRecord } from './pod-record.ts';

/** A part of what identifies a pod. */
type Source = K8sAttributesConfig['podAssociation'][number]['sources'][number];

/** Pods by one combination of sources. */
interface Index {
  readonly sources: readonly Source[];
  readonly pods: Map<string, PodRecord>;
}

/** How a resource was associated. */
export interface Association {
  readonly pod: PodRecord | undefined;
  /** The address of the sender, if the resource was associated by one. */
  readonly address: string | undefined;
}

/** Identifiers per pod and index: containers of a pod have one each. */
const MAX_IDENTIFIERS = 100;
const UID: readonly Source[] = [{ from: 'resource_attribute', name: 'k8s.pod.uid' }];
const CONNECTION: readonly Source[] = [{ from: 'connection', name: '' }];
const POD_IP: readonly Source[] = [{ from: 'resource_attribute', name: 'k8s.pod.ip' }];
const SEPARATOR = '\n';

const POD_IP_KEY = encodeKey('k8s.pod.ip');
const IP_KEY = encodeKey('ip');
const HOST_NAME_KEY = encodeKey('host.name');

/** Finds pods by the rules of `pod_association`. */
export class PodIndexes {
  readonly #rules: readonly Rule[];
  readonly #indexes: Index[] = [];
  readonly #connections: Index;

  constructor({ podAssociation }: Pick<K8sAttributesConfig, 'podAssociation'>) {
    this.#rules = podAssociation.map(({ sources }) => new Rule(sources, this.#indexOf(sources)));
    for (const sources of [UID, POD_IP]) this.#indexOf(sources);
    this.#connections = this.#indexOf(CONNECTION);
  }

  /** Returns the identifiers of a pod, by the number of the index. */
  identify(
    pod: Omit<PodRecord, 'identifiers'>,
    attributes: ReadonlyMap<string, string>,
  ): readonly (readonly string[])[] {
    return this.#indexes.map(({ sources }) => identifiersOf(sources, pod, attributes));
  }

  /** Adds a pod or replaces its former record. An identifier that two pods have belongs to the one that started last. */
  set(pod: PodRecord): void {
    pod.identifiers.forEach((identifiers, number) => {
      const { pods } = this.#indexes[number];
      for (const identifier of identifiers) {
        const other = pods.get(identifier);
        const isOlder = pod.startMillis !== undefined && pod.startMillis < (other?.startMillis ?? pod.startMillis);
        if (!isOlder) pods.set(identifier, pod);
      }
    });
  }

  /** Removes the identifiers of a record that still belong to it. Identifiers of `kept` stay with it. */
  remove(pod: PodRecord, kept?: PodRecord): void {
    pod.identifiers.forEach((identifiers, number) => {
      const { pods } = this.#indexes[number];
      for (const identifier of identifiers) {
        if (pods.get(identifier) === pod && !kept?.identifiers[number]?.includes(identifier)) pods.delete(identifier);
      }
    });
  }

  /** Returns the pod of a resource that came from an address. */
  associate(resource: BlockMerger, peer: string | undefined): Association {
    if (this.#rules.length === 0) {
      const address = addressOf(resource, peer);
      return { pod: address === undefined ? undefined : this.#connections.pods.get(address), address };
    }
    for (const rule of this.#rules) {
      const identifier = rule.identifierOf(resource, peer);
      if (identifier !== undefined)
        return { pod: rule.index.pods.get(identifier), address: rule.isByConnection ? peer : undefined };
    }
    return { pod: undefined, address: undefined };
  }

  #indexOf(sources: readonly Source[]): Index {
    const isSame = (other: Index): boolean => JSON.stringify(other.sources) === JSON.stringify(sources);
    const known = this.#indexes.find(isSame);
    if (known !== undefined) return known;
    const created: Index = { sources, pods: new Map() };
    this.#indexes.push(created);
    return created;
  }
}

/** A rule of `pod_association`. */
class Rule {
  readonly index: Index;
  readonly isByConnection: boolean;
  readonly #sources: readonly { readonly key: Uint8Array | undefined; readonly isHostName: boolean }[];

  constructor(sources: readonly Source[], index: Index) {
    this.index = index;
    this.isByConnection = sources.some(({ from }) => from === 'connection');
    this.#sources = sources.map(({ from, name }) => ({
      key: from === 'connection' ? undefined : encodeKey(name),
      isHostName: name === 'host.name',
    }));
  }

  /** Returns the identifier of a resource, or `undefined` if it lacks a source. */
  identifierOf(resource: BlockMerger, peer: string | undefined): string | undefined {
    let identifier = '';
    for (const { key, isHostName } of this.#sources) {
      const value = key === undefined ? (peer ?? '') : resource.text(key);
      // In a cluster, `host.name` can be the address of a pod. Other names identify no pod.
      if (value === '' || (isHostName && isIP(value) === 0)) return undefined;
      identifier = identifier === '' ? value : identifier + SEPARATOR + value;
    }
    return identifier;
  }
}

/** Returns the address that a resource came from: that of an attribute, else that of the sender. */
function addressOf(resource: BlockMerger, peer: string | undefined): string | undefined {
  const named = resource.text(POD_IP_KEY) || resource.text(IP_KEY) || peer;
  if (named) return named;
  const host = resource.text(HOST_NAME_KEY);
  return isIP(host) === 0 ? undefined : host;
}

function identifiersOf(
  sources: readonly Source[],
  pod: Omit<PodRecord, 'identifiers'>,
  attributes: ReadonlyMap<string, string>,
): readonly string[] {
  let identifiers = [''];
  for (const source of sources) {
    const values = valuesOf(source, pod, attributes).filter((value) => value !== '');
    identifiers = identifiers.flatMap((prefix) =>
      values.map((value) => (prefix === '' ? value : prefix + SEPARATOR + value)),
    );
  }
  return identifiers.slice(0, MAX_IDENTIFIERS);
}

function valuesOf(
  { from, name }: Source,
  { namespace, name: podName, uid, address, isHostNetwork, containers }: Omit<PodRecord, 'identifiers'>,
  attributes: ReadonlyMap<string, string>,
): readonly string[] {
  // All pods in the network of a node have the address of the node.
  if (from === 'connection') return isHostNetwork ? [] : [address];
  switch (name) {
    case 'k8s.namespace.name':
      return [namespace];
    case 'k8s.pod.name':
      return [podName];
    case 'k8s.pod.uid':
      return [uid];
    case 'host.name':
    case 'k8s.pod.ip':
      return [address];
    case 'container.id':
      return containers.flatMap(({ runs }) => runs.map(({ id }) => id));
    default:
      return [attributes.get(name) ?? ''];
  }
}
