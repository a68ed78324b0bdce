import { hash } from 'node:crypto';
import {
  DATA_POINT_FIELDS,
  type ItemCursor,
  METRIC_FIELDS,
  metricKindOf,
  RESOURCE_FIELDS,
  SCOPE_FIELDS,
} from '@otelier/otlp';
import { CanonicalKey } from '../component/state/canonical-key.ts';
import { readIsMonotonic, readTemporality } from './metric-data.ts';

/**
 * Computes the identity of metric streams from wire bytes, as strings for the keys of a `Map`. Two data points have the
 * same key if they have the same resource and scope (name, version, attributes), metric (name, unit, kind, temporality,
 * whether it is monotonic) and attributes, in any order. Keys of resource, scope and metric are computed once per group of
 * a walk. One instance can serve several walks, one after the other.
 */
export class StreamKeys {
  readonly #canonical = new CanonicalKey();
  #bytes: Uint8Array = new Uint8Array();
  #resourceStart = -1;
  #resource = '';
  #scopeStart = -1;
  #scope = '';
  #dataStart = -1;
  #metric = '';

  /** Returns the key of the stream of the data point at the cursor. */
  keyOf(cursor: ItemCursor): string {
    return this.metricKeyOf(cursor) + this.attributesKeyOf(cursor);
  }

  /** Returns the key of the metric at the cursor with its scope and resource. */
  metricKeyOf(cursor: ItemCursor): string {
    const { bytes, metricStart, metricEnd, dataStart, dataField } = cursor;
    const scope = this.scopeKeyOf(cursor);
    if (dataStart === this.#dataStart) return this.#metric;
    this.#dataStart = dataStart;
    this.#canonical
      .number(dataField)
      .number(readTemporality(cursor))
      .number(readIsMonotonic(cursor) ? 1 : 0)
      .field(bytes, metricStart, metricEnd, METRIC_FIELDS.name)
      .field(bytes, metricStart, metricEnd, METRIC_FIELDS.unit);
    this.#metric = scope + this.#canonical.finish();
    return this.#metric;
  }

  /** Returns the key of the scope at the cursor with its resource. Its length is fixed. */
  scopeKeyOf(cursor: ItemCursor): string {
    const { bytes, scopeGroupStart, scopeStart, scopeEnd } = cursor;
    const resource = this.resourceKeyOf(cursor);
    if (scopeGroupStart === this.#scopeStart) return this.#scope;
    this.#scopeStart = scopeGroupStart;
    this.#dataStart = -1;
    this.#canonical
      .field(bytes, scopeStart, scopeEnd, SCOPE_FIELDS.name)
      .field(bytes, scopeStart, scopeEnd, SCOPE_FIELDS.version)
      .attributes(bytes, scopeStart, scopeEnd, SCOPE_FIELDS.attributes);
    this.#scope = digest(Buffer.concat([Buffer.from(resource, 'latin1'), this.#canonical.finishBytes()]));
    return this.#scope;
  }

  /** Returns the key of the resource at the cursor. Its length is fixed. */
  resourceKeyOf({ bytes, resourceGroupStart, resourceStart, resourceEnd }: ItemCursor): string {
    if (bytes === this.#bytes && resourceGroupStart === this.#resourceStart) return this.#resource;
    this.#bytes = bytes;
    this.#resourceStart = resourceGroupStart;
    this.#scopeStart = -1;
    this.#dataStart = -1;
    this.#resource = digest(
      this.#canonical.attributes(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes).finishBytes(),
    );
    return this.#resource;
  }

  /** Returns the key of the attributes of the data point at the cursor, without its metric. */
  attributesKeyOf({ bytes, start, end, dataField }: ItemCursor): string {
    const kind = metricKindOf(dataField) ?? 'gauge';
    return this.#canonical.attributes(bytes, start, end, DATA_POINT_FIELDS[kind].attributes).finish();
  }

  /** Forgets the last request, so that it can be collected. Keys stay valid. */
  reset(): void {
    this.#bytes = new Uint8Array();
    this.#resourceStart = -1;
  }
}

/** Resources are long and few, streams are many: a digest keeps their keys short. */
function digest(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'latin1');
}
