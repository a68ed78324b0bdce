import { listenEndpoint } from '../../component/fields/listen.ts';
import { includeMetadata, serverAuth } from '../../component/fields/server.ts';
import { serverTls } from '../../component/fields/tls.ts';
import { byteSize, duration, z } from '../../component/schema.ts';

/** The receiver's fields. */
export const websocketConfig = z.object({
  endpoint: listenEndpoint().prefault('127.0.0.1:4320').describe('Address to listen on: `host:port` or `unix:/path`.'),
  path: z.string().startsWith('/').prefault('/v1/otlp').describe('URL path of the WebSocket endpoint.'),
  tls: serverTls().describe('TLS settings. Without them, connections are not encrypted.'),
  auth: serverAuth(),
  allowedOrigins: z
    .array(z.string())
    .prefault([])
    .describe(
      'Allowed values of the `Origin` header, such as `https://*.example.com`. Clients without the header are always allowed.',
    ),
  includeMetadata: includeMetadata(),
  maxMessageSize: byteSize()
    .refine((bytes) => bytes > 0 && bytes <= 2 ** 30, { error: 'expected a size up to 1GiB' })
    .prefault('20MiB')
    .describe('Maximum size of a request before and after decompression.'),
  maxInFlightSize: byteSize()
    .refine((bytes) => bytes > 0, { error: 'expected a size' })
    .prefault('32MiB')
    .describe('Maximum size of the requests in flight of a client. Above it, its connection is not read.'),
  heartbeatInterval: duration()
    .prefault('10s')
    .describe(
      'Time between two pings of a client. A client that has not responded by the next one is disconnected. 0 disables pings.',
    ),
  idleTimeout: duration()
    .prefault('0s')
    .describe('Time after which a connection without requests and subscriptions is closed. 0 means no limit.'),
  sessionTimeout: duration()
    .prefault('5m')
    .describe('Time for which the session of a disconnected client is kept, so that it can resume without duplicates.'),
  subscriptions: z
    .object({
      enabled: z
        .boolean()
        .prefault(false)
        .describe(
          'Whether clients may subscribe to received telemetry. Every client that may send can then also read.',
        ),
    })
    .prefault({})
    .describe('Subscriptions to live telemetry, filtered by a condition as in the `filter` processor.'),
});
