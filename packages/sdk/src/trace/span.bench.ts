/**
 * Compares the cost of a span with opentelemetry-js: ten attributes, from its creation until a local sink has received
 * it, in CPU time of this process (all threads) and allocated memory. Both use HTTP with their defaults.
 *   node packages/sdk/src/trace/span.bench.ts [rounds]
 *   TURN=4096 node packages/sdk/src/trace/span.bench.ts     spans that end before each flush; default 512
 * Each library and round runs in its own process, alternating, because V8 would optimize shared code for both.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import v8 from 'node:v8';
import type { Tracer } from '@opentelemetry/api';

const SPANS_PER_FLUSH = Number(process.env['TURN'] ?? 512);
const TURNS = Math.ceil(400_000 / SPANS_PER_FLUSH);
const SINK = `
  const { createServer } = require('node:http');
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.setHeader('content-type', 'application/x-protobuf').end());
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;
const rounds = Number(process.argv[2] ?? 3);
const [, , , library, url] = process.argv;

if (library === 'otelier' || library === 'opentelemetry-js') await measure(library, url ?? '');
else await compare();

async function compare(): Promise<void> {
  const sink = spawn(process.execPath, ['-e', SINK], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(sink.stdout, 'data');
  for (let round = 0; round < rounds; round++) {
    const [ours, theirs] = (['otelier', 'opentelemetry-js'] as const).map((name) => {
      const args = [import.meta.filename, '0', name, `http://127.0.0.1:${String(port).trim()}`];
      const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
      return JSON.parse(stdout) as Metrics;
    });
    if (ours === undefined || theirs === undefined) continue;
    console.log(
      JSON.stringify({
        row: 'span',
        otelier: ours,
        'opentelemetry-js': theirs,
        speedRatio: Number((ours.spansPerCpuSecond / theirs.spansPerCpuSecond).toFixed(2)),
        allocationRatio: Number((ours.bytesPerSpan / theirs.bytesPerSpan).toFixed(3)),
      }),
    );
  }
  sink.kill();
}

interface Metrics {
  readonly spansPerCpuSecond: number;
  /** Bytes allocated on V8's heap per span, excluding request bytes. */
  readonly bytesPerSpan: number;
}

async function measure(name: 'otelier' | 'opentelemetry-js', endpoint: string): Promise<void> {
  const { tracer, flush } = name === 'otelier' ? await otelier(endpoint) : await official(endpoint);
  await run(tracer, flush, TURNS);
  const before = process.cpuUsage();
  const allocatedBefore = allocated();
  await run(tracer, flush, TURNS);
  const { user, system } = process.cpuUsage(before);
  const spans = TURNS * SPANS_PER_FLUSH;
  const metrics: Metrics = {
    spansPerCpuSecond: Math.round(spans / ((user + system) / 1e6)),
    bytesPerSpan: Math.round((allocated() - allocatedBefore) / spans),
  };
  process.stdout.write(JSON.stringify(metrics), () => process.exit());
}

async function run(tracer: Tracer, flush: () => Promise<unknown>, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    for (let i = 0; i < SPANS_PER_FLUSH; i++) makeSpan(tracer, i);
    await flush();
  }
}

function makeSpan(tracer: Tracer, i: number): void {
  const span = tracer.startSpan('GET /cart', { kind: 1 });
  span.setAttribute('http.request.method', 'GET');
  span.setAttribute('url.path', '/cart/items');
  span.setAttribute('http.response.status_code', 200);
  span.setAttribute('server.address', 'shop.example.com');
  span.setAttribute('server.port', 8080);
  span.setAttribute('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64)');
  span.setAttribute('app.cart.total', 12.5);
  span.setAttribute('app.user.premium', true);
  span.setAttribute('app.user.id', `user-${i}`);
  span.setAttribute('network.protocol.version', '1.1');
  span.end();
}

async function otelier(endpoint: string): Promise<{ tracer: Tracer; flush: () => Promise<unknown> }> {
  const { createClient, TracerProvider } = await import('../node.ts');
  const provider = new TracerProvider({ client: createClient({ endpoint }), resource: { 'service.name': 'shop' } });
  return { tracer: provider.getTracer('bench'), flush: () => provider.forceFlush() };
}

async function official(endpoint: string): Promise<{ tracer: Tracer; flush: () => Promise<unknown> }> {
  const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces` });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
    spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: 4096 })],
  });
  return { tracer: provider.getTracer('bench'), flush: () => provider.forceFlush() };
}

/** Returns the total number of bytes allocated on V8's heap. */
function allocated(): number {
  return v8.getHeapStatistics().total_allocated_bytes;
}
