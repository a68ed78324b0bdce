import { connect, type Socket } from 'node:net';

/** Responses by status, and how long they took in milliseconds, from when the request was due. */
export interface Measured {
  readonly millis: number[];
  readonly statuses: Map<number, number>;
}

/** Creates an empty measurement. */
export function measured(): Measured {
  return { millis: [], statuses: new Map() };
}

/** Maximum number of requests that are due and wait for a connection. Further ones are not sent. */
const MAX_DUE = 10_000;

/** The connections of a tenant, each with one request in flight, over HTTP/1.1. */
export class TenantClient {
  readonly #request: readonly Buffer[];
  readonly #idle: Socket[] = [];
  readonly #sockets: Socket[] = [];
  /** When the requests are due that wait for a connection, in milliseconds. */
  readonly #due: number[] = [];
  readonly #port: number;
  /** When the requests in flight were due. */
  readonly #inFlight = new Set<{ readonly due: number }>();
  #dropped = 0;
  #saturates = false;
  result: Measured = measured();

  constructor(tenant: string, port: number, body: Uint8Array) {
    const head = [
      'POST /v1/traces HTTP/1.1',
      'host: 127.0.0.1',
      'content-type: application/x-protobuf',
      `content-length: ${body.length}`,
      `x-scope-orgid: ${tenant}`,
    ];
    this.#request = [Buffer.from(`${head.join('\r\n')}\r\n\r\n`), Buffer.from(body)];
    this.#port = port;
  }

  /** Opens connections. */
  async open(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const socket = connect(this.#port, '127.0.0.1').setNoDelay(true);
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
      this.#sockets.push(socket);
      this.#idle.push(socket);
    }
  }

  /** Adds a request that is due now, or was before. */
  request(dueMillis: number): void {
    if (this.#due.length >= MAX_DUE) {
      this.#dropped += 1;
      return;
    }
    this.#due.push(dueMillis);
    const socket = this.#idle.pop();
    if (socket !== undefined) this.#next(socket);
  }

  /**
   * Returns how long requests without a response have waited, in milliseconds: a lower bound of how long they take. Without
   * them, requests that are never processed would not count.
   */
  waiting(nowMillis: number): readonly number[] {
    return [...this.#due, ...[...this.#inFlight].map(({ due }) => due)].map((due) => nowMillis - due);
  }

  /** Number of requests that were due and not sent, because too many waited. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Keeps all connections busy until the returned function is called. */
  saturate(): () => void {
    this.#saturates = true;
    for (const socket of this.#idle.splice(0)) this.#next(socket);
    return () => {
      this.#saturates = false;
    };
  }

  /** Forgets requests that were not sent. */
  forget(): void {
    this.#due.length = 0;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #next(socket: Socket): void {
    const due = this.#due.shift() ?? (this.#saturates ? performance.now() : undefined);
    if (due === undefined) {
      this.#idle.push(socket);
      return;
    }
    const { result } = this;
    const request = { due };
    this.#inFlight.add(request);
    let text = '';
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      socket.off('data', onData);
      this.#inFlight.delete(request);
      const status = Number(text.slice(9, 12));
      result.statuses.set(status, (result.statuses.get(status) ?? 0) + 1);
      if (status === 200) result.millis.push(performance.now() - due);
      this.#next(socket);
    };
    socket.on('data', onData);
    socket.cork();
    for (const piece of this.#request) socket.write(piece);
    socket.uncork();
  }
}

/** Sends requests of each client at a rate per second until the returned function is called. */
export function sendAtRate(rates: ReadonlyMap<TenantClient, number>): () => void {
  const began = performance.now();
  // Requests of different clients are not due at the same moment.
  const next = new Map([...rates].map(([client, rate], i) => [client, began + ((i * 0.618) % 1) * (1000 / rate)]));
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [client, rate] of rates) {
      let due = next.get(client) ?? now;
      for (; due <= now; due += 1000 / rate) client.request(due);
      next.set(client, due);
    }
  }, 1);
  return () => clearInterval(timer);
}
