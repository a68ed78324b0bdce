/**
 * Measures the CPU time of a request over HTTP in the server's process, kernel included, with a handler that does
 * nothing: what the HTTP/1.1 reader, the shared buffer, the head cache and request coalescing save. Every variant runs
 * in its own process, its clients in another.
 * Run: node packages/transport/src/server/http1/server.bench.ts
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { ACCEPTED } from '@otelier/otlp';
import { systemClock } from '../../clock.ts';
import type { ExportHandler } from '../../contract.ts';
import { createNodeHttpServer } from '../http/node-http-server.testing.ts';
import { headAndTimeLimits, requestHandlerOptions } from '../http/options.ts';
import { HttpRequestHandler } from '../http/request-handler.ts';
import { IncomingRequests } from '../incoming-requests.ts';
import { listen } from '../listen.ts';
import { requestCoalescer } from '../request-coalescer.ts';
import { readIntoSharedBuffer } from '../shared-read-buffer.ts';
import { HttpConnections } from './connections.ts';
import { Responses } from './responses.ts';

const LOADS = {
  '4 kB, 8 clients': { bodyBytes: 4000, clients: 8, otherHeads: false },
  '4 kB, 32 clients': { bodyBytes: 4000, clients: 32, otherHeads: false },
  '4 kB, 8 clients, all heads different': { bodyBytes: 4000, clients: 8, otherHeads: true },
  '400 kB, 8 clients': { bodyBytes: 400_000, clients: 8, otherHeads: false },
};
type Load = keyof typeof LOADS;

const VARIANTS = ['node:http', 'own reader', '+ shared buffer', '+ coalescing'] as const;
type Variant = (typeof VARIANTS)[number];

const ROUNDS = 3;
const WARM_MILLIS = 1000;
const MEASURED_MILLIS = 2000;

let served = 0;
const handler: ExportHandler = {
  admit: () => ({ grow: () => true, release: () => {} }),
  export() {
    served++;
    return ACCEPTED;
  },
};

const [role, ...args] = process.argv.slice(2);
if (role === 'serve') await serve(args[0] as Variant, args[1] as Load);
else if (role === 'send') send(Number(args[0]), LOADS[args[1] as Load]);
else await compare();

async function compare(): Promise<void> {
  for (const load of Object.keys(LOADS)) {
    const micros: Record<string, number[]> = {};
    for (let round = 0; round < ROUNDS; round++) {
      for (const variant of VARIANTS) {
        const child = fork(import.meta.filename, ['serve', variant, load]);
        const [cost] = await once(child, 'message');
        micros[variant] = [...(micros[variant] ?? []), Number(cost)];
        await once(child, 'exit');
      }
    }
    for (const variant of VARIANTS) {
      const best = Math.min(...(micros[variant] ?? []));
      console.log(`${load}: ${variant}: ${best.toFixed(1)} µs of CPU per request`);
    }
  }
}

async function serve(variant: Variant, load: Load): Promise<void> {
  const port = variant === 'node:http' ? await onNodeHttp() : await onOwnReader(variant);
  const clients = fork(import.meta.filename, ['send', String(port), load]);
  await new Promise((resolve) => setTimeout(resolve, WARM_MILLIS));
  const before = { served, cpu: process.cpuUsage() };
  await new Promise((resolve) => setTimeout(resolve, MEASURED_MILLIS));
  const { user, system } = process.cpuUsage(before.cpu);
  clients.kill();
  process.send?.((user + system) / (served - before.served), () => process.exit());
}

async function onNodeHttp(): Promise<number> {
  return portOf((await createNodeHttpServer({ endpoint: '127.0.0.1:0' }, handler)).address);
}

async function onOwnReader(variant: Variant): Promise<number> {
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
    onInternalError: () => {},
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
  return portOf(listener.address);
}

function portOf(address: string): number {
  return Number(address.split(':').at(-1));
}

/** Starts clients that send their next request when they receive the response to the last. */
function send(port: number, { bodyBytes, clients, otherHeads }: (typeof LOADS)[Load]): void {
  const body = Buffer.alloc(bodyBytes, 'x');
  let sent = 0;
  const head = () =>
    `POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: bench\r\ncontent-type: application/x-protobuf\r\n${
      otherHeads ? `traceparent: 00-${String(sent++).padStart(32, '0')}-00000000000000ff-01\r\n` : ''
    }content-length: ${bodyBytes}\r\n\r\n`;
  for (let i = 0; i < clients; i++) {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    const next = () => socket.write(Buffer.concat([Buffer.from(head()), body]));
    // Responses are small: one read is one response.
    socket
      .on('connect', next)
      .on('data', next)
      .on('error', () => {});
  }
}
