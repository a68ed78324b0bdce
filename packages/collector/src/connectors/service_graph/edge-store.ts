/** The type of connection between services. */
export type ConnectionType = '' | 'messaging_system' | 'database' | 'virtual_node';

/** A request between two services, for which one or both spans are known. */
export class Edge {
  connectionType: ConnectionType = '';
  /** Empty if the client is unknown. */
  client = '';
  /** Empty if the server is unknown. */
  server = '';
  clientSeconds = 0;
  serverSeconds = 0;
  /** Whether either span has an error. */
  failed = false;
  /** Values of additional dimensions, with the prefix of their side. */
  dimensions: Map<string, string> | undefined;
  /** Possible server names, by attribute. */
  peers: Map<string, string> | undefined;
  /** The side that sent no span. */
  virtualNode: '' | 'client' | 'server' = '';
  /** Whether the server span has no parent. */
  readonly hasNoParent: boolean;
  readonly expiresMillis: number;

  constructor(hasNoParent: boolean, expiresMillis: number) {
    this.hasNoParent = hasNoParent;
    this.expiresMillis = expiresMillis;
  }

  get isComplete(): boolean {
    return this.client !== '' && this.server !== '';
  }
}

/** Requests for which one span is known, by the key of the missing span. Bounded in number and time. */
export class EdgeStore {
  readonly #maxItems: number;
  /** In expiration order. */
  readonly #edges = new Map<string, Edge>();

  constructor(maxItems: number) {
    this.#maxItems = maxItems;
  }

  get size(): number {
    return this.#edges.size;
  }

  get(key: string): Edge | undefined {
    return this.#edges.get(key);
  }

  /** Adds an edge. Returns false, without adding the edge, if the store is full. */
  add(key: string, edge: Edge): boolean {
    if (this.#edges.size >= this.#maxItems) return false;
    this.#edges.set(key, edge);
    return true;
  }

  delete(key: string): void {
    this.#edges.delete(key);
  }

  /** Removes edges that have waited too long, and calls `visit` for each. */
  expire(nowMillis: number, visit: (edge: Edge) => void): void {
    for (const [key, edge] of this.#edges) {
      if (nowMillis <= edge.expiresMillis) return;
      this.#edges.delete(key);
      visit(edge);
    }
  }
}
