import type { KubernetesObject } from '../../kubernetes/resource.ts';

/** Returns `namespace/name`. */
export function keyOf({ metadata }: Pick<KubernetesObject, 'metadata'>): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/**
 * Deletes an object from a map by key, unless another one has its name, and returns whether it was there. A watch that has missed
 * changes reports an object that was created again before the removal of the first one.
 */
export function deleteSame<T extends KubernetesObject>(objects: Map<string, T>, object: T): boolean {
  const key = keyOf(object);
  return objects.get(key)?.metadata.uid === object.metadata.uid && objects.delete(key);
}
