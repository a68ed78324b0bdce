import { forEachPayload, RESOURCE_FIELDS } from '@otelier/otlp';
import { ByteMap, KeyBytes } from '../../component/state/byte-map.ts';
import { Ranges } from '../../component/state/span-scan.ts';
import { WantedAttributes } from './wanted-attributes.ts';

/** The properties of a resource that the graph needs. */
export interface KnownService {
  readonly name: string;
  /** Attribute values as strings. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** Caches services by the encoded bytes of their resource. */
export class KnownServices {
  readonly #names: readonly string[];
  readonly #wanted: WantedAttributes;
  readonly #known = new ByteMap<KnownService | 'nameless'>();
  readonly #key = new KeyBytes();
  readonly #ranges = new Ranges();

  /** `names` are the resource attributes that the graph reads. */
  constructor(names: Iterable<string>) {
    this.#names = [...new Set(names), SERVICE_NAME];
    this.#wanted = new WantedAttributes(this.#names);
  }

  /** Returns the service for the resource in `[start, end)`, or `undefined` if it has no `service.name`. */
  find(bytes: Uint8Array, start: number, end: number): KnownService | undefined {
    const key = this.#key.clear().addRange(bytes, start, end);
    let known = this.#known.get(key);
    if (known === undefined) {
      if (this.#known.size >= MAX_RESOURCES) this.#known.clear();
      known = this.#read(bytes, start, end) ?? 'nameless';
      this.#known.add(key, known);
    }
    return known === 'nameless' ? undefined : known;
  }

  #read(bytes: Uint8Array, start: number, end: number): KnownService | undefined {
    this.#ranges.clear();
    forEachPayload(bytes, start, end, RESOURCE_FIELDS.attributes, (from, to) => this.#ranges.add(from, to));
    this.#wanted.find(bytes, this.#ranges);
    const name = this.#wanted.text(SERVICE_NAME);
    if (name === undefined) return undefined;
    const attributes = new Map<string, string>();
    for (const each of this.#names) {
      const text = this.#wanted.text(each);
      if (text !== undefined) attributes.set(each, text);
    }
    return { name, attributes };
  }
}

const SERVICE_NAME = 'service.name';
/** Bounds memory, because resources can differ in attributes such as process IDs. */
const MAX_RESOURCES = 10_000;
