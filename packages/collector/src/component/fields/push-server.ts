import { ignored, z } from '../schema.ts';
import { listenEndpoint } from './listen.ts';
import { includeMetadata, serverAuth } from './server.ts';
import { serverTls } from './tls.ts';

/** Default maximum size of a request body, as in the Collector. */
export const DEFAULT_BODY_BYTES = 20_971_520;

/** Returns the fields of an HTTP server for a protocol other than OTLP (the Collector's `confighttp.ServerConfig`). */
export function pushServerFields(endpoint: string) {
  return {
    endpoint: listenEndpoint().prefault(endpoint).describe('Address to listen on: `host:port` or `unix:/path`.'),
    transport: ignored('a Unix socket is written as `unix:/path`', { schema: z.string(), effective: 'tcp' }),
    maxRequestBodySize: z
      .int()
      .min(0)
      .prefault(DEFAULT_BODY_BYTES)
      .describe('Maximum size of a request body before and after decompression, in bytes. 0 means the default.'),
    tls: serverTls().describe('TLS settings. Without them, connections are not encrypted.'),
    auth: serverAuth(),
    includeMetadata: includeMetadata(),
    cors: ignored('clients of this protocol are no browsers'),
    responseHeaders: ignored('responses have no further headers'),
    compressionAlgorithms: ignored('all compression algorithms are supported'),
    readTimeout: ignored('a request takes at most a minute'),
    readHeaderTimeout: ignored('a request takes at most a minute'),
    writeTimeout: ignored('responses are small and written at once'),
    idleTimeout: ignored('idle connections are closed after five seconds'),
    keepAlivesEnabled: ignored('connections are kept open for further requests', { effective: true }),
    middlewares: ignored('there are none'),
  } as const;
}
