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
 * Computes the identity of metric streams from their encoding, as strings for use as `Map` keys. Two data points have
 * the same key if they have the same resource and scope (name, version, attributes), metric (name, unit, kind,
 * temporality, monotonicity) and attributes, regardless of attribute order. Resource, scope and metric keys are
 * computed once per group in a walk. An instance can be used for several walks, one after the other.
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

  /** Returns the stream key of the data point at the cursor. */
  keyOf(cursor: ItemCursor): string {
    return this.metricKeyOf(cursor) + this.attributesKeyOf(cursor);
  }

  /** Returns the key of the metric at the cursor, including its scope and resource. */
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

  /** Returns the fixed-length key of the scope at the cursor, including its resource. */
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

  /** Returns the fixed-length key of the resource at the cursor. */
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

  /** Returns the key of the data point's attributes, without its metric. */
  attributesKeyOf({ bytes, start, end, dataField }: ItemCursor): string {
    const kind = metricKindOf(dataField) ?? 'gauge';
    return this.#canonical.attributes(bytes, start, end, DATA_POINT_FIELDS[kind].attributes).finish();
  }

  /** Releases the last request so that it can be garbage-collected. Keys stay valid. */
  reset(): void {
    this.#bytes = new Uint8Array();
    this.#resourceStart = -1;
  }
}

/** Returns a digest: resources are long and few, streams are many, so this keeps their keys short. */
function digest(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'latin1');
}
