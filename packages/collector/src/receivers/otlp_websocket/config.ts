import { listenEndpoint } from '../../component/fields/listen.ts';
import { includeMetadata, serverAuth } from '../../component/fields/server.ts';
import { serverTls } from '../../component/fields/tls.ts';
import { byteSize, duration, z } from '../../component/schema.ts';

/** The configuration of the `otlp_websocket` receiver. */
export const websocketConfig = z.object({
  endpoint: listenEndpoint().prefault('127.0.0.1:4320').describe('Address to listen on: `host:port` or `unix:/path`.'),
  path: z.string().startsWith('/').prefault('/v1/otlp').describe('URL path of the WebSocket endpoint.'),
  tls: serverTls().describe('TLS settings. Without them, connections are not encrypted.'),
  auth: serverAuth(),
  allowedOrigins: z
    .array(z.string())
    .prefault([])
    .describe(
      'Allowed values of the `Origin` header, such as `https://*.example.com`. Clients that do not send the header are always allowed.',
    ),
  includeMetadata: includeMetadata(),
  maxMessageSize: byteSize()
    .refine((bytes) => bytes > 0 && bytes <= 2 ** 30, { error: 'expected a size up to 1GiB' })
    .prefault('20MiB')
    .describe('Maximum size of a request before and after decompression.'),
  maxInFlightSize: byteSize()
    .refine((bytes) => bytes > 0, { error: 'expected a size' })
    .prefault('32MiB')
    .describe("Maximum size of a client's in-flight requests. Above it, the server stops reading from the connection."),
  heartbeatInterval: duration()
    .prefault('10s')
    .describe(
      'Interval between pings to a client. A client that has not responded by the next ping is disconnected. 0 disables pings.',
    ),
  idleTimeout: duration()
    .prefault('0s')
    .describe('Time after which a connection without requests or subscriptions is closed. 0 means no limit.'),
  sessionTimeout: duration()
    .prefault('5m')
    .describe("How long a disconnected client's session is kept, so that it can resume without duplicates."),
  subscriptions: z
    .object({
      enabled: z
        .boolean()
        .prefault(false)
        .describe(
          'Whether clients may subscribe to received telemetry. Every client that is allowed to send can then read as well.',
        ),
    })
    .prefault({})
    .describe('Subscriptions to live telemetry, filtered by conditions like those of the `filter` processor.'),
});
