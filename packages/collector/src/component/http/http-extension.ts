import http from 'node:http';
import https from 'node:https';
import type { Clock } from '@otelier/transport/clock';
import { type Listener, listen } from '@otelier/transport/listen';
import { createServerTls, type ServerTlsOptions } from '@otelier/transport/tls';
import type { Logger } from 'pino';
import type { Extension } from '../contract.ts';

/** An extension's HTTP response. */
export interface Page {
  readonly status?: number;
  /** Content type. Default `text/plain; charset=utf-8`. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Options for `createHttpExtension`. */
export interface HttpExtensionOptions {
  /** Address to listen on. */
  readonly endpoint: string;
  /** Name of the listener in log lines, such as `health check`. */
  readonly name: string;
  readonly logger: Logger;
  /** Default: connections are not encrypted. */
  readonly tls?: { readonly options: ServerTlsOptions; readonly clock: Clock } | undefined;
  /** Returns the response to a request; only the request's URL matters. `abort` fires at shutdown. */
  respond(url: URL, abort: AbortSignal): Page | Promise<Page>;
}

/** Creates an extension that serves a few pages over HTTP on its own address. Throws `FileError` for invalid certificates. */
export function createHttpExtension(options: HttpExtensionOptions): Extension {
  const { endpoint, name, logger, respond } = options;
  let listener: Listener | undefined;
  const shutdown = new AbortController();
  const server = createNodeServer(options);
  server.on('request', (request, response) => {
    const serve = async (): Promise<void> => {
      const page = await respond(new URL(request.url ?? '/', 'http://localhost'), shutdown.signal);
      const { status = 200, type = 'text/plain; charset=utf-8', headers = {}, body } = page;
      response.writeHead(status, { 'content-type': type, ...headers }).end(body);
    };
    serve().catch((error: unknown) => {
      if (!shutdown.signal.aborted) logger.error({ err: error }, `${name}: request failed`);
      response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end('internal error\n');
    });
  });
  return {
    async start() {
      listener = await listen(endpoint);
      // Starts the timeouts of slow clients and the list of connections. `listen` of the server would, but the listening
      // socket is not its own.
      server.emit('listening');
      listener.accept((socket) => server.emit('connection', socket));
      logger.info({ address: listener.address }, `${name} listening`);
    },
    async shutdown() {
      shutdown.abort();
      await listener?.close();
      server.closeAllConnections();
      // Stops the timeouts. The server never listened itself, which the callback would report.
      server.close(() => {});
    },
  };
}

function createNodeServer({ tls }: HttpExtensionOptions): http.Server {
  if (tls === undefined) return http.createServer();
  const material = createServerTls(tls.options, tls.clock);
  const server = https.createServer({ ...material.options, ALPNProtocols: ['http/1.1'] });
  return server.prependListener('connection', () => material.refresh(server));
}
