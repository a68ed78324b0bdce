import type { Signal } from '@otelier/otlp';
import type { ExportHandler } from '@otelier/transport';
import { defineReceiver } from '../component/define.ts';
import { checkServer, serverOptions } from '../component/fields/server.ts';
import { openPushServer } from '../component/http/push-server.ts';
import { createServerReceiver, type ServerPlan } from '../component/server-receiver.ts';
import { lokiConfig } from './loki/config.ts';
import { grpcAddress } from './otlp/config.ts';
import { grpcServer } from './otlp/servers.ts';

const PUSH_PATH = '/loki/api/v1/push';
const METHODS: ReadonlyMap<string, Signal> = new Map([['/logproto.Pusher/Push', 'logs']]);

export const loki = defineReceiver({
  summary:
    'Receives logs by the push API of Loki over HTTP and gRPC, as Promtail, Grafana Alloy and Fluent Bit send them.',
  stability: 'alpha',
  signals: ['logs'],
  config: lokiConfig,
  examples: [
    { title: 'HTTP, from the same host', config: { protocols: { http: {} } } },
    {
      title: 'Both protocols, from other hosts, with the times of entries',
      config: {
        protocols: { grpc: { endpoint: '0.0.0.0:3600' }, http: { endpoint: '0.0.0.0:3500' } },
        use_incoming_timestamp: true,
      },
    },
  ],
  describe: ({ protocols: { grpc, http } }) => [grpc, http].flatMap((one) => one?.endpoint ?? []).join(', '),
  check: ({ protocols: { grpc, http } }, use) => [
    ...(grpc ? checkServer(grpc, ['protocols', 'grpc'], use) : []),
    ...(http ? checkServer(http, ['protocols', 'http'], use) : []),
  ],
  listens: ({ protocols: { grpc, http } }) => [
    ...(grpc ? [{ path: ['protocols', 'grpc', 'endpoint'], endpoint: grpcAddress(grpc) }] : []),
    ...(http ? [{ path: ['protocols', 'http', 'endpoint'], endpoint: http.endpoint }] : []),
  ],
  create({ protocols: { grpc, http }, useIncomingTimestamp }, next, context) {
    const { clock } = context;
    // The labels of a stream are attributes of its records, as in the Collector.
    const common = { labels: 'record', keepTimestamps: useIncomingTimestamp, nowMillis: () => clock.now() } as const;
    const httpPlan = (config: NonNullable<typeof http>): ServerPlan => ({
      protocol: 'http',
      endpoint: config.endpoint,
      includeMetadata: config.includeMetadata,
      async create(listener, handler) {
        const { receivePush } = await import('@otelier/query/loki-push');
        return openPushServer(
          {
            ...serverOptions(config, context),
            path: PUSH_PATH,
            signal: 'logs',
            receive: (request, target) => receivePush(request, { ...common, target }),
          },
          listener,
          handler,
        );
      },
    });
    const grpcPlan = (config: NonNullable<typeof grpc>): ServerPlan => {
      const plan = grpcServer(config, ['logs'], context, METHODS);
      return {
        ...plan,
        async create(listener, handler) {
          const { receiveGrpcPush } = await import('@otelier/query/loki-push');
          return plan.create(listener, converting(handler, receiveGrpcPush));
        },
      };
    };
    const converting = (handler: ExportHandler, receive: ReceiveGrpcPush): ExportHandler => ({
      ...(handler.incoming !== undefined && { incoming: handler.incoming }),
      admit: (sizeBytes) => handler.admit(sizeBytes),
      export: async (request) =>
        receive(request.body, {
          ...common,
          target: {
            admit: (sizeBytes) => handler.admit(sizeBytes),
            consume: (body) => handler.export({ ...request, body }),
          },
        }),
    });
    return createServerReceiver(next, context, () => [
      ...(grpc ? [grpcPlan(grpc)] : []),
      ...(http ? [httpPlan(http)] : []),
    ]);
  },
});

type ReceiveGrpcPush = typeof import('@otelier/query/loki-push').receiveGrpcPush;
