import { endpointError, listenEndpoint } from '../../component/fields/listen.ts';
import { includeMetadata, serverAuth } from '../../component/fields/server.ts';
import { serverTls } from '../../component/fields/tls.ts';
import { duration, ignored, z } from '../../component/schema.ts';

/** The settings of a gRPC server. */
export const grpcServerConfig = z.object({
  endpoint: grpcEndpoint().prefault('127.0.0.1:4317').describe('Address to listen on: `host:port` or `unix:/path`.'),
  transport: z
    .enum(['tcp', 'unix'])
    .prefault('tcp')
    .describe('Transport. With `unix`, `endpoint` is the path of a Unix socket.'),
  maxRecvMsgSizeMib: z.int().min(1).max(1024).prefault(4).describe('Maximum size of a message, in MiB.'),
  maxConcurrentStreams: z.int().min(1).optional().describe('Maximum number of concurrent calls per connection.'),
  readBufferSize: ignored('buffers are sized automatically'),
  writeBufferSize: ignored('buffers are sized automatically'),
  keepalive: z
    .object({
      serverParameters: z
        .object({
          maxConnectionIdle: duration().optional().describe('Time after which an idle connection is closed.'),
          maxConnectionAge: duration().optional().describe('Maximum age of a connection.'),
          maxConnectionAgeGrace: duration()
            .optional()
            .describe('Grace period for in-flight calls before the connection is closed.'),
          time: duration().optional().describe('Idle time after which the server sends a keepalive ping.'),
          timeout: duration()
            .optional()
            .describe('How long to wait for the response to a ping before the connection is closed.'),
        })
        .prefault({})
        .describe('Server keepalive parameters.'),
      enforcementPolicy: z
        .object({
          minTime: duration()
            .optional()
            .describe('Minimum interval between pings from a client. Connections with more frequent pings are closed.'),
          permitWithoutStream: ignored('clients may send pings without a call in flight', {
            effective: true,
          }),
        })
        .prefault({})
        .describe('Keepalive policy for clients.'),
    })
    .optional()
    .describe('Keepalive settings.'),
  tls: serverTls().describe('TLS settings. Without them, connections are not encrypted.'),
  auth: serverAuth(),
  includeMetadata: includeMetadata(),
});

/** The settings of an HTTP server. */
export const httpServerConfig = z.object({
  endpoint: listenEndpoint().prefault('127.0.0.1:4318').describe('Address to listen on: `host:port` or `unix:/path`.'),
  tracesUrlPath: z.string().startsWith('/').prefault('/v1/traces').describe('URL path for traces.'),
  metricsUrlPath: z.string().startsWith('/').prefault('/v1/metrics').describe('URL path for metrics.'),
  logsUrlPath: z.string().startsWith('/').prefault('/v1/logs').describe('URL path for logs.'),
  profilesUrlPath: z.string().startsWith('/').prefault('/v1development/profiles').describe('URL path for profiles.'),
  maxRequestBodySize: z
    .int()
    .min(0)
    .prefault(20_971_520)
    .describe('Maximum size of a request body before and after decompression, in bytes. 0 means the default.'),
  cors: z
    .object({
      allowedOrigins: z
        .array(z.string())
        .prefault([])
        .describe('Allowed values of the `Origin` header, such as `https://*.example.com`.'),
      allowedHeaders: z
        .array(z.string())
        .prefault([])
        .describe('Allowed request headers, in addition to those of OTLP.'),
      exposedHeaders: z.array(z.string()).prefault([]).describe('Response headers that scripts can read.'),
      maxAge: z.int().min(0).optional().describe('How long browsers cache preflight responses, in seconds.'),
    })
    .optional()
    .describe('Cross-origin resource sharing (CORS) for browsers.'),
  readTimeout: duration().optional().describe('Maximum time to read a request.'),
  readHeaderTimeout: duration().optional().describe('Maximum time to read the headers of a request.'),
  writeTimeout: ignored('responses are small and written at once'),
  idleTimeout: duration().optional().describe('Time after which an idle connection is closed.'),
  keepAlivesEnabled: z.boolean().prefault(true).describe('Whether to keep connections open for further requests.'),
  compressionAlgorithms: ignored('all compression algorithms of OTLP are supported'),
  responseHeaders: ignored('responses only have the headers of OTLP'),
  tls: serverTls().describe('TLS settings. Without them, connections are not encrypted.'),
  auth: serverAuth(),
  includeMetadata: includeMetadata(),
});

/** The configuration of the `otlp` receiver. */
export const otlpConfig = z.object({
  protocols: z
    .object({
      grpc: grpcServerConfig.optional().describe('OTLP/gRPC server. Not started if missing.'),
      http: httpServerConfig.optional().describe('OTLP/HTTP server, for protobuf and JSON. Not started if missing.'),
    })
    .refine((protocols) => protocols.grpc !== undefined || protocols.http !== undefined, {
      error: 'expected grpc, http or both',
    })
    .prefault({ grpc: {}, http: {} })
    .describe('Protocols to receive. Default: both.'),
});

/** The gRPC server configuration. */
export type GrpcConfig = z.output<typeof grpcServerConfig>;
/** The HTTP server configuration. */
export type HttpConfig = z.output<typeof httpServerConfig>;

/** Returns the listen address of a gRPC server. With `transport: unix`, the endpoint is only a path. */
export function grpcAddress({ endpoint, transport }: Pick<GrpcConfig, 'endpoint' | 'transport'>): string {
  return transport === 'unix' && !endpoint.startsWith('unix:') ? `unix:${endpoint}` : endpoint;
}

/** Returns the field for a gRPC server endpoint, which can be a path. */
export function grpcEndpoint() {
  return z.string().superRefine((endpoint, issues) => {
    const message = endpointError(endpoint);
    if (message !== undefined && !endpoint.startsWith('/'))
      issues.addIssue({ code: 'custom', message, input: endpoint });
  });
}
