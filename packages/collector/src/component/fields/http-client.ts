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

/** Returns the fields of `confighttp.ClientConfig` about connections, which Node.js and the queue decide. */
export function connectionFields() {
  return {
    proxyUrl: ignored('requests go to the endpoint itself', { schema: z.string() }),
    readBufferSize: ignored('Node.js sizes its buffers', { schema: z.int() }),
    writeBufferSize: ignored('Node.js sizes its buffers', { schema: z.int() }),
    maxIdleConns: ignored('idle connections are closed after `idle_conn_timeout`', { schema: z.int() }),
    maxIdleConnsPerHost: ignored('idle connections are closed after `idle_conn_timeout`', { schema: z.int() }),
    maxConnsPerHost: ignored('there is one connection for each consumer of the queue', { schema: z.int() }),
    disableKeepAlives: ignored('connections are kept open', { schema: z.boolean(), effective: false }),
    http2ReadIdleTimeout: ignored('requests use HTTP/1.1', { schema: z.string() }),
    http2PingTimeout: ignored('requests use HTTP/1.1', { schema: z.string() }),
    forceAttemptHttp2: ignored('requests use HTTP/1.1', { schema: z.boolean() }),
    middlewares: ignored('there are none'),
  } as const;
}
