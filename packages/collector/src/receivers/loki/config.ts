import { listenEndpoint } from '../../component/fields/listen.ts';
import { ignored, z } from '../../component/schema.ts';
import { grpcEndpoint, grpcServerConfig, httpServerConfig } from '../otlp/config.ts';

const grpc = grpcServerConfig.extend({
  endpoint: grpcEndpoint().prefault('127.0.0.1:3600').describe('Address to listen on: `host:port` or `unix:/path`.'),
});

const http = httpServerConfig
  .omit({ tracesUrlPath: true, metricsUrlPath: true, logsUrlPath: true, profilesUrlPath: true })
  .extend({
    endpoint: listenEndpoint()
      .prefault('127.0.0.1:3500')
      .describe('Address to listen on: `host:port` or `unix:/path`.'),
    maxRequestBodySize: ignored('a request has at most 16 MiB, and 64 MiB after decompression'),
    cors: ignored('clients of Loki are no browsers'),
    readTimeout: ignored('a request takes at most a minute'),
    readHeaderTimeout: ignored('a request takes at most a minute'),
    idleTimeout: ignored('idle connections are closed after five seconds'),
    keepAlivesEnabled: ignored('connections are kept open for further requests', { effective: true }),
  });

/** The configuration of the `loki` receiver. */
export const lokiConfig = z.object({
  protocols: z
    .object({
      grpc: grpc.optional().describe('gRPC server (`logproto.Pusher`). Not started if missing.'),
      http: http.optional().describe('HTTP server (`/loki/api/v1/push`). Not started if missing.'),
    })
    .refine((protocols) => protocols.grpc !== undefined || protocols.http !== undefined, {
      error: 'expected grpc, http or both',
    })
    .describe('Protocols to receive.'),
  useIncomingTimestamp: z
    .boolean()
    .prefault(false)
    .describe('Whether records keep the time of their entry. Otherwise, they have the time of receipt.'),
});
