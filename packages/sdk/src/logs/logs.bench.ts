/**
 * Compares the cost of a log record with opentelemetry-js: a body and five attributes, four records per span, from
 * `emit` until a local sink has received it, in CPU time of this process (all threads) and allocated memory. Both use
 * HTTP.
 *   node packages/sdk/src/logs/logs.bench.ts [rounds]
 *   TURN=4096 node packages/sdk/src/logs/logs.bench.ts     records before each flush; default 512
 */
import { type Logger, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { compareLibraries, type Workload } from '../compare-libraries.testing.ts';

const SPAN = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
const CONTEXTS = Array.from({ length: 64 }, () => trace.setSpanContext(ROOT_CONTEXT, { ...SPAN }));

await compareLibraries({
  program: import.meta.filename,
  row: 'log record',
  items: 1_000_000,
  results: { rate: 'recordsPerCpuSecond', bytes: 'bytesPerRecord' },
  libraries: { otelier, 'opentelemetry-js': official },
});

function emit(logger: Logger, i: number): void {
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
    context: CONTEXTS[(i >> 2) & 63] ?? ROOT_CONTEXT,
  });
}

async function otelier(endpoint: string): Promise<Workload> {
  const { createClient, LoggerProvider } = await import('../node.ts');
  const provider = new LoggerProvider({ client: createClient({ endpoint }), resource: { 'service.name': 'shop' } });
  const logger = provider.getLogger('bench');
  return { record: (i) => emit(logger, i), flush: () => provider.forceFlush() };
}

async function official(endpoint: string): Promise<Workload> {
  const { BatchLogRecordProcessor, LoggerProvider } = await import('@opentelemetry/sdk-logs');
  const { OTLPLogExporter } = await import('@opentelemetry/exporter-logs-otlp-proto');
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const exporter = new OTLPLogExporter({ url: `${endpoint}/v1/logs` });
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
    processors: [new BatchLogRecordProcessor({ exporter, maxQueueSize: 4096 })],
  });
  const logger = provider.getLogger('bench');
  return { record: (i) => emit(logger, i), flush: () => provider.forceFlush() };
}
