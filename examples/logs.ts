/**
 * Logs: emits records with severity, attributes and an exception, correlated with the active span.
 *     node examples/logs.ts
 */
import { ROOT_CONTEXT, SeverityNumber, trace } from '@opentelemetry/api';
import { createClient, LoggerProvider, TracerProvider } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

const client = createClient({ endpoint, resource: { 'service.name': 'example-logs' } });
const loggers = new LoggerProvider({
  client,
  // Drops records of the logger `noisy` below WARN. All other loggers keep the defaults.
  loggerConfig: ({ name }) => (name === 'noisy' ? { minimumSeverity: SeverityNumber.WARN } : {}),
});
const tracers = new TracerProvider({ client });

const logger = loggers.getLogger('shop');
logger.emit({ severityNumber: SeverityNumber.INFO, severityText: 'info', body: 'shop opened' });

const span = tracers.getTracer('shop').startSpan('POST /order');
logger.emit({
  severityNumber: SeverityNumber.ERROR,
  body: { text: 'payment refused', attempts: 3 },
  attributes: { 'order.id': 'a-17' },
  exception: new Error('card expired'),
  // Correlates the record with this span. Defaults to the active span.
  context: trace.setSpan(ROOT_CONTEXT, span),
});
span.end();

const noisy = loggers.getLogger('noisy');
// Check `enabled` first if building the record is expensive.
if (noisy.enabled({ severityNumber: SeverityNumber.DEBUG })) noisy.emit({ body: 'never written' });
noisy.emit({ severityNumber: SeverityNumber.WARN, body: 'disk is nearly full' });

// The client is shut down along with the last of its providers.
await loggers.shutdown();
await tracers.shutdown();
