import { defineExtension, type ListenAddress } from '../component/define.ts';
import { listenEndpoint } from '../component/fields/listen.ts';
import { checkServer } from '../component/fields/server.ts';
import { serverTls } from '../component/fields/tls.ts';
import { duration, ignored, z } from '../component/schema.ts';
import { healthCheck } from './health_check.ts';
import { createHealthServers } from './health_check_v2/servers.ts';

const path = (fallback: string) => z.string().startsWith('/').prefault(fallback).describe('Path.');

const v1 = healthCheck.config.shape;

const config = z
  .object({
    useV2: z
      .boolean()
      .prefault(false)
      .describe('Whether `http` and `grpc` apply. Otherwise, the extension is a `health_check` with the fields below.'),
    http: z
      .object({
        endpoint: listenEndpoint()
          .prefault('localhost:13133')
          .describe('Address to listen on: `host:port` or `unix:/path`.'),
        status: z
          .object({
            enabled: z.boolean().prefault(true).describe('Whether to serve the status.'),
            path: path('/status'),
            includeAttributes: ignored('components report no attributes', { schema: z.boolean(), effective: false }),
          })
          .prefault({})
          .describe(
            'Status of the process, or of a pipeline with `?pipeline=traces`; of all components with `verbose`.',
          ),
        config: z
          .object({
            enabled: z.boolean().prefault(false).describe('Whether to serve the running configuration as JSON.'),
            path: path('/config'),
          })
          .prefault({})
          .describe('The running configuration, with secrets redacted.'),
        tls: serverTls().describe('TLS settings. Without them, connections are not encrypted.'),
      })
      .optional()
      .describe('HTTP service.'),
    grpc: z
      .object({
        endpoint: listenEndpoint()
          .prefault('localhost:13132')
          .describe('Address to listen on: `host:port` or `unix:/path`.'),
        transport: ignored('the endpoint determines it', { schema: z.string(), effective: 'tcp' }),
        keepalive: ignored('connections are kept open'),
        tls: serverTls().describe('TLS settings. Without them, connections are not encrypted.'),
      })
      .optional()
      .describe('gRPC service `grpc.health.v1.Health`. The name of a pipeline is the name of a service.'),
    componentHealth: z
      .object({
        includePermanentErrors: z
          .boolean()
          .prefault(false)
          .describe('Whether a permanent error of a component makes the process unhealthy.'),
        includeRecoverableErrors: z
          .boolean()
          .prefault(false)
          .describe('Whether a recoverable error does, once it has lasted for `recovery_duration`.'),
        recoveryDuration: duration().prefault('0s').describe('How long a recoverable error is healthy.'),
      })
      .prefault({})
      .describe('Errors that make the process unhealthy. Default: none.'),
    ...v1,
  })
  .refine(({ useV2, http, grpc }) => !useV2 || http !== undefined || grpc !== undefined, {
    error: 'expected http or grpc with use_v2',
  });

type Config = z.output<typeof config>;

export const healthCheckV2 = defineExtension({
  summary: 'Serves the status of the process, its pipelines and its components over HTTP and gRPC.',
  stability: 'development',
  aliases: ['healthcheckv2'],
  config,
  examples: [
    {
      title: 'Both services, unhealthy when an exporter has failed for a minute',
      config: {
        use_v2: true,
        http: { endpoint: '127.0.0.1:13133' },
        grpc: { endpoint: '127.0.0.1:13132' },
        component_health: { include_recoverable_errors: true, recovery_duration: '1m' },
      },
    },
  ],
  describe: (options) =>
    listensOf(options)
      .map(({ endpoint }) => endpoint)
      .join(', '),
  listens: (options) => listensOf(options),
  check: ({ useV2, http, grpc, ...v1 }, use) =>
    useV2
      ? [
          ...(http === undefined ? [] : checkServer(http, ['http'], use)),
          ...(grpc === undefined ? [] : checkServer(grpc, ['grpc'], use)),
        ]
      : (healthCheck.check?.(v1, use) ?? []),
  create: (options, context) =>
    options.useV2 ? createHealthServers(options, context) : healthCheck.create(options, context),
});

function listensOf({ useV2, http, grpc, endpoint }: Config): readonly ListenAddress[] {
  if (!useV2) return [{ path: ['endpoint'], endpoint }];
  return [
    ...(http === undefined ? [] : [{ path: ['http', 'endpoint'], endpoint: http.endpoint }]),
    ...(grpc === undefined ? [] : [{ path: ['grpc', 'endpoint'], endpoint: grpc.endpoint }]),
  ];
}
