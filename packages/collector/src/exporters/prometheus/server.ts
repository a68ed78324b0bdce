import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Authenticator, rejectedSenderStatus } from '@otelier/transport/auth';
import type { Clock } from '@otelier/transport/clock';
import type { Listener } from '@otelier/transport/listen';
import { createServerTls, type ServerTlsOptions } from '@otelier/transport/tls';

/** The formats of pages. */
export type ExposedFormat = 'text' | 'openMetrics' | 'protobuf';

/** Options for `openPageServer`. */
export interface PageServerOptions {
  readonly tls?: ServerTlsOptions;
  readonly auth?: Authenticator;
  readonly clock: Clock;
  readonly hasOpenMetrics: boolean;
  readonly onInternalError: (error: unknown) => void;
  render(format: ExposedFormat): string | Uint8Array;
}

const TYPES: Readonly<Record<ExposedFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openMetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  protobuf: 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
};

const compress = promisify(gzip);

/** Serves the page `/metrics` on a listener. Returns the function that stops. Throws `FileError` for invalid certificates. */
export function openPageServer(options: PageServerOptions, listener: Listener): () => void {
  const server = createNodeServer(options);
  server.on('request', (request, response) => {
    respond(options, request, response).catch((error: unknown) => {
      options.onInternalError(error);
      response.writeHead(500).end('internal error\n');
    });
  });
  // Starts the timeouts for slow clients. `listen` would do so, but the listening socket does not belong to this server.
  server.emit('listening');
  const stopAccepting = listener.accept((socket) => server.emit('connection', socket));
  return () => {
    stopAccepting();
    server.closeAllConnections();
    server.close(() => {});
  };
}

function createNodeServer({ tls, clock }: PageServerOptions): Server {
  if (tls === undefined) return createServer();
  const material = createServerTls(tls, clock);
  const server = createSecureServer({ ...material.options, ALPNProtocols: ['http/1.1'] });
  return server.prependListener('connection', () => material.refresh(server));
}

async function respond(options: PageServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url = '', headers, method, socket } = request;
  const checked = options.auth?.authenticate(headers, socket.remoteAddress);
  if (checked !== undefined && checked.kind !== 'authenticated') {
    const status = rejectedSenderStatus(checked.kind);
    const challenge = status === 401 ? { 'www-authenticate': options.auth?.challenge ?? '' } : {};
    response.writeHead(status, challenge).end(`${checked.reason}\n`);
    return;
  }
  if (url.split('?', 1)[0] !== '/metrics') {
    response.writeHead(404).end('expected a request to /metrics\n');
    return;
  }
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET' }).end(`expected GET, got ${method}\n`);
    return;
  }
  const format = negotiate(headers.accept ?? '', options.hasOpenMetrics);
  const page = Buffer.from(options.render(format) as Uint8Array);
  const isCompressed = /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''));
  const body = isCompressed ? await compress(page) : page;
  response.writeHead(200, {
    'content-type': TYPES[format],
    'content-length': body.length,
    ...(isCompressed && { 'content-encoding': 'gzip' }),
  });
  response.end(method === 'HEAD' ? undefined : body);
}

/** Returns the format that a client wants most, of those that are served. */
function negotiate(accept: string, hasOpenMetrics: boolean): ExposedFormat {
  let best: ExposedFormat = 'text';
  let bestWeight = 0;
  for (const part of accept.split(',')) {
    const [type = '', ...parameters] = part.split(';').map((one) => one.trim().toLowerCase());
    const format = formatOf(type, parameters, hasOpenMetrics);
    const weight = Number(parameters.find((one) => one.startsWith('q='))?.slice(2) ?? 1);
    if (format === undefined || !(weight > bestWeight)) continue;
    best = format;
    bestWeight = weight;
  }
  return best;
}

function formatOf(type: string, parameters: readonly string[], hasOpenMetrics: boolean): ExposedFormat | undefined {
  switch (type) {
    case 'application/openmetrics-text':
      return hasOpenMetrics ? 'openMetrics' : undefined;
    case 'application/vnd.google.protobuf':
      return parameters.includes('encoding=delimited') ? 'protobuf' : undefined;
    case 'text/plain':
      return 'text';
    default:
      return undefined;
  }
}
