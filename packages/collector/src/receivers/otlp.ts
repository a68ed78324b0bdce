import type { Signal } from '@otelier/otlp';
import {
  createGrpcServer,
  createHttpServer,
  type ExportServer,
  type GrpcServerOptions,
  type HttpServerOptions,
  type Listener,
} from '@otelier/transport';
import type { ComponentContext, Receiver, SignalConsumers } from '../component/contract.ts';
import { defineReceiver } from '../component/define.ts';
import { defined } from '../component/defined.ts';
import type { Endpoint, LentListener } from '../component/host.ts';
import { createIntake, type Intake } from '../component/intake.ts';
import type { z } from '../component/schema.ts';
import { serverOptions } from '../component/server-options.ts';
import { type GrpcConfig, type HttpConfig, otlpConfig } from './otlp/config.ts';

/** Receives OTLP over gRPC and HTTP. */
export const otlp = defineReceiver({
  summary: 'Receives OTLP over gRPC and HTTP, the latter as protobuf or JSON.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: otlpConfig,
  examples: [
    {
      title: 'From other machines, both protocols',
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
  create: (config, next, context) => new OtlpReceiver(config, next, context),
});

class OtlpReceiver implements Receiver {
  readonly #config: z.output<typeof otlpConfig>;
  readonly #next: SignalConsumers;
  readonly #context: ComponentContext;
  readonly #servers: ExportServer[] = [];
  readonly #intakes: Intake[] = [];
  readonly #sockets: LentListener[] = [];

  constructor(config: z.output<typeof otlpConfig>, next: SignalConsumers, context: ComponentContext) {
    this.#config = config;
    this.#next = next;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { grpc, http } = this.#config.protocols;
    if (grpc) {
      const endpoint = grpc.transport === 'unix' ? unixEndpoint(grpc.endpoint) : grpc.endpoint;
      await this.#serve('grpc', endpoint, (socket) =>
        createGrpcServer({ ...this.#grpcOptions(grpc), endpoint: socket }, this.#intake(grpc)),
      );
    }
    if (http) {
      await this.#serve('http', http.endpoint, (socket) =>
        createHttpServer({ ...this.#httpOptions(http), endpoint: socket }, this.#intake(http)),
      );
    }
  }

  drain(_deadline: AbortSignal, remainingMillis: number): Promise<void> {
    return this.#stop(remainingMillis);
  }

  shutdown(): Promise<void> {
    return this.#stop(0);
  }

  async #stop(graceMillis: number): Promise<void> {
    await Promise.all(this.#sockets.splice(0).map((socket) => socket.release()));
    await Promise.all(this.#servers.map((server) => server.shutdown(graceMillis)));
    await Promise.all(this.#intakes.splice(0).map((intake) => intake.close()));
  }

  async #serve(
    protocol: Endpoint['protocol'],
    endpoint: string,
    create: (socket: Listener) => Promise<ExportServer>,
  ): Promise<void> {
    const { host, id } = this.#context;
    const socket = await host.listen(endpoint, { component: id, protocol });
    this.#sockets.push(socket);
    const server = await create(socket.listener);
    this.#servers.push(server);
    socket.movable(() => server.moveConnection());
  }

  #intake({ includeMetadata }: GrpcConfig | HttpConfig): Intake {
    const intake = createIntake(this.#next, includeMetadata, this.#context);
    this.#intakes.push(intake);
    return intake;
  }

  #grpcOptions(config: GrpcConfig): Omit<GrpcServerOptions, 'endpoint'> {
    const parameters = config.keepalive?.serverParameters;
    return defined({
      ...this.#commonOptions(config),
      maxMessageBytes: config.maxRecvMsgSizeMib * 2 ** 20,
      maxConcurrentStreams: config.maxConcurrentStreams,
      keepalive:
        config.keepalive &&
        defined({
          maxConnectionIdleMillis: parameters?.maxConnectionIdle,
          maxConnectionAgeMillis: parameters?.maxConnectionAge,
          maxConnectionAgeGraceMillis: parameters?.maxConnectionAgeGrace,
          timeMillis: parameters?.time,
          timeoutMillis: parameters?.timeout,
          minTimeMillis: config.keepalive.enforcementPolicy.minTime,
        }),
    });
  }

  #httpOptions(config: HttpConfig): Omit<HttpServerOptions, 'endpoint'> {
    const { cors } = config;
    return defined({
      ...this.#commonOptions(config),
      paths: {
        traces: config.tracesUrlPath,
        metrics: config.metricsUrlPath,
        logs: config.logsUrlPath,
        profiles: config.profilesUrlPath,
      },
      maxBodyBytes: config.maxRequestBodySize || undefined,
      requestTimeoutMillis: config.readTimeout || undefined,
      headersTimeoutMillis: config.readHeaderTimeout || undefined,
      idleTimeoutMillis: config.idleTimeout || undefined,
      keepAlive: config.keepAlivesEnabled,
      cors:
        cors &&
        defined({
          allowedOrigins: cors.allowedOrigins,
          allowedHeaders: cors.allowedHeaders,
          exposedHeaders: cors.exposedHeaders,
          maxAgeSeconds: cors.maxAge,
        }),
    });
  }

  #commonOptions(config: GrpcConfig | HttpConfig) {
    return { signals: Object.keys(this.#next) as Signal[], ...serverOptions(config, this.#context) };
  }
}

function unixEndpoint(endpoint: string): string {
  return endpoint.startsWith('unix:') ? endpoint : `unix:${endpoint}`;
}

/** The port alone where the host is this machine, which is what there is room for in the pipeline view. */
function shortAddress(endpoint: string): string {
  return endpoint.replace(/^(?:127\.0\.0\.1|localhost|\[::1\]|0\.0\.0\.0|\[::\])?:(?=\d+$)/, '');
}
