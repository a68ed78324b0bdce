import type { KubernetesObject } from '../../kubernetes/resource.ts';

/** Returns an object without the list of which manager owns which field: a large part of it, and of no use here. */
export function withoutManagedFields<T extends KubernetesObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & { readonly managedFields?: unknown };
  return { ...object, metadata };
}

/** Returns the version of an object, which grows with each change. */
export function versionOf({ metadata }: KubernetesObject): bigint {
  return BigInt(metadata.resourceVersion ?? 0);
}
