/**
 * Benchmarks the CPU time per HTTP request in the server process, including kernel time, with a no-op handler, to show
 * what the HTTP/1.1 reader, the shared buffer, the head cache and request coalescing save. Each variant runs in its own
 * process, and its clients in another. Run: node packages/transport/src/server/http1/server.bench.ts
 */
import net from 'node:net';
import { systemClock } from '../../clock.ts';
import type { ExportHandler } from '../../contract.ts';
import { createNodeHttpServer } from '../http/node-http-server.testing.ts';
import { headAndTimeLimits, requestHandlerOptions } from '../http/options.ts';
import { HttpRequestHandler } from '../http/request-handler.ts';
import { IncomingRequests } from '../incoming-requests.ts';
import { listen } from '../listen.ts';
import { requestCoalescer } from '../request-coalescer.ts';
import { compareServers } from '../server-comparison.testing.ts';
import { readIntoSharedBuffer } from '../shared-read-buffer.ts';
import { HttpConnections } from './connections.ts';
import { Responses } from './responses.ts';

const LOADS = {
  '4 kB, 8 clients': { bodyBytes: 4000, clients: 8, otherHeads: false },
  '4 kB, 32 clients': { bodyBytes: 4000, clients: 32, otherHeads: false },
  '4 kB, 8 clients, all heads different': { bodyBytes: 4000, clients: 8, otherHeads: true },
  '400 kB, 8 clients': { bodyBytes: 400_000, clients: 8, otherHeads: false },
};
type Load = (typeof LOADS)[keyof typeof LOADS];

const VARIANTS = ['node:http', 'own reader', '+ shared buffer', '+ coalescing'] as const;
type Variant = (typeof VARIANTS)[number];

await compareServers<Variant, Load>({
  file: import.meta.filename,
  variants: VARIANTS,
  loads: LOADS,
  unit: 'request',
  serve: (variant, handler) => (variant === 'node:http' ? onNodeHttp(handler) : onOwnReader(variant, handler)),
  send,
});

async function onNodeHttp(handler: ExportHandler): Promise<string> {
  return (await createNodeHttpServer({ endpoint: '127.0.0.1:0' }, handler)).address;
}

async function onOwnReader(variant: Variant, handler: ExportHandler): Promise<string> {
  const options = { endpoint: '127.0.0.1:0' };
  const requestHandler = requestHandlerOptions(options);
  const limits = { ...requestHandler, ...headAndTimeLimits(options), maxRequestLineBytes: 8192, maxHeaderCount: 100 };
  const connections = new HttpConnections({
    handler,
    admit: handler.admit,
    incoming: new IncomingRequests(),
    requestHandler: new HttpRequestHandler(requestHandler),
    responses: new Responses(Date.now(), limits.idleTimeoutMillis),
    limits,
    keepAlive: true,
    onRejected: undefined,
    onInternalError: () => {},
    observeRequest: undefined,
    served: variant === '+ coalescing' ? () => requestCoalescer.served() : () => {},
    clock: systemClock,
  });
  const listener = await listen(options.endpoint);
  listener.accept((accepted) => {
    if (variant === 'own reader') {
      const onBytes = connections.serve(accepted);
      accepted.on('data', (chunk: Buffer) => onBytes(chunk, chunk.length));
    } else {
      readIntoSharedBuffer(accepted, (socket) => connections.serve(socket));
    }
  });
  return listener.address;
}

/** Starts clients that send their next request as soon as they receive the previous response. */
function send(port: number, { bodyBytes, clients, otherHeads }: Load): void {
  const body = Buffer.alloc(bodyBytes, 'x');
  let sent = 0;
  const head = () =>
    `POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: bench\r\ncontent-type: application/x-protobuf\r\n${
      otherHeads ? `traceparent: 00-${String(sent++).padStart(32, '0')}-00000000000000ff-01\r\n` : ''
    }content-length: ${bodyBytes}\r\n\r\n`;
  for (let i = 0; i < clients; i++) {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    const next = () => socket.write(Buffer.concat([Buffer.from(head()), body]));
    // Responses are small, so each read is exactly one response.
    socket
      .on('connect', next)
      .on('data', next)
      .on('error', () => {});
  }
}
