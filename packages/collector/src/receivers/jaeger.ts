import type { ComponentContext } from '../component/contract.ts';
import { defineReceiver } from '../component/define.ts';
import { DEFAULT_BODY_BYTES } from '../component/fields/push-server.ts';
import { checkServer, serverOptions } from '../component/fields/server.ts';
import { openPushServer } from '../component/http/push-server.ts';
import type { z } from '../component/schema.ts';
import { createServerReceiver, type OwnSocketPlan, type ServerPlan } from '../component/server-receiver.ts';
import { jaegerConfig, type UdpConfig } from './jaeger/config.ts';
import { grpcAddress } from './otlp/config.ts';
import { grpcServer } from './otlp/servers.ts';

type Protocols = z.output<typeof jaegerConfig>['protocols'];

export const jaeger = defineReceiver({
  summary: 'Receives spans as the Collector of Jaeger and its agents do: over gRPC, and Thrift over HTTP and UDP.',
  stability: 'alpha',
  // Datagrams of all senders arrive at one socket.
  runsIn: 'main',
  signals: ['traces'],
  config: jaegerConfig,
  examples: [
    {
      title: 'All protocols, from the same host',
      config: { protocols: { grpc: {}, thrift_http: {}, thrift_compact: {}, thrift_binary: {} } },
    },
    {
      title: 'gRPC and HTTP from other hosts',
      config: { protocols: { grpc: { endpoint: '0.0.0.0:14250' }, thrift_http: { endpoint: '0.0.0.0:14268' } } },
    },
  ],
  describe: ({ protocols }) =>
    Object.values(protocols)
      .flatMap((one) => one?.endpoint ?? [])
      .join(', '),
  check: ({ protocols: { grpc, thriftHttp } }, use) => [
    ...(grpc ? checkServer(grpc, ['protocols', 'grpc'], use) : []),
    ...(thriftHttp ? checkServer(thriftHttp, ['protocols', 'thrift_http'], use) : []),
  ],
  listens: ({ protocols: { grpc, thriftHttp, thriftCompact, thriftBinary } }) => [
    ...(grpc ? [{ path: ['protocols', 'grpc', 'endpoint'], endpoint: grpcAddress(grpc) }] : []),
    ...(thriftHttp ? [{ path: ['protocols', 'thrift_http', 'endpoint'], endpoint: thriftHttp.endpoint }] : []),
    ...listensOnUdp('thrift_compact', thriftCompact),
    ...listensOnUdp('thrift_binary', thriftBinary),
  ],
  create: ({ protocols }, next, context) => createServerReceiver(next, context, () => plansOf(protocols, context)),
});

function listensOnUdp(name: string, config: UdpConfig | undefined) {
  if (config === undefined) return [];
  return [{ path: ['protocols', name, 'endpoint'], endpoint: config.endpoint, transport: 'udp' as const }];
}

function plansOf(
  { grpc, thriftHttp, thriftCompact, thriftBinary }: Protocols,
  context: ComponentContext,
): (ServerPlan | OwnSocketPlan)[] {
  return [
    ...(grpc ? [grpcPlan(grpc, context)] : []),
    ...(thriftHttp ? [httpPlan(thriftHttp, context)] : []),
    ...(thriftCompact
      ? [udpPlan(thriftCompact, context, async () => (await import('../thrift/compact-reader.ts')).CompactReader)]
      : []),
    ...(thriftBinary
      ? [udpPlan(thriftBinary, context, async () => (await import('../thrift/binary-reader.ts')).BinaryReader)]
      : []),
  ];
}

function grpcPlan(config: NonNullable<Protocols['grpc']>, context: ComponentContext): ServerPlan {
  return {
    protocol: 'grpc',
    endpoint: grpcAddress(config),
    includeMetadata: config.includeMetadata,
    async create(listener, handler) {
      const { converting, METHODS } = await import('./jaeger/grpc-handler.ts');
      return grpcServer(config, ['traces'], context, METHODS).create(listener, converting(handler));
    },
  };
}

function httpPlan(config: NonNullable<Protocols['thriftHttp']>, context: ComponentContext): ServerPlan {
  const { endpoint, includeMetadata, maxRequestBodySize } = config;
  return {
    ...{ protocol: 'http', endpoint, includeMetadata },
    async create(listener, handler) {
      const [{ receiveSpans }, { httpProtocol }] = await Promise.all([
        import('../spans/receive-spans.ts'),
        import('./jaeger/http-protocol.ts'),
      ]);
      const maxBytes = maxRequestBodySize || DEFAULT_BODY_BYTES;
      return openPushServer(
        {
          ...serverOptions(config, context),
          path: '/api/traces',
          signal: 'traces',
          receive: (request, target) => receiveSpans(request, target, httpProtocol(request, maxBytes)),
        },
        listener,
        handler,
      );
    },
  };
}

type ReaderClass =
  | typeof import('../thrift/binary-reader.ts').BinaryReader
  | typeof import('../thrift/compact-reader.ts').CompactReader;

function udpPlan(config: UdpConfig, context: ComponentContext, load: () => Promise<ReaderClass>): OwnSocketPlan {
  return {
    protocol: 'udp',
    async create(handler) {
      const [{ openUdpServer }, Reader] = await Promise.all([import('./jaeger/udp-server.ts'), load()]);
      return openUdpServer(config, (bytes) => new Reader(bytes), handler, context);
    },
  };
}
