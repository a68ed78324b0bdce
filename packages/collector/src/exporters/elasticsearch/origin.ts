import {
  findField,
  type MessageView,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  type ResourceView,
  SCOPE_FIELDS,
  type ScopeView,
} from '@otelier/otlp';
import { readMap, readValue } from '../../ottl/values/codec.ts';
import type { Value, ValueMap } from '../../ottl/values/value.ts';

/** A decoded resource. */
export interface Resource {
  readonly attributes: ValueMap;
  readonly schemaUrl: string;
  readonly droppedAttributesCount: number;
}

/** A decoded scope. */
export interface Scope extends Resource {
  readonly name: string;
  readonly version: string;
}

/** The resource and the scope of items. Items of the same group share one, so that what is derived from it is kept. */
export interface Origin {
  readonly resource: Resource;
  readonly scope: Scope;
}

/** Decodes the resource and the scope of each group once. */
export class OriginReader {
  #resourceStart = -1;
  #scopeStart = -1;
  #bytes: Uint8Array | undefined;
  #origin: Origin | undefined;

  /** Returns the origin of an item with these views. */
  read(resource: ResourceView, scope: ScopeView): Origin {
    const isSameResource = this.#bytes === resource.bytes && this.#resourceStart === resource.start;
    if (this.#origin !== undefined && isSameResource && this.#scopeStart === scope.start) return this.#origin;
    const known = isSameResource ? this.#origin?.resource : undefined;
    this.#bytes = resource.bytes;
    this.#resourceStart = resource.start;
    this.#scopeStart = scope.start;
    this.#origin = {
      resource: known ?? {
        attributes: attributesIn(resource, RESOURCE_FIELDS.attributes),
        schemaUrl: resource.schemaUrl,
        droppedAttributesCount: resource.droppedAttributesCount,
      },
      scope: {
        name: scope.name,
        version: scope.version,
        attributes: attributesIn(scope, SCOPE_FIELDS.attributes),
        schemaUrl: scope.schemaUrl,
        droppedAttributesCount: scope.droppedAttributesCount,
      },
    };
    return this.#origin;
  }
}

/** Decodes the attributes in a field of a message, with their types. */
export function attributesIn({ bytes, start, end }: MessageView, field: number): ValueMap {
  return readMap(bytes, start, end, field);
}

/** Decodes the value in a field of a message, with its type. */
export function valueIn({ bytes, start, end }: MessageView, field: number): Value {
  const value = findField(bytes, start, end, field);
  return value < 0 ? undefined : readValue(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
}
