import { AttributeList, type Attributes, UNLIMITED } from './attributes/attribute-list.ts';
import type { Encoded } from './delivery/envelope.ts';
import { encodeResource } from './wire/origin.ts';

/**
 * What telemetry comes from. Attributes may be promises of attributes, as of detection that asks around; those that come
 * later count more. One that rejects, or says nothing for five seconds, adds nothing.
 */
export class Resource implements Encoded {
  /** All of them; `undefined` until they are known. */
  attributes: Attributes | undefined;
  /** The same encoded. */
  bytes: Uint8Array | undefined;
  readonly #sources: readonly ResourceSource[];
  #known: Promise<void> | undefined;

  constructor(...sources: readonly ResourceSource[]) {
    this.#sources = sources;
    const later = sources.filter(isPromise);
    if (later.length === 0) this.#merge(sources as readonly Attributes[]);
    // One that rejects before anything is sent is nobody's error.
    for (const source of later) source.catch(() => {});
  }

  get whenKnown(): Promise<void> {
    this.#known ??= Promise.all(this.#sources.map(settled)).then((attributes) => this.#merge(attributes));
    return this.#known;
  }

  /** This resource with further attributes, which count more. */
  with(source: ResourceSource | undefined): Resource {
    return source === undefined ? this : new Resource(...this.#sources, source);
  }

  #merge(attributes: readonly Attributes[]): void {
    const merged: Attributes = Object.assign({}, ...attributes);
    const list = new AttributeList();
    list.setAll(merged, UNLIMITED);
    this.attributes = merged;
    this.bytes = encodeResource(list);
  }
}

/** Attributes of a resource, now or later. */
export type ResourceSource = Attributes | Promise<Attributes>;

function isPromise(source: ResourceSource): source is Promise<Attributes> {
  return source instanceof Promise;
}

async function settled(source: ResourceSource): Promise<Attributes> {
  const { promise, resolve } = Promise.withResolvers<Attributes>();
  const timer = setTimeout(resolve, DETECTION_MILLIS, {});
  try {
    // Copied here, for looking at them may throw.
    return { ...(await Promise.race([source, promise])) };
  } catch {
    return {};
  } finally {
    clearTimeout(timer);
  }
}

const DETECTION_MILLIS = 5_000;
