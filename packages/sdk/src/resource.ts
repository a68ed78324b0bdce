import { AttributeList, type Attributes, UNLIMITED } from './attributes/attribute-list.ts';
import type { Encoded } from './delivery/envelope.ts';
import { encodeResource } from './wire/resource-and-scope.ts';

/**
 * The resource of telemetry. Sources may be promises of attributes, such as the result of detection. Later sources
 * override earlier ones. A source that rejects or takes longer than five seconds is ignored.
 */
export class Resource implements Encoded {
  /** The merged attributes, or `undefined` until they are resolved. */
  attributes: Attributes | undefined;
  /** The encoded resource. */
  bytes: Uint8Array | undefined;
  readonly #sources: readonly ResourceSource[];
  #known: Promise<void> | undefined;

  constructor(...sources: readonly ResourceSource[]) {
    this.#sources = sources;
    const later = sources.filter(isPromise);
    if (later.length === 0) this.#merge(sources as readonly Attributes[]);
    // Prevents an unhandled rejection before anything is sent.
    for (const source of later) source.catch(() => {});
  }

  get whenKnown(): Promise<void> {
    this.#known ??= Promise.all(this.#sources.map(settled)).then((attributes) => this.#merge(attributes));
    return this.#known;
  }

  /** Returns a copy of this resource with attributes that override its own. */
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

/** The attributes of a resource, or a promise of them. */
export type ResourceSource = Attributes | Promise<Attributes>;

function isPromise(source: ResourceSource): source is Promise<Attributes> {
  return source instanceof Promise;
}

async function settled(source: ResourceSource): Promise<Attributes> {
  const { promise, resolve } = Promise.withResolvers<Attributes>();
  const timer = setTimeout(resolve, DETECTION_MILLIS, {});
  try {
    // Copied inside `try`, because getters may throw.
    return { ...(await Promise.race([source, promise])) };
  } catch {
    return {};
  } finally {
    clearTimeout(timer);
  }
}

const DETECTION_MILLIS = 5_000;
