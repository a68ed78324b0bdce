import { listenEndpoint } from '../../component/fields/listen.ts';
import { serverAuth } from '../../component/fields/server.ts';
import { serverTls } from '../../component/fields/tls.ts';
import { byteSize, duration, ignored, z } from '../../component/schema.ts';

const NO_REQUESTS = 'clients send no requests';
const LONG_LIVED = 'connections are open until the client closes them';

/** The configuration schema of `remote_tap`. */
export const remoteTapConfig = z.object({
  endpoint: listenEndpoint()
    .prefault('localhost:12001')
    .describe(
      'Address to listen on: `host:port` or `unix:/path`. Telemetry can contain secrets, so listen only locally, or use `tls` and `auth`.',
    ),
  transport: ignored('the endpoint determines the transport', { schema: z.string(), effective: 'tcp' }),
  limit: z
    .number()
    .min(0)
    .prefault(1)
    .describe('Maximum number of batches per second sent to clients. Other batches only pass through.'),
  maxBufferedBytes: byteSize()
    .prefault('8MiB')
    .describe('Maximum size of the messages buffered for a slow client. Further messages to it are dropped.'),
  maxClients: z.int().min(1).prefault(100).describe('Maximum number of clients.'),
  tls: serverTls().describe('TLS settings. Without them, connections are not encrypted.'),
  auth: serverAuth(),
  cors: z
    .object({
      allowedOrigins: z.array(z.string()).prefault([]).describe('Origins from which pages may connect. Default: none.'),
      allowedHeaders: ignored('browsers cannot set headers on a WebSocket', { schema: z.array(z.string()) }),
      exposedHeaders: ignored('browsers cannot read headers of a WebSocket', { schema: z.array(z.string()) }),
      maxAge: ignored('a WebSocket has no preflight request', { schema: z.int() }),
    })
    .prefault({})
    .describe('Browser pages that may connect.'),
  maxRequestBodySize: ignored(NO_REQUESTS),
  includeMetadata: ignored(NO_REQUESTS, { schema: z.boolean() }),
  responseHeaders: ignored('messages have no headers'),
  compressionAlgorithms: ignored(NO_REQUESTS),
  readTimeout: ignored(LONG_LIVED, { schema: z.string() }),
  readHeaderTimeout: duration().prefault('1m').describe('Handshake timeout.'),
  writeTimeout: ignored(LONG_LIVED, { schema: z.string() }),
  idleTimeout: ignored(LONG_LIVED, { schema: z.string() }),
  keepAlivesEnabled: ignored(LONG_LIVED, { schema: z.boolean(), effective: true }),
  middlewares: ignored('otelier has no middlewares'),
});

/** The parsed configuration. */
export type RemoteTapConfig = z.output<typeof remoteTapConfig>;
