import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@otelier/transport';
import { errorMessage } from '../../component/error-message.ts';
import { type AdmissionContext, parseReview, review } from './admission.ts';
import type { KeyedCertificate } from './certificate-authority.ts';

/** Options of the server of the webhook. */
export interface WebhookServerOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly admission: AdmissionContext;
}

/** The HTTPS server that API servers call. Without a certificate it refuses handshakes. */
export interface WebhookServer {
  readonly port: number;
  /** Serves a certificate from the next connection on. */
  setCertificate(certificate: KeyedCertificate): void;
  close(): Promise<void>;
}

/** The path that API servers call. */
export const WEBHOOK_PATH = '/mutate-v1-pod';

/** API servers send a pod of at most 3 MiB. */
const MAX_BODY_BYTES = 8 << 20;
/** Bytes of requests that are handled at one time. Further requests are refused, so that pods start without injection. */
const MAX_BYTES = 64 << 20;
const MAX_CONNECTIONS = 1000;
const HANDSHAKE_MILLIS = 5000;
const REQUEST_MILLIS = 10_000;
/** Shorter than the timeout of the webhook configuration, so that a response says what has failed. */
const REVIEW_MILLIS = 4000;

/** Starts the server. Rejects if the port cannot be used. */
export async function startWebhookServer({
  host,
  port,
  clock,
  admission,
}: WebhookServerOptions): Promise<WebhookServer> {
  const budget = { bytes: 0 };
  const server = createServer(
    {
      minVersion: 'TLSv1.2',
      handshakeTimeout: HANDSHAKE_MILLIS,
      headersTimeout: REQUEST_MILLIS / 2,
      requestTimeout: REQUEST_MILLIS,
      keepAliveTimeout: 60_000,
      connectionsCheckingInterval: REQUEST_MILLIS / 4,
    },
    (request, response) => {
      void serve(request, response, { clock, admission, budget });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  // A client that ends its connection is no failure of the server.
  server.on('tlsClientError', (_, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    setCertificate: ({ cert, key }) => server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' }),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const cancel = clock.setTimeout(() => server.closeAllConnections(), REVIEW_MILLIS);
      await closed;
      cancel();
    },
  };
}

interface ServeContext {
  readonly clock: Clock;
  readonly admission: AdmissionContext;
  readonly budget: { bytes: number };
}

async function serve(request: IncomingMessage, response: ServerResponse, context: ServeContext): Promise<void> {
  const { clock, admission, budget } = context;
  const refuse = (status: number, message: string): void => {
    admission.stats.refused += 1;
    // The rest of the body is not read.
    response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${message}\n`);
  };
  if (request.url?.split('?')[0] !== WEBHOOK_PATH) return refuse(404, `expected the path ${WEBHOOK_PATH}`);
  if (request.method !== 'POST') return refuse(405, `expected POST, got ${request.method}`);
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json') return refuse(415, 'expected the type application/json');
  const ended = new AbortController();
  response.on('close', () => ended.abort());
  const cancel = clock.setTimeout(() => ended.abort(), REVIEW_MILLIS);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      budget.bytes += chunk.length;
      if (size > MAX_BODY_BYTES) return refuse(413, `expected at most ${MAX_BODY_BYTES} bytes`);
      if (budget.bytes > MAX_BYTES) return refuse(503, 'too many requests at one time');
      chunks.push(chunk);
    }
    const parsed = parse(Buffer.concat(chunks));
    if (!parsed.ok) return refuse(400, parsed.reason);
    const body = JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: await review(admission, parsed.request, ended.signal),
    });
    if (!response.destroyed) response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  } catch {
    // The client has gone.
    response.destroy();
  } finally {
    budget.bytes -= size;
    cancel();
  }
}

function parse(body: Buffer) {
  try {
    return { ok: true, request: parseReview(body.toString('utf8')) } as const;
  } catch (error) {
    return { ok: false, reason: errorMessage(error).slice(0, 200) } as const;
  }
}
