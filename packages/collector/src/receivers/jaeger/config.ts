import { listenEndpoint } from '../../component/fields/listen.ts';
import { pushServerFields } from '../../component/fields/push-server.ts';
import { ignored, z } from '../../component/schema.ts';
import { grpcEndpoint, grpcServerConfig } from '../otlp/config.ts';

const grpc = grpcServerConfig.extend({
  endpoint: grpcEndpoint().prefault('127.0.0.1:14250').describe('Address to listen on: `host:port` or `unix:/path`.'),
});

function udp(endpoint: string) {
  return z.object({
    endpoint: listenEndpoint()
      .refine((address) => !address.startsWith('unix:'), { error: 'expected host:port' })
      .prefault(endpoint)
      .describe('Address to listen on: `host:port`.'),
    queueSize: z
      .int()
      .min(1)
      .prefault(1000)
      .describe('Maximum number of datagrams that wait for the pipeline. Further ones are dropped.'),
    maxPacketSize: z.int().min(1).prefault(65_000).describe('Maximum size of a datagram, in bytes.'),
    workers: ignored('datagrams are decoded on the event loop', { schema: z.int() }),
    socketBufferSize: z
      .int()
      .min(0)
      .prefault(0)
      .describe("Size of the kernel's receive buffer, in bytes. 0 means the default of the system."),
  });
}

/** The configuration of the `jaeger` receiver. */
export const jaegerConfig = z.object({
  protocols: z
    .object({
      grpc: grpc.optional().describe('gRPC server (`jaeger.api_v2.CollectorService`). Not started if missing.'),
      thriftHttp: z
        .object(pushServerFields('127.0.0.1:14268'))
        .optional()
        .describe('HTTP server for Thrift (`/api/traces`). Not started if missing.'),
      thriftCompact: udp('127.0.0.1:6831')
        .optional()
        .describe('UDP server for the compact protocol of Thrift. Not started if missing.'),
      thriftBinary: udp('127.0.0.1:6832')
        .optional()
        .describe('UDP server for the binary protocol of Thrift. Not started if missing.'),
    })
    .refine((protocols) => Object.values(protocols).some((protocol) => protocol !== undefined), {
      error: 'expected at least one of grpc, thrift_http, thrift_compact and thrift_binary',
    })
    .describe('Protocols to receive.'),
  remoteSampling: ignored('the Collector has moved it to the extension `jaegerremotesampling`'),
});

/** The configuration of a UDP server. */
export type UdpConfig = z.output<ReturnType<typeof udp>>;
