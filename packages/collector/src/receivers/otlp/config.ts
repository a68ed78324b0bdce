import { includeMetadata, serverAuth } from '../../component/fields/server.ts';
import { serverTls } from '../../component/fields/tls.ts';
import { duration, z } from '../../component/schema.ts';

const unused = (why: string) => z.unknown().optional().describe(`Accepted and not used: ${why}`);

/** OTLP/gRPC. */
const grpc = z.object({
  endpoint: z.string().min(1).prefault('127.0.0.1:4317').describe('Where to listen: `host:port` or `unix:/path`.'),
  transport: z.enum(['tcp', 'unix']).prefault('tcp').describe('With `unix`, `endpoint` is the path of a socket.'),
  maxRecvMsgSizeMib: z.int().min(1).max(1024).prefault(4).describe('Largest message in MiB.'),
  maxConcurrentStreams: z.int().min(1).optional().describe('Calls in flight on one connection.'),
  readBufferSize: unused('buffers are sized by themselves.'),
  writeBufferSize: unused('buffers are sized by themselves.'),
  keepalive: z
    .object({
      serverParameters: z
        .object({
          maxConnectionIdle: duration().optional().describe('A connection without a call for so long is closed.'),
          maxConnectionAge: duration().optional().describe('A connection of this age is closed.'),
          maxConnectionAgeGrace: duration().optional().describe('What calls in flight may take beyond that age.'),
          time: duration().optional().describe('How often a connection is probed.'),
          timeout: duration().optional().describe('A connection that does not answer a probe within this is cut.'),
        })
        .prefault({})
        .describe('How long connections live.'),
      enforcementPolicy: z
        .object({
          minTime: duration().optional().describe('A client that probes more often is sent away.'),
          permitWithoutStream: unused('clients may probe without a call.'),
        })
        .prefault({})
        .describe('What is asked of clients.'),
    })
    .optional()
    .describe('How connections are kept and probed.'),
  tls: serverTls().describe('TLS; without it the connection is in plain text.'),
  auth: serverAuth(),
  includeMetadata: includeMetadata(),
});

/** OTLP/HTTP. */
const http = z.object({
  endpoint: z.string().min(1).prefault('127.0.0.1:4318').describe('Where to listen: `host:port` or `unix:/path`.'),
  tracesUrlPath: z.string().startsWith('/').prefault('/v1/traces').describe('Path of traces.'),
  metricsUrlPath: z.string().startsWith('/').prefault('/v1/metrics').describe('Path of metrics.'),
  logsUrlPath: z.string().startsWith('/').prefault('/v1/logs').describe('Path of logs.'),
  profilesUrlPath: z.string().startsWith('/').prefault('/v1development/profiles').describe('Path of profiles.'),
  maxRequestBodySize: z
    .int()
    .min(0)
    .prefault(20_971_520)
    .describe('Largest body in bytes, before and after decompression. 0 means the default.'),
  cors: z
    .object({
      allowedOrigins: z
        .array(z.string())
        .prefault([])
        .describe('Origins of pages that may send, such as `https://*.example.com`.'),
      allowedHeaders: z.array(z.string()).prefault([]).describe('Headers that pages may set besides those of OTLP.'),
      exposedHeaders: z.array(z.string()).prefault([]).describe('Headers of answers that pages may read.'),
      maxAge: z.int().min(0).optional().describe('Seconds for which browsers remember the answer to a preflight.'),
    })
    .optional()
    .describe('Which browser pages may send.'),
  readTimeout: duration().optional().describe('Longest time for a whole request to arrive.'),
  readHeaderTimeout: duration().optional().describe('Longest time for the headers of a request to arrive.'),
  writeTimeout: unused('answers are small and written at once.'),
  idleTimeout: duration().optional().describe('How long a connection may wait for its next request.'),
  keepAlivesEnabled: z.boolean().prefault(true).describe('Whether connections serve more than one request.'),
  compressionAlgorithms: unused('every encoding of OTLP is understood.'),
  responseHeaders: unused('answers bear what OTLP needs.'),
  tls: serverTls().describe('TLS; without it the connection is in plain text.'),
  auth: serverAuth(),
  includeMetadata: includeMetadata(),
});

/** The receiver's fields. */
export const otlpConfig = z.object({
  protocols: z
    .object({
      grpc: grpc.optional().describe('OTLP/gRPC. Leave it out to go without.'),
      http: http.optional().describe('OTLP/HTTP, protobuf and JSON. Leave it out to go without.'),
    })
    .refine((protocols) => protocols.grpc !== undefined || protocols.http !== undefined, {
      error: 'expected grpc, http or both',
    })
    .prefault({ grpc: {}, http: {} })
    .describe('Protocols to listen with.'),
});

/** The fields of OTLP/gRPC as code reads them. */
export type GrpcConfig = z.output<typeof grpc>;
/** The fields of OTLP/HTTP as code reads them. */
export type HttpConfig = z.output<typeof http>;
