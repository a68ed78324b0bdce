import type { Signal } from '@otelier/otlp';
import { defineReceiver } from '../component/define.ts';
import { checkServer } from '../component/fields/server.ts';
import { createServerReceiver } from '../component/server-receiver.ts';
import { grpcAddress, otlpConfig } from './otlp/config.ts';
import { grpcServer, httpServer } from './otlp/servers.ts';

export const otlp = defineReceiver({
  summary: 'Receives OTLP over gRPC and HTTP.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: otlpConfig,
  examples: [
    {
      title: 'Both protocols, from other hosts',
      config: { protocols: { grpc: { endpoint: '0.0.0.0:4317' }, http: { endpoint: '0.0.0.0:4318' } } },
    },
    {
      title: 'From browsers',
      config: { protocols: { http: { cors: { allowed_origins: ['https://*.example.com'] } } } },
    },
  ],
  describe: ({ protocols }) =>
    [protocols.grpc, protocols.http]
      .flatMap((protocol) => (protocol ? [shortAddress(protocol.endpoint)] : []))
      .join(', '),
  check: ({ protocols: { grpc, http } }, use) => [
    ...(grpc ? checkServer(grpc, ['protocols', 'grpc'], use) : []),
    ...(http ? checkServer(http, ['protocols', 'http'], use) : []),
  ],
  listens: ({ protocols: { grpc, http } }) => [
    ...(grpc ? [{ path: ['protocols', 'grpc', 'endpoint'], endpoint: grpcAddress(grpc) }] : []),
    ...(http ? [{ path: ['protocols', 'http', 'endpoint'], endpoint: http.endpoint }] : []),
  ],
  create({ protocols: { grpc, http } }, next, context) {
    const signals = Object.keys(next) as Signal[];
    return createServerReceiver(next, context, () => [
      ...(grpc ? [grpcServer(grpc, signals, context)] : []),
      ...(http ? [httpServer(http, signals, context)] : []),
    ]);
  },
});

/** Returns only the port of a loopback or wildcard address, because space in the pipeline view is limited. */
function shortAddress(endpoint: string): string {
  return endpoint.replace(/^(?:127\.0\.0\.1|localhost|\[::1\]|0\.0\.0\.0|\[::\])?:(?=\d+$)/, '');
}
