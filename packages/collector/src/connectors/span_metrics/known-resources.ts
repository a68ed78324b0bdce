import {
  ANY_VALUE_FIELDS,
  findField,
  forEachPayload,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  readString,
  WireWriter,
} from '@otelier/otlp';
import { ByteMap, KeyBytes } from '../../component/state/byte-map.ts';
import { CanonicalKey } from '../../component/state/canonical-key.ts';
import { AttributeKey, Ranges } from '../../component/state/span-scan.ts';
import { type Attributes, readAttributes } from './dimensions.ts';
import type { ResourceMetrics } from './resource-metrics.ts';
import type { Series } from './series.ts';

/** A resource, identified by its encoding. */
export interface KnownResource {
  /** The key of its metrics. */
  readonly key: string;
  readonly serviceName: string;
  readonly attributes: Attributes;
  readonly encodedAttributes: Uint8Array;
  metrics: ResourceMetrics | undefined;
  /** The generation of the metrics for which the caches are valid. */
  generation: number;
  /** Series by the encoded span fields that identify them. */
  readonly spans: ByteMap<SpanSeries>;
  /** Series by the encoded span and event fields that identify them. */
  readonly events: ByteMap<Series>;
}

/** The series to which a span belongs. */
export interface SpanSeries {
  readonly calls: Series;
  readonly durations: Series | undefined;
}

/** Caches resources by their encoded bytes. */
export class KnownResources {
  /** Attributes that identify a resource; empty means all. */
  readonly #keyAttributes: ReadonlySet<string>;
  readonly #known = new ByteMap<KnownResource | 'nameless'>();
  readonly #key = new KeyBytes();
  readonly #canonical = new CanonicalKey();
  readonly #ranges = new Ranges();

  constructor(keyAttributes: readonly string[]) {
    this.#keyAttributes = new Set(keyAttributes);
  }

  /** Number of distinct encodings. */
  get size(): number {
    return this.#known.size;
  }

  /** Returns the resource in `[start, end)`, or `undefined` if it has no `service.name`. */
  find(bytes: Uint8Array, start: number, end: number): KnownResource | undefined {
    const key = this.#key.clear().addRange(bytes, start, end);
    let known = this.#known.get(key);
    if (known === undefined) {
      known = this.#read(bytes, start, end) ?? 'nameless';
      this.#known.add(key, known);
    }
    return known === 'nameless' ? undefined : known;
  }

  clear(): void {
    this.#known.clear();
  }

  #read(bytes: Uint8Array, start: number, end: number): KnownResource | undefined {
    const ranges = this.#ranges;
    ranges.clear();
    attributeRanges(bytes, start, end, RESOURCE_FIELDS.attributes, ranges);
    const attributes = readAttributes(bytes, ranges);
    const serviceName = attributes.get('service.name');
    if (serviceName === undefined) return undefined;
    const encodedAttributes = encode(bytes, ranges);
    return {
      key: this.#keyOf(bytes, ranges, encodedAttributes),
      serviceName: textOf(serviceName),
      attributes,
      encodedAttributes,
      metrics: undefined,
      generation: 0,
      spans: new ByteMap(),
      events: new ByteMap(),
    };
  }

  #keyOf(bytes: Uint8Array, ranges: Ranges, all: Uint8Array): string {
    const attributes = this.#keyAttributes.size === 0 ? all : encode(bytes, ranges, this.#keyAttributes);
    return this.#canonical.attributes(attributes, 0, attributes.length, RESOURCE_FIELDS.attributes).finish();
  }
}

/** Adds the `KeyValue` messages in `field` of the message `[start, end)` to `ranges`. */
export function attributeRanges(bytes: Uint8Array, start: number, end: number, field: number, ranges: Ranges): void {
  forEachPayload(bytes, start, end, field, (from, to) => ranges.add(from, to));
}

/** Encodes attributes, optionally only those with the given keys, as they appear in a `Resource`. */
function encode(bytes: Uint8Array, ranges: Ranges, keys?: ReadonlySet<string>): Uint8Array {
  const writer = new WireWriter(256);
  const key = new AttributeKey();
  for (let i = 0; i < ranges.count; i++) {
    key.read(bytes, ranges.start(i), ranges.end(i));
    if (keys !== undefined && !keys.has(readString(bytes, key.start, key.end))) continue;
    writer.bytesField(RESOURCE_FIELDS.attributes, bytes, ranges.start(i), ranges.end(i));
  }
  return writer.finish();
}

/** Returns the string in an `AnyValue`; empty for other kinds, as in the Collector. */
function textOf(value: Uint8Array): string {
  const text = findField(value, 0, value.length, ANY_VALUE_FIELDS.string);
  return text < 0 ? '' : readString(value, payloadStart(value, text), payloadEnd(value, text));
}
