import {
  AttributeEditor,
  DATA_POINT_FIELDS,
  EncodedAttribute,
  editAttributes,
  findField,
  forEachItem,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  METRIC_FIELDS,
  metricKindOf,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  SCOPE_FIELDS,
  type Signal,
  SPAN_FIELDS,
  Splices,
} from '@otelier/otlp';
import { CanonicalKey } from '../../component/state/canonical-key.ts';
import { type EncodedAttributes, readEncodedAttributes } from '../../metrics/encoded-attributes.ts';
import { type Chunk, type MetricGroup, type ResourceGroup, type ScopeGroup, writeGroups } from './groups.ts';

/**
 * Merges the parts of a batch into one request in which each resource, and each scope within it, occurs once.
 * Attributes with the given keys move from the items to their resources.
 */
export function regroup(signal: Signal, parts: readonly Uint8Array[], keys: readonly Uint8Array[]): Uint8Array {
  const regrouping = new Regrouping(signal, keys);
  for (const part of parts) forEachItem(signal, part, (cursor) => regrouping.add(cursor));
  return writeGroups(signal, regrouping.groups.values());
}

const ATTRIBUTES: Readonly<Partial<Record<Signal, (dataField: number) => number>>> = {
  traces: () => SPAN_FIELDS.attributes,
  logs: () => LOG_RECORD_FIELDS.attributes,
  metrics: (dataField) => DATA_POINT_FIELDS[metricKindOf(dataField) ?? 'gauge'].attributes,
};

class Regrouping {
  /** Resource groups, by the canonical form of their attributes. */
  readonly groups = new Map<string, ResourceGroup>();
  readonly #keys: readonly Uint8Array[];
  readonly #attributesField: (dataField: number) => number;
  readonly #canonical = new CanonicalKey();
  readonly #editor = new AttributeEditor();
  readonly #splices = new Splices();
  #bytes: Uint8Array = new Uint8Array();
  #resourceStart = -1;
  #scopeStart = -1;
  #dataStart = -1;
  #scopeKey = '';
  #metricKey = '';
  /** Groups for the current resource, by the values that move to it. */
  readonly #ofResource = new Map<string, ResourceGroup>();

  constructor(signal: Signal, keys: readonly Uint8Array[]) {
    this.#keys = keys;
    this.#attributesField = ATTRIBUTES[signal] ?? (() => 0);
  }

  add(cursor: ItemCursor): void {
    this.#enter(cursor);
    const moved = this.#movedValues(cursor);
    let resource = this.#ofResource.get(moved);
    if (resource === undefined) {
      resource = this.#groupOf(cursor);
      this.#ofResource.set(moved, resource);
    }
    const scope = this.#scopeOf(cursor, resource);
    const items = cursor.dataField === 0 ? scope.items : this.#metricOf(cursor, scope).points;
    items.push(this.#withoutMoved(cursor));
  }

  /** Updates the keys of the cursor's groups that have changed. */
  #enter({ bytes, resourceGroupStart, scopeGroupStart, scopeStart, scopeEnd, ...rest }: ItemCursor): void {
    if (bytes !== this.#bytes || resourceGroupStart !== this.#resourceStart) {
      this.#bytes = bytes;
      this.#resourceStart = resourceGroupStart;
      this.#scopeStart = -1;
      this.#ofResource.clear();
    }
    if (scopeGroupStart !== this.#scopeStart) {
      this.#scopeStart = scopeGroupStart;
      this.#dataStart = -1;
      this.#canonical
        .field(bytes, scopeStart, scopeEnd, SCOPE_FIELDS.name)
        .field(bytes, scopeStart, scopeEnd, SCOPE_FIELDS.version);
      this.#scopeKey = this.#canonical.finish();
    }
    const { dataStart, dataField, metricStart, metricEnd } = rest;
    if (dataField === 0 || dataStart === this.#dataStart) return;
    this.#dataStart = dataStart;
    this.#canonical.number(dataField).field(bytes, metricStart, metricEnd, METRIC_FIELDS.name);
    this.#metricKey = this.#canonical.finish();
  }

  /** Returns a string that identifies the values that move to the resource. */
  #movedValues({ bytes, start, end, dataField }: ItemCursor): string {
    if (this.#keys.length === 0) return '';
    this.#editor.reset(bytes, start, end, this.#attributesField(dataField));
    let moved = '';
    for (const [index, key] of this.#keys.entries()) {
      const range = this.#editor.value(key);
      if (range === undefined) continue;
      const { bytes: source, start: from, end: to } = range;
      moved += `${index}:${to - from}:${Buffer.from(source.buffer, source.byteOffset + from, to - from).toString('latin1')}`;
    }
    return moved;
  }

  /** Returns the group for the item's resource and the values that move to it. */
  #groupOf({ bytes, resourceStart, resourceEnd }: ItemCursor): ResourceGroup {
    const range = { bytes, start: resourceStart, end: resourceEnd };
    const changed = editAttributes(range, RESOURCE_FIELDS.attributes, (editor) => {
      for (const key of this.#keys) {
        const value = this.#editor.value(key);
        if (value !== undefined) editor.set(EncodedAttribute.ofRaw(key, value.bytes, value.start, value.end));
      }
    });
    const attributes: EncodedAttributes =
      changed === undefined
        ? readEncodedAttributes(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes)
        : readEncodedAttributes(changed, 0, changed.length, RESOURCE_FIELDS.attributes);
    const key = this.#canonical.attributes(attributes, 0, attributes.length, RESOURCE_FIELDS.attributes).finish();
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { resource: attributes, scopes: new Map() };
      this.groups.set(key, group);
    }
    return group;
  }

  #scopeOf({ bytes, scopeStart, scopeEnd }: ItemCursor, { scopes }: ResourceGroup): ScopeGroup {
    let scope = scopes.get(this.#scopeKey);
    if (scope === undefined) {
      scope = { scope: { bytes, start: scopeStart, end: scopeEnd }, items: [], metrics: new Map() };
      scopes.set(this.#scopeKey, scope);
    }
    return scope;
  }

  #metricOf({ bytes, metricStart, metricEnd, dataField }: ItemCursor, { metrics }: ScopeGroup): MetricGroup {
    let group = metrics.get(this.#metricKey);
    if (group === undefined) {
      const value = findField(bytes, metricStart, metricEnd, dataField);
      group = {
        metric: { bytes, start: metricStart, end: metricEnd },
        dataField,
        data: { bytes, start: payloadStart(bytes, value), end: payloadEnd(bytes, value) },
        points: [],
      };
      metrics.set(this.#metricKey, group);
    }
    return group;
  }

  /** Returns the item without the moved attributes. */
  #withoutMoved({ bytes, start, end }: ItemCursor): Chunk {
    if (this.#keys.length === 0) return { bytes, start, end };
    for (const key of this.#keys) this.#editor.delete(key);
    this.#splices.clear();
    if (!this.#editor.record(this.#splices)) return { bytes, start, end };
    const changed = this.#splices.apply(bytes, start, end);
    return { bytes: changed, start: 0, end: changed.length };
  }
}
