import { createHash } from 'node:crypto';
import { quantityMillis } from '../../kubernetes/quantity.ts';
import type { KubernetesObject } from '../../kubernetes/resource.ts';

/** Returns a short hash of a JSON value, in which the order of keys does not matter. */
export function hashOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex')
    .slice(0, 10);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}

/**
 * Returns a hash of what users can write in an object, without its status, what the server counts, and its type, which items of
 * a list do not have.
 */
export function contentHash(object: KubernetesObject): string {
  const { metadata, apiVersion: _, kind: __, ...rest } = object as KubernetesObject & Record<string, unknown>;
  const { labels, annotations = {}, ownerReferences } = metadata;
  // The controller of deployments counts revisions there.
  const written = Object.entries(annotations).filter(([name]) => name !== 'deployment.kubernetes.io/revision');
  return hashOf({
    ...rest,
    status: undefined,
    metadata: { labels, annotations: Object.fromEntries(written), ownerReferences },
  });
}

/**
 * Reports whether an object has all fields of another one with the same values. The server adds defaults, and leaves out fields
 * that are zero or empty, and writes `1024Mi` as `1Gi`.
 */
export function includes(actual: unknown, desired: unknown): boolean {
  if (desired === undefined) return true;
  if (actual === undefined) return isEmpty(desired);
  if (Array.isArray(desired))
    return (
      Array.isArray(actual) && actual.length === desired.length && desired.every((item, i) => includes(actual[i], item))
    );
  if (typeof desired !== 'object' || desired === null) return actual === desired;
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(desired).every(([key, item]) => {
    const value = (actual as Record<string, unknown>)[key];
    return AMOUNTS.includes(key) ? includes(canonical(value), canonical(item)) : includes(value, item);
  });
}

/** Fields with quantities by name. */
const AMOUNTS = ['limits', 'requests'];

function canonical(amounts: unknown): unknown {
  if (typeof amounts !== 'object' || amounts === null) return amounts;
  return Object.fromEntries(
    Object.entries(amounts).map(([name, amount]) => [name, String(quantityMillis(String(amount)) ?? amount)]),
  );
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return !value;
  return Array.isArray(value) ? value.length === 0 : Object.values(value).every(isEmpty);
}
