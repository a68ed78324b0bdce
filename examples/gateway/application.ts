/**
 * Sends two spans to the gateway configured by `otelier.yaml`, which drops the first and removes the card number from
 * the second.
 *     node examples/gateway/application.ts
 */
import { createClient, span } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';

const client = createClient({ endpoint, resource: { 'service.name': 'example-gateway' } });
client.record(span('GET /healthz').kind('server').attribute('http.route', '/healthz'));
client.record(span('POST /pay').kind('server').attributes({ 'http.route': '/pay', 'card.number': '4111111111111111' }));
await client.shutdown();
