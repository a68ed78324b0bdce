import type { Signal } from '@otelier/otlp';
import {
  type Authenticator,
  createGrpcServer,
  createHttpServer,
  type ExportServer,
  type GrpcServerOptions,
  type HttpServerOptions,
} from '@otelier/transport';
import type { ComponentContext, Consumer, Receiver } from '../component/contract.ts';
import { defineReceiver } from '../component/define.ts';
import { defined } from '../component/defined.ts';
import type { Endpoint } from '../component/host.ts';
import { createIntake, type Intake } from '../component/intake.ts';
import type { z } from '../component/schema.ts';
import { serverTlsOptions } from '../component/server-tls.ts';
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
  readonly #next: Partial<Readonly<Record<Signal, Consumer>>>;
  readonly #context: ComponentContext;
  readonly #servers: ExportServer[] = [];
  readonly #intakes: Intake[] = [];
  readonly #withdraw: (() => void)[] = [];

  constructor(
    config: z.output<typeof otlpConfig>,
    next: Partial<Readonly<Record<Signal, Consumer>>>,
    context: ComponentContext,
  ) {
    this.#config = config;
    this.#next = next;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { grpc, http } = this.#config.protocols;
    if (grpc) this.#listening('grpc', await createGrpcServer(this.#grpcOptions(grpc), this.#intake(grpc)));
    if (http) this.#listening('http', await createHttpServer(this.#httpOptions(http), this.#intake(http)));
  }

  drain(_deadline: AbortSignal, remainingMillis: number): Promise<void> {
    return this.#stop(remainingMillis);
  }

  shutdown(): Promise<void> {
    return this.#stop(0);
  }

  async #stop(graceMillis: number): Promise<void> {
    for (const withdraw of this.#withdraw.splice(0)) withdraw();
    await Promise.all(this.#servers.map((server) => server.shutdown(graceMillis)));
    await Promise.all(this.#intakes.splice(0).map((intake) => intake.close()));
  }

  #listening(protocol: Endpoint['protocol'], server: ExportServer): void {
    const { host, id } = this.#context;
    this.#servers.push(server);
    this.#withdraw.push(host.announce({ component: id, protocol, address: server.address }));
  }

  #intake({ includeMetadata }: GrpcConfig | HttpConfig): Intake {
    const intake = createIntake(this.#next, includeMetadata, this.#context);
    this.#intakes.push(intake);
    return intake;
  }

  #grpcOptions(config: GrpcConfig): GrpcServerOptions {
    const parameters = config.keepalive?.serverParameters;
    return defined({
      ...this.#commonOptions(config),
      endpoint: config.transport === 'unix' ? unixEndpoint(config.endpoint) : config.endpoint,
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

  #httpOptions(config: HttpConfig): HttpServerOptions {
    const { cors } = config;
    return defined({
      ...this.#commonOptions(config),
      endpoint: config.endpoint,
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

  #commonOptions({ tls, auth }: GrpcConfig | HttpConfig) {
    const { logger, clock } = this.#context;
    return {
      signals: Object.keys(this.#next) as Signal[],
      tls:
        tls &&
        serverTlsOptions(tls, (error) => {
          logger.error({ reason: error.message }, 'Changed TLS files cannot be used; the former ones stay in use.');
        }),
      auth: auth && this.#authenticator(auth.authenticator),
      onInternalError: (error: unknown) => {
        logger.error({ err: error }, 'A request failed inside. This is a bug.');
      },
      clock,
    };
  }

  #authenticator(id: string): Authenticator {
    const offered = this.#context.host.extension(id)?.offers;
    if (isAuthenticator(offered)) return offered;
    throw new Error(
      `auth.authenticator: expected an extension that judges requests and runs in service.extensions, got "${id}"`,
    );
  }
}

function isAuthenticator(value: unknown): value is Authenticator {
  return typeof value === 'object' && value !== null && 'authenticate' in value && 'challenge' in value;
}

function unixEndpoint(endpoint: string): string {
  return endpoint.startsWith('unix:') ? endpoint : `unix:${endpoint}`;
}

/** The port alone where the host is this machine, which is what there is room for in the pipeline view. */
function shortAddress(endpoint: string): string {
  return endpoint.replace(/^(?:127\.0\.0\.1|localhost|\[::1\]|0\.0\.0\.0|\[::\])?:(?=\d+$)/, '');
}
