import type { DesiredObject } from '../../kubernetes/object-writer.ts';

export type Json = Readonly<Record<string, unknown>>;

/** An object as the OpenTelemetry operator reads it, of which nothing was checked. */
export interface ForeignObject {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: Json & { readonly name?: string; readonly namespace?: string };
  readonly spec?: Json;
}

/** The result of a conversion. */
export interface Converted {
  readonly object: DesiredObject;
  /** Fields that are not in the object, with the reason: `spec.args: …`. */
  readonly unsupported: readonly string[];
}

/** Collects what is not converted. */
export class Unsupported {
  readonly #fields: string[] = [];

  add(path: string, reason: string): void {
    this.#fields.push(`${path}: ${reason}`);
  }

  get fields(): readonly string[] {
    return this.#fields;
  }
}

/** Reports whether a value asks for nothing: it is missing, false, empty, or an object of such values. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '' || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.values(value).every(isEmpty);
}

/** Returns an object; anything else counts as an empty one. */
export function fieldsOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** Returns the metadata that a converted object keeps. */
export function metadataOf({ metadata = {} }: ForeignObject): DesiredObject['metadata'] {
  const { name = '', namespace } = metadata;
  const labels = fieldsOf(metadata['labels']) as Readonly<Record<string, string>>;
  const annotations = Object.entries(fieldsOf(metadata['annotations'])).filter(
    ([key]) => !/^(kubectl\.kubernetes\.io|instrumentation\.opentelemetry\.io|otelier\.dev)\//.test(key),
  ) as [string, string][];
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(!isEmpty(labels) && { labels }),
    ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
  };
}
