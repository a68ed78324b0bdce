import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { KubernetesObject } from '../../../packages/collector/src/kubernetes/resource.ts';
import { instrumentationInjector } from '../../../packages/collector/src/operator/instrumentation/inject-instrumentation.ts';
import { LANGUAGES, resourcesOf } from '../../../packages/collector/src/operator/instrumentation/languages.ts';
import type { Instrumentation } from '../../../packages/collector/src/operator/instrumentation/model.ts';
import type { Pod } from '../../../packages/collector/src/operator/webhook/pod.ts';

/** A pod that is created, and what exists then. */
export interface Shape {
  readonly name: string;
  /** Why the result is different from that of the OpenTelemetry operator. */
  readonly difference?: string;
  /** Annotations of the namespace. */
  readonly namespace?: Readonly<Record<string, string>>;
  readonly objects: readonly KubernetesObject[];
  readonly pod: Pod;
}

/** What an operator makes of a pod: the pod, or why nothing was injected. */
export interface Result {
  readonly name: string;
  readonly pod?: unknown;
  readonly error?: string;
}

export const NAMESPACE = 'shop';
const SHAPES = join(import.meta.dirname, 'shapes.yaml');

/** Reads the shapes. */
export async function readShapes(): Promise<readonly Shape[]> {
  const { cases } = parse(await readFile(SHAPES, 'utf8')) as { readonly cases: readonly Shape[] };
  return cases;
}

/** Returns the namespace of a shape. */
export function namespaceOf({ namespace }: Shape): KubernetesObject {
  return { metadata: { name: NAMESPACE, uid: '', ...(namespace !== undefined && { annotations: namespace }) } };
}

/** Returns the shape as the program reads it that runs the code of the OpenTelemetry operator. */
export function peerCase(shape: Shape): object {
  return { name: shape.name, namespace: namespaceOf(shape), pod: shape.pod, objects: shape.objects.map(peerObject) };
}

/** The webhook of the OpenTelemetry operator adds images and resources when objects are created; this one does not store them. */
function peerObject(object: KubernetesObject): object {
  if (object.kind !== 'Instrumentation') return object;
  const instrumentation = object as Instrumentation;
  const languages = LANGUAGES.map((language) => {
    const known = instrumentation.spec[language.name];
    const resources = resourcesOf(language, instrumentation);
    const field = language.name === 'java' ? 'resources' : 'resourceRequirements';
    return [language.name, { image: language.image, ...known, [field]: resources }] as const;
  });
  const spec = { ...instrumentation.spec, ...Object.fromEntries(languages) };
  return { ...object, apiVersion: 'opentelemetry.io/v1alpha1', spec };
}

/** Injects into a pod as the webhook does. */
export async function inject({ pod, objects, ...shape }: Shape): Promise<{ pod: Pod; warnings: readonly string[] }> {
  const instrumentations = new Map(
    objects
      .filter(({ kind }) => kind === 'Instrumentation')
      .map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one as Instrumentation]),
  );
  const injector = instrumentationInjector({
    client: {
      async get(_, name) {
        const found = objects.find(({ kind, metadata }) => kind !== 'Instrumentation' && metadata.name === name);
        if (found === undefined) throw new Error('not found');
        return found;
      },
    },
    instrumentations: async () => instrumentations,
  });
  try {
    return await injector(pod, namespaceOf({ pod, objects, ...shape }), new AbortController().signal);
  } catch (error) {
    return { pod, warnings: [(error as Error).message] };
  }
}

/** Removes what Go writes for fields that are not set, and variables that it repeats. */
export function normalized(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => normalized(item)).filter((item) => item !== undefined);
    const isFirst = (name: unknown, i: number) => !items.slice(0, i).some((other) => nameOf(other) === name);
    const kept = key === 'env' ? items.filter((item, i) => isFirst(nameOf(item), i)) : items;
    return kept.length === 0 ? undefined : kept;
  }
  if (typeof value !== 'object' || value === null) return value === null || value === '' ? undefined : value;
  const entries = Object.entries(value)
    .map(([name, item]) => [name, normalized(item, name)] as const)
    .filter(([, item]) => item !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function nameOf(item: unknown): unknown {
  return (item as { readonly name?: unknown }).name;
}
