import { validateHeaderName, validateHeaderValue } from 'node:http';
import { connect, type Socket } from 'node:net';
import { ResponseError, ResponseReader } from './response-reader.ts';

/** Options for a request. */
export interface PlainRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

const IDLE_MILLIS = 300_000;
/** Memory that all connections read into, each of whose callbacks uses what has arrived before it returns. */
const RECEIVED = Buffer.allocUnsafeSlow(64 << 10);

/**
 * A client of HTTP/1.1 without TLS that only gets. It reads all connections into the same memory, and bodies into memory
 * of the pool, which takes a fifth of the CPU time of `node:http` for a page of 60 KB. Connections are kept open.
 */
export class PlainHttp {
  readonly #idle = new Map<string, Connection[]>();
  /** Sizes of the last bodies, by URL. */
  readonly #sizes = new Map<string, number>();
  readonly #open = new Set<Connection>();
  #isClosed = false;

  /** Sends a request. The caller releases the response. Rejects if there is none, and with the reason of the signal. */
  async get(url: URL, request: PlainRequest): Promise<ResponseReader> {
    request.signal.throwIfAborted();
    const head = requestHead(url, request.headers);
    for (;;) {
      const idle = this.#idle.get(url.host)?.pop();
      const connection = idle ?? this.#connect(url);
      const reader = new ResponseReader(request.maxBytes, this.#sizes.get(url.href) ?? 0);
      try {
        await connection.exchange(head, reader, request.signal);
      } catch (error) {
        reader.release();
        // The server may have closed a connection while it was idle.
        const canRepeat = connection.isSilent && !request.signal.aborted && !this.#isClosed;
        if (idle !== undefined && canRepeat) continue;
        throw error;
      }
      this.#sizes.set(url.href, reader.body.length);
      if (reader.isReusable) this.#keep(url.host, connection);
      else connection.destroy();
      return reader;
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#open) connection.destroy();
  }

  #connect(url: URL): Connection {
    const connection = new Connection(url, () => {
      this.#open.delete(connection);
      const idle = this.#idle.get(url.host) ?? [];
      const rest = idle.filter((other) => other !== connection);
      if (rest.length === 0) this.#idle.delete(url.host);
      else this.#idle.set(url.host, rest);
    });
    this.#open.add(connection);
    return connection;
  }

  #keep(host: string, connection: Connection): void {
    if (!this.#open.has(connection)) return;
    const idle = this.#idle.get(host);
    if (idle === undefined) this.#idle.set(host, [connection]);
    else idle.push(connection);
  }
}

interface Exchange {
  readonly reader: ResponseReader;
  resolve(): void;
  reject(error: unknown): void;
}

/** A connection with one request at a time. */
class Connection {
  /** Whether nothing has arrived for the last request. */
  isSilent = true;
  readonly #socket: Socket;
  #exchange: Exchange | undefined;

  constructor(url: URL, closed: () => void) {
    const onread = { buffer: RECEIVED, callback: (size: number) => this.#receive(size) };
    const host = url.hostname.replace(/^\[|\]$/g, '');
    this.#socket = connect({ host, port: Number(url.port || 80), noDelay: true, onread })
      .setTimeout(IDLE_MILLIS, () => this.destroy())
      .on('error', (error) => this.#end(error))
      .on('end', () => this.#end(undefined))
      .on('close', () => {
        this.#end(undefined);
        closed();
      });
  }

  /** Sends a request and reads the response. */
  async exchange(head: string, reader: ResponseReader, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => {
      reject(signal.reason);
      this.destroy();
    };
    this.isSilent = true;
    this.#exchange = { reader, resolve, reject };
    signal.addEventListener('abort', abort, { once: true });
    this.#socket.ref();
    this.#socket.write(head, 'latin1');
    try {
      await promise;
    } catch (error) {
      this.destroy();
      throw error;
    } finally {
      this.#exchange = undefined;
      signal.removeEventListener('abort', abort);
      this.#socket.unref();
    }
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(size: number): boolean {
    const exchange = this.#exchange;
    // Nothing was asked for.
    if (exchange === undefined || exchange.reader.isDone) {
      this.destroy();
      return false;
    }
    this.isSilent = false;
    try {
      exchange.reader.read(RECEIVED.subarray(0, size));
      if (exchange.reader.isDone) exchange.resolve();
    } catch (error) {
      exchange.reject(error);
    }
    return true;
  }

  #end(error: Error | undefined): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    try {
      if (error !== undefined) throw error;
      exchange.reader.end();
      exchange.resolve();
    } catch (cause) {
      const isSilent = error === undefined && this.isSilent;
      exchange.reject(isSilent ? new ResponseError('expected a response, got the end of the connection') : cause);
    }
  }
}

function requestHead({ host, pathname, search }: URL, headers: Readonly<Record<string, string>>): string {
  let head = `GET ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    head += `${name}: ${value}\r\n`;
  }
  return `${head}\r\n`;
}
