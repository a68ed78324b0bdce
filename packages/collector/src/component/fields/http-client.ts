import { ignored, z } from '../schema.ts';

/**
 * Returns the fields of the Collector's `confighttp.ClientConfig` that have no effect, for the given reason. Components
 * spread them before the fields that they implement.
 */
export function httpClientFields(reason: string) {
  const integer = ignored(reason, { schema: z.int() });
  const text = ignored(reason, { schema: z.string() });
  const flag = ignored(reason, { schema: z.boolean() });
  return {
    endpoint: text,
    proxyUrl: text,
    tls: ignored(reason, { schema: z.record(z.string(), z.unknown()) }),
    readBufferSize: integer,
    writeBufferSize: integer,
    headers: ignored(reason, { schema: z.record(z.string(), z.unknown()) }),
    auth: ignored(reason),
    compression: text,
    compressionParams: ignored(reason),
    maxIdleConns: integer,
    maxIdleConnsPerHost: integer,
    maxConnsPerHost: integer,
    idleConnTimeout: text,
    disableKeepAlives: flag,
    keepalive: ignored(reason),
    http2ReadIdleTimeout: text,
    http2PingTimeout: text,
    forceAttemptHttp2: flag,
    cookies: ignored(reason),
    middlewares: ignored(reason),
  } as const;
}
