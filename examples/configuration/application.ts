/**
 * A program that uses only the OpenTelemetry API. A configuration file determines where its telemetry is sent.
 *     OTEL_CONFIG_FILE=examples/configuration/otel.yaml node --import @otelier/sdk/register examples/configuration/application.ts
 */
import { logs, metrics, SeverityNumber, trace } from '@opentelemetry/api';

const tracer = trace.getTracer('shop');
const orders = metrics.getMeter('shop').createCounter('orders', { unit: '{order}' });

for (const [route, customer] of [
  ['/order', 'a-17'],
  ['/health', 'none'],
] as const) {
  tracer.startActiveSpan(`POST ${route}`, { attributes: { 'http.route': route } }, (span) => {
    orders.add(1, { 'http.route': route, 'customer.id': customer });
    logs.getLogger('shop').emit({ body: `order of ${customer}`, severityNumber: SeverityNumber.INFO });
    logs.getLogger('chatty.library').emit({ body: 'entered handler', severityNumber: SeverityNumber.DEBUG });
    span.end();
  });
}
// No flush is needed: pending telemetry is sent when the program exits.
