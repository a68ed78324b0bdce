/**
 * Compares the cost of a log record with opentelemetry-js: a body and five attributes, four records per span, from
 * `emit` until a local sink has received it, in CPU time of this process (all threads) and allocated memory. Both use
 * HTTP.
 *   node packages/sdk/src/logs/logs.bench.ts [rounds]
 *   TURN=4096 node packages/sdk/src/logs/logs.bench.ts     records before each flush; default 512
 * Each library and round runs in its own process, alternating, because V8 would optimize shared code for both.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import v8 from 'node:v8';
import { type Context, type Logger, ROOT_CONTEXT, trace } from '@opentelemetry/api';

const RECORDS_PER_FLUSH = Number(process.env['TURN'] ?? 512);
const TURNS = Math.ceil(1_000_000 / RECORDS_PER_FLUSH);
const SPAN = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
const CONTEXTS = Array.from({ length: 64 }, () => trace.setSpanContext(ROOT_CONTEXT, { ...SPAN }));
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
        row: 'log record',
        otelier: ours,
        'opentelemetry-js': theirs,
        speedRatio: Number((ours.recordsPerCpuSecond / theirs.recordsPerCpuSecond).toFixed(2)),
        allocationRatio: Number((ours.bytesPerRecord / theirs.bytesPerRecord).toFixed(3)),
      }),
    );
  }
  sink.kill();
}

interface Metrics {
  readonly recordsPerCpuSecond: number;
  /** Bytes allocated on V8's heap per record, excluding request bytes. */
  readonly bytesPerRecord: number;
}

interface Subject {
  readonly logger: Logger;
  readonly flush: () => Promise<unknown>;
}

async function measure(name: 'otelier' | 'opentelemetry-js', endpoint: string): Promise<void> {
  const subject = name === 'otelier' ? await otelier(endpoint) : await official(endpoint);
  await run(subject, TURNS);
  const before = process.cpuUsage();
  const allocatedBefore = allocated();
  await run(subject, TURNS);
  const { user, system } = process.cpuUsage(before);
  const records = TURNS * RECORDS_PER_FLUSH;
  const metrics: Metrics = {
    recordsPerCpuSecond: Math.round(records / ((user + system) / 1e6)),
    bytesPerRecord: Math.round((allocated() - allocatedBefore) / records),
  };
  process.stdout.write(JSON.stringify(metrics), () => process.exit());
}

async function run({ logger, flush }: Subject, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    for (let i = 0; i < RECORDS_PER_FLUSH; i++) emit(logger, i, CONTEXTS[(i >> 2) & 63] ?? ROOT_CONTEXT);
    await flush();
  }
}

function emit(logger: Logger, i: number, context: Context): void {
  logger.emit({
    severityNumber: 9,
    severityText: 'INFO',
    body: `order ${i} was placed by a customer`,
    attributes: {
      'app.order.id': `order-${i}`,
      'app.cart.total': 12.5,
      'app.cart.items': 3,
      'app.user.premium': true,
      'code.function.name': 'placeOrder',
    },
    context,
  });
}

async function otelier(endpoint: string): Promise<Subject> {
  const { createClient, LoggerProvider } = await import('../node.ts');
  const provider = new LoggerProvider({ client: createClient({ endpoint }), resource: { 'service.name': 'shop' } });
  return { logger: provider.getLogger('bench'), flush: () => provider.forceFlush() };
}

async function official(endpoint: string): Promise<Subject> {
  const { BatchLogRecordProcessor, LoggerProvider } = await import('@opentelemetry/sdk-logs');
  const { OTLPLogExporter } = await import('@opentelemetry/exporter-logs-otlp-proto');
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const exporter = new OTLPLogExporter({ url: `${endpoint}/v1/logs` });
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
    processors: [new BatchLogRecordProcessor({ exporter, maxQueueSize: 4096 })],
  });
  return { logger: provider.getLogger('bench'), flush: () => provider.forceFlush() };
}

/** Returns the total number of bytes allocated on V8's heap. */
function allocated(): number {
  return v8.getHeapStatistics().total_allocated_bytes;
}
