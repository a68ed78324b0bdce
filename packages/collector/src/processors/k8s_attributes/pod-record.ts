import { compilePatterns } from '../../component/pattern.ts';
import type { KubernetesObject, OwnerReference } from '../../kubernetes/resource.ts';
import { type AttributeBlock, type BlockEncoder, EMPTY_BLOCK } from './attribute-block.ts';
import type { K8sAttributesConfig } from './config.ts';
import { type ContainerRecord, containerReader } from './containers.ts';
import { fieldRules } from './field-rules.ts';
import type { MetadataKey } from './metadata-keys.ts';
import { ownerAttributes } from './owners.ts';
import type { Pod } from './pod.ts';

/** What is known of a pod. Immutable: a change of the pod makes a new record. */
export interface PodRecord {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly nodeName: string;
  /** Empty before the pod has one. */
  readonly address: string;
  readonly isHostNetwork: boolean;
  /** When the pod was started, in milliseconds since the Unix epoch; `undefined` before. */
  readonly startMillis: number | undefined;
  readonly owners: readonly Pick<OwnerReference, 'kind' | 'uid'>[];
  /** Whether its telemetry gets no attributes. */
  readonly isIgnored: boolean;
  readonly block: AttributeBlock;
  readonly containers: readonly ContainerRecord[];
  /** Identifiers by the number of their index (`PodIndexes`). */
  readonly identifiers: readonly (readonly string[])[];
}

/** Returns identifiers of a pod from its fields and attributes. */
type Identify = (
  pod: Omit<PodRecord, 'identifiers'>,
  attributes: ReadonlyMap<string, string>,
) => PodRecord['identifiers'];

const IGNORE_ANNOTATION = 'opentelemetry.io/k8s-processor/ignore';
const NAME_LABELS = ['app.kubernetes.io/name', 'app.kubernetes.io/instance'];
const VERSION_LABEL = 'app.kubernetes.io/version';

/** Returns a function that reads pods. */
export function podReader(
  config: K8sAttributesConfig,
  encoder: BlockEncoder,
  identify: Identify,
): (object: KubernetesObject) => PodRecord {
  const keys: ReadonlySet<MetadataKey> = new Set(config.extract.metadata);
  const fields = fieldRules(config, 'pod');
  const isExcluded = compilePatterns(config.exclude.pods.map(({ name }) => name));
  const readOwners = ownerAttributes(config);
  const readContainers = containerReader(keys, encoder);

  const attributesOf = ({ metadata, spec = {}, status = {} }: Pod): Map<string, string> => {
    const { name, namespace = '', uid, creationTimestamp, labels = {}, annotations } = metadata;
    const attributes = new Map<string, string>();
    const put = (key: MetadataKey, value: string | undefined): void => {
      if (value !== undefined && keys.has(key)) attributes.set(key, value);
    };
    put('k8s.pod.name', name);
    put('service.name', name);
    put('k8s.pod.hostname', spec.hostname ?? '');
    put('k8s.pod.ip', status.podIP ?? '');
    put('k8s.namespace.name', namespace);
    put('service.namespace', namespace);
    put('k8s.pod.start_time', creationTimestamp);
    put('k8s.pod.uid', uid);
    readOwners(metadata, put);
    put('k8s.node.name', spec.nodeName ?? '');
    fields.labels(labels, attributes);
    for (const label of NAME_LABELS) put('service.name', labels[label]);
    put('service.version', labels[VERSION_LABEL]);
    // After the labels, so that annotations for OpenTelemetry win over them.
    fields.annotations(annotations, attributes);
    return attributes;
  };

  return (object) => {
    const pod: Pod = object;
    const { metadata, spec = {}, status = {} } = pod;
    const isIgnored =
      metadata.annotations?.[IGNORE_ANNOTATION]?.trim().toLowerCase() === 'true' || isExcluded(metadata.name);
    const attributes = isIgnored ? new Map<string, string>() : attributesOf(pod);
    const startMillis = Date.parse(status.startTime ?? '');
    const record = {
      uid: metadata.uid,
      name: metadata.name,
      namespace: metadata.namespace ?? '',
      nodeName: spec.nodeName ?? '',
      address: status.podIP ?? '',
      isHostNetwork: spec.hostNetwork === true,
      startMillis: Number.isNaN(startMillis) ? undefined : startMillis,
      owners: (metadata.ownerReferences ?? []).map(({ kind, uid }) => ({ kind, uid })),
      isIgnored,
      // Empty texts are attributes that the pod does not have yet.
      block: isIgnored ? EMPTY_BLOCK : encoder.encode(withoutEmpty(attributes)),
      containers: isIgnored ? [] : readContainers(pod),
    };
    return { ...record, identifiers: identify(record, attributes) };
  };
}

function* withoutEmpty(attributes: ReadonlyMap<string, string>): Generator<readonly [string, string]> {
  for (const entry of attributes) if (entry[1] !== '') yield entry;
}
