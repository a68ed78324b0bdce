import type { Container, Namespace, Pod } from '../webhook/pod.ts';
import { type Environment, variableOf } from './environment.ts';
import { imageVersion } from './image-version.ts';
import type { Instrumentation } from './model.ts';
import type { Owner } from './owners.ts';

/** What attributes are made of. */
export interface AttributeSources {
  readonly instrumentation: Instrumentation;
  readonly pod: Pod;
  readonly namespace: Namespace;
  readonly owners: readonly Owner[];
}

/** The variable with the attributes. */
export const ATTRIBUTES = 'OTEL_RESOURCE_ATTRIBUTES';
/** Variables with fields of the pod that are not known before it is created. */
export const POD_NAME = 'OTEL_RESOURCE_ATTRIBUTES_POD_NAME';
export const POD_UID = 'OTEL_RESOURCE_ATTRIBUTES_POD_UID';
export const NODE_NAME = 'OTEL_RESOURCE_ATTRIBUTES_NODE_NAME';

/** Annotations whose names end in an attribute. */
const ANNOTATION = 'resource.opentelemetry.io/';
const NAME_LABELS = ['app.kubernetes.io/instance', 'app.kubernetes.io/name'];
const VERSION_LABELS = ['app.kubernetes.io/version'];
/** Workloads that name a service, the first one first. */
const NAMING = ['deployment', 'replicaset', 'statefulset', 'daemonset', 'cronjob', 'job'];

/** Returns the attributes of a container that it does not set itself, without those that fields of the pod give. */
export function attributesOf(sources: AttributeSources, container: Container): Map<string, string> {
  const { instrumentation, pod, namespace, owners } = sources;
  const { resourceAttributes = {}, addK8sUIDAttributes: hasUids = false } = instrumentation.spec.resource ?? {};
  const existing = existingAttributes(container.env ?? []);
  const attributes = new Map<string, string>();
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '' && !existing.has(name)) attributes.set(name, value);
  };
  for (const [name, value] of Object.entries(resourceAttributes)) set(name, value);
  set('k8s.namespace.name', namespace.metadata.name);
  set('k8s.container.name', container.name);
  set('k8s.pod.name', pod.metadata?.name);
  set('k8s.pod.uid', pod.metadata?.uid);
  set('k8s.node.name', pod.spec.nodeName);
  set(
    'service.instance.id',
    annotated(pod, 'service.instance.id') ?? `${namespace.metadata.name}.$(${POD_NAME}).${container.name}`,
  );
  for (const { kind, name, uid } of owners) {
    set(`k8s.${kind}.name`, name);
    if (hasUids) set(`k8s.${kind}.uid`, uid);
  }
  for (const [name, value] of Object.entries(pod.metadata?.annotations ?? {})) {
    const attribute = name.startsWith(ANNOTATION) ? name.slice(ANNOTATION.length) : '';
    if (attribute !== '' && attribute !== 'service.name') set(attribute, value);
  }
  set('service.namespace', annotated(pod, 'service.namespace') ?? namespace.metadata.name);
  return attributes;
}

/** Returns the name of the service of a container. */
export function serviceName(sources: AttributeSources, attributes: ReadonlyMap<string, string>, container: Container) {
  const named = annotated(sources.pod, 'service.name') ?? labeled(sources, NAME_LABELS);
  const workloads = NAMING.map((kind) => attributes.get(`k8s.${kind}.name`));
  return [named, ...workloads, attributes.get('k8s.pod.name')].find((name) => name !== undefined) ?? container.name;
}

/** Returns the version of the service of a container: what the pod says, or that of the image. */
export function serviceVersion(sources: AttributeSources, { image = '' }: Container): string | undefined {
  return annotated(sources.pod, 'service.version') ?? labeled(sources, VERSION_LABELS) ?? imageVersion(image);
}

/** Writes attributes as a variable has them, in the order of their names. */
export function writeAttributes(attributes: ReadonlyMap<string, string>): string {
  return [...attributes.keys()]
    .sort()
    .map((name) => `${name}=${attributes.get(name)}`)
    .join(',');
}

function existingAttributes(environment: Environment): ReadonlySet<string> {
  const pairs = (variableOf(environment, ATTRIBUTES)?.value ?? '').split(',').map((pair) => pair.trim().split('='));
  return new Set(pairs.filter(({ length }) => length === 2).map(([name = '']) => name));
}

function annotated({ metadata }: Pod, attribute: string): string | undefined {
  return metadata?.annotations?.[ANNOTATION + attribute] || undefined;
}

function labeled({ instrumentation, pod }: AttributeSources, names: readonly string[]): string | undefined {
  if (instrumentation.spec.defaults?.useLabelsForResourceAttributes !== true) return undefined;
  return names.map((name) => pod.metadata?.labels?.[name]).find(Boolean);
}
