import type { ObjectMeta } from '../../kubernetes/resource.ts';
import type { Reading, ReadingAttributes } from '../scraping/reading.ts';

/** The metadata that is kept of an object. */
export interface KeptMeta {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly created: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owners: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
}

const NO_LABELS: Readonly<Record<string, string>> = {};

/** Returns the metadata that is kept. */
export function keptMeta(metadata: ObjectMeta): KeptMeta {
  const { uid, name, namespace = '', creationTimestamp = '', labels = NO_LABELS, ownerReferences = [] } = metadata;
  const owners = ownerReferences.map((owner) => ({ kind: owner.kind, name: owner.name, uid: owner.uid }));
  return { uid, name, namespace, created: creationTimestamp, labels, owners };
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Returns the annotations without the copy of the object that kubectl keeps there. */
export function keptAnnotations({ annotations = {} }: ObjectMeta): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !key.startsWith(LAST_APPLIED)));
}

/** Returns a reading, or none for a value that is missing. */
export function reading(
  metric: string,
  value: number | bigint | undefined,
  attributes?: ReadingAttributes,
): readonly Reading[] {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return [];
  return [attributes === undefined ? { metric, value } : { metric, value, attributes }];
}

/** Returns attributes without those that are empty. */
export function present(attributes: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(attributes).filter((entry): entry is [string, string] => !!entry[1]));
}

/** Returns attributes of texts by key, such as labels, below a prefix. */
export function prefixed(prefix: string, texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [`${prefix}.${key}`, text]));
}
