import type { ObservedEndpoint } from './endpoint.ts';

/** Receives the changes of a set of endpoints. Must not throw. */
export interface EndpointListener {
  /** An endpoint was added or has changed. */
  set(endpoint: ObservedEndpoint): void;
  /** An endpoint was removed. */
  removed(id: string): void;
}

/** The endpoints that an observer reports: what its extension offers. */
export class EndpointSet {
  readonly #bySource = new Map<string, ReadonlyMap<string, KnownEndpoint>>();
  readonly #listeners = new Set<EndpointListener>();

  /** Reports all endpoints to a listener, then their changes until the returned function is called. */
  observe(listener: EndpointListener): () => void {
    for (const known of this.#bySource.values()) for (const { endpoint } of known.values()) listener.set(endpoint);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Replaces the endpoints of a source, such as a pod. Endpoints that are the same as before are not reported. */
  replace(source: string, endpoints: readonly ObservedEndpoint[]): void {
    const before = this.#bySource.get(source) ?? new Map<string, KnownEndpoint>();
    const now = new Map(endpoints.map((endpoint) => [endpoint.id, { endpoint, text: JSON.stringify(endpoint) }]));
    if (now.size === 0) this.#bySource.delete(source);
    else this.#bySource.set(source, now);
    for (const id of before.keys()) if (!now.has(id)) for (const listener of this.#listeners) listener.removed(id);
    for (const [id, { endpoint, text }] of now) {
      if (before.get(id)?.text === text) continue;
      for (const listener of this.#listeners) listener.set(endpoint);
    }
  }
}

interface KnownEndpoint {
  readonly endpoint: ObservedEndpoint;
  /** The endpoint as JSON, which tells whether it has changed. */
  readonly text: string;
}
