/**
 * A small load generator for zstd-compressed OTLP/HTTP, which `blast` does not support. Takes the same arguments and
 * prints the same report.
 */
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { zstdCompressSync } from 'node:zlib';
import type { TracesJson } from '@otelier/testkit/otlp-json';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { cpuSecondsOf } from './pinned.ts';

const { values: options } = parseArgs({
  options: {
    proto: { type: 'string', default: 'http' },
    addr: { type: 'string', default: '127.0.0.1:4318' },
    signal: { type: 'string', default: 'traces' },
    pid: { type: 'string', default: '' },
    spans: { type: 'string', default: '1000' },
    conns: { type: 'string', default: '2' },
    inflight: { type: 'string', default: '8' },
    d: { type: 'string', default: '8s' },
    warm: { type: 'string', default: '2s' },
  },
  // `blast` is written in Go, where long options have a single dash.
  args: process.argv.slice(2).map((arg) => (/^-[a-z]{2}/.test(arg) ? `-${arg}` : arg)),
});
if (options.proto !== 'http' || options.signal !== 'traces') throw new Error('only traces over HTTP');
const [host = '', port = ''] = options.addr.split(':');
const items = Number(options.spans);
const bodies = Array.from({ length: 16 }, (_, index) => zstdCompressSync(encodeRequest('traces', tracesOf(index))));
const agent = new Agent({ keepAlive: true, maxSockets: Number(options.conns) });
const counts = { acknowledged: 0, done: 0, errors: 0, firstError: undefined as string | undefined };
const latencies: number[] = [];
let isMeasuring = false;
let isOver = false;

const senders = Array.from({ length: Number(options.inflight) }, (_, index) => keepSending(index));
await sleep(secondsOf(options.warm));
const cpuBefore = await cpuSecondsOf(Number(options.pid));
const begun = performance.now();
isMeasuring = true;
await sleep(secondsOf(options.d));
isMeasuring = false;
const elapsed = (performance.now() - begun) / 1000;
const cpuSeconds = (await cpuSecondsOf(Number(options.pid))) - cpuBefore;
isOver = true;
await Promise.all(senders);
agent.destroy();
latencies.sort((a, b) => a - b);
const quantile = (q: number) => latencies[Math.floor(q * (latencies.length - 1))] ?? 0;
process.stdout.write(
  `${JSON.stringify({
    spans_per_cpu_s: (counts.done * items) / cpuSeconds,
    spans_s: (counts.done * items) / elapsed,
    acked_items: counts.acknowledged * items,
    errors: counts.errors,
    first_error: counts.firstError,
    p50_ms: quantile(0.5),
    p99_ms: quantile(0.99),
  })}\n`,
);

async function keepSending(from: number): Promise<void> {
  for (let index = from; !isOver; index++) {
    const at = performance.now();
    const error = await send(bodies[index % bodies.length] as Buffer);
    if (error === undefined) counts.acknowledged++;
    if (!isMeasuring) continue;
    latencies.push(performance.now() - at);
    if (error === undefined) counts.done++;
    else counts.errors++;
    counts.firstError ??= error;
  }
}

/** Sends a request. Returns an error message if it fails. */
function send(body: Uint8Array): Promise<string | undefined> {
  return new Promise((resolve) => {
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'zstd',
      'content-length': body.length,
    };
    const outgoing = request({ agent, host, port, method: 'POST', path: '/v1/traces', headers }, (response) => {
      response.on('data', () => {});
      response.on('end', () => resolve(response.statusCode === 200 ? undefined : `status ${response.statusCode}`));
    });
    outgoing.on('error', (error) => resolve(error.message));
    outgoing.end(body);
  });
}

/** Returns spans like those sent by `blast`: ten attributes, about 400 bytes. */
function tracesOf(seed: number): TracesJson {
  let state = seed + 1;
  const random = (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  const hex = (bytes: number) => Array.from({ length: bytes * 2 }, () => random(16).toString(16)).join('');
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const span = (index: number) => {
    const route = ['/cart', '/checkout', '/product/:id', '/api/v1/orders', '/login'][random(5)] ?? '';
    const startMillis = 1_790_000_000_000 + random(60_000);
    return {
      traceId: hex(16),
      spanId: hex(8),
      parentSpanId: hex(8),
      name: `GET ${route}`,
      kind: 2,
      startTimeUnixNano: `${startMillis}000000`,
      endTimeUnixNano: `${startMillis + random(100)}000000`,
      attributes: [
        text('http.request.method', 'GET'),
        text('http.route', route),
        text('url.path', `${route}/${index}`),
        { key: 'http.response.status_code', value: { intValue: random(20) === 0 ? '500' : '200' } },
        text('server.address', 'shop.example.com'),
        text('network.protocol.version', '1.1'),
        text('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64)'),
        ...[7, 8, 9].map((number) => text(`app.attr.${number}`, `value-${random(97)}`)),
      ],
    };
  };
  return {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', `svc-${seed}`), text('host.name', 'ip-10-1-22-31')] },
        scopeSpans: [
          { scope: { name: 'instrumentation-http' }, spans: Array.from({ length: items }, (_, i) => span(i)) },
        ],
      },
    ],
  };
}

function secondsOf(text: string): number {
  return Number.parseFloat(text);
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
