import { type ClientHttp2Session, connect } from 'node:http2';

/** The result of a call. */
export interface GrpcResponse {
  /** The gRPC status, or `undefined` if the stream ended without one. */
  readonly status: number | undefined;
  readonly message: string;
}

/** A connection that uses Node's HTTP/2 client, which shares no code with the server under test. */
export class GrpcConnection {
  readonly #port: number;
  #session: ClientHttp2Session | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends a single message, whose encoding is given in the headers, and waits for the status. */
  call(path: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<GrpcResponse> {
    this.#session ??= this.#connect();
    const stream = this.#session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    return new Promise((resolve) => {
      let status: number | undefined;
      let message = '';
      const read = (fields: Record<string, string | string[] | undefined>) => {
        if (fields['grpc-status'] === undefined) return;
        status = Number(fields['grpc-status']);
        message = decodeURIComponent(String(fields['grpc-message'] ?? ''));
      };
      stream.on('response', (fields) => read(fields as Record<string, string>));
      stream.on('trailers', (fields) => read(fields as Record<string, string>));
      stream.on('error', (error) => {
        message ||= error.message;
      });
      stream.on('close', () => resolve({ status, message }));
      stream.resume();
      stream.end(body);
    });
  }

  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #connect(): ClientHttp2Session {
    const session = connect(`http://127.0.0.1:${this.#port}`);
    session.on('error', () => {});
    session.on('close', () => {
      if (this.#session === session) this.#session = undefined;
    });
    return session;
  }
}
