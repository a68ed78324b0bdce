import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';

/** A request that a server received. */
export interface RecordedHttpRequest {
  readonly method: string;
  /** The path and the query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The body, decompressed according to `content-encoding`. */
  readonly body: Buffer;
  /** The body as text. */
  readonly text: string;
}

/** A response to send. The default status is 200. */
export interface RecordedHttpResponse {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** An HTTP server that records what it receives. */
export interface RecordingHttpServer {
  readonly url: string;
  /** The requests so far, in order. */
  readonly requests: readonly RecordedHttpRequest[];
  close(): Promise<void>;
}

/** Where to listen: a port, by default any free one, or the path of a Unix socket. */
export interface RecordingHttpServerOptions {
  readonly port?: number;
  readonly socket?: string;
}

const DECODERS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  zstd: zstdDecompressSync,
};

/** Starts a server on a loopback port. `respond` receives a request and the number of requests so far. */
export async function startRecordingHttpServer(
  respond: (request: RecordedHttpRequest, count: number) => RecordedHttpResponse = () => ({}),
  { port = 0, socket }: RecordingHttpServerOptions = {},
): Promise<RecordingHttpServer> {
  const requests: RecordedHttpRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const { method = '', url = '', headers } = incoming;
    const body = DECODERS[headers['content-encoding'] ?? '']?.(bytes) ?? bytes;
    const request = { method, url, headers, body, text: body.toString() };
    requests.push(request);
    const response = respond(request, requests.length);
    outgoing.writeHead(response.status ?? 200, response.headers).end(response.body);
  });
  await new Promise<void>((resolve) => {
    if (socket === undefined) server.listen(port, '127.0.0.1', resolve);
    else server.listen(socket, resolve);
  });
  return {
    url: socket === undefined ? `http://127.0.0.1:${(server.address() as AddressInfo).port}` : `unix://${socket}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
