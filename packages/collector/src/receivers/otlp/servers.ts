import type { Signal } from '@otelier/otlp';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import { createHttpServer } from '@otelier/transport/http-server';
import type { ComponentContext } from '../../component/contract.ts';
import { defined } from '../../component/defined.ts';
import { serverOptions } from '../../component/fields/server.ts';
import type { ServerPlan } from '../../component/server-receiver.ts';
import { type GrpcConfig, grpcAddress, type HttpConfig } from './config.ts';

/** Creates the gRPC server of a receiver. `methods` are the methods of another protocol, by path. */
export function grpcServer(
  config: GrpcConfig,
  signals: readonly Signal[],
  context: ComponentContext,
  methods?: ReadonlyMap<string, Signal>,
): ServerPlan {
  const options = defined({
    signals,
    methods,
    ...serverOptions(config, context),
    maxMessageBytes: config.maxRecvMsgSizeMib * 2 ** 20,
    maxConcurrentStreams: config.maxConcurrentStreams,
    keepalive: config.keepalive && keepaliveOptions(config.keepalive),
  });
  return {
    protocol: 'grpc',
    endpoint: grpcAddress(config),
    includeMetadata: config.includeMetadata,
    create: (endpoint, handler) => createGrpcServer({ ...options, endpoint }, handler),
  };
}

function keepaliveOptions({ serverParameters, enforcementPolicy }: NonNullable<GrpcConfig['keepalive']>) {
  return defined({
    maxConnectionIdleMillis: serverParameters.maxConnectionIdle,
    maxConnectionAgeMillis: serverParameters.maxConnectionAge,
    maxConnectionAgeGraceMillis: serverParameters.maxConnectionAgeGrace,
    timeMillis: serverParameters.time,
    timeoutMillis: serverParameters.timeout,
    minTimeMillis: enforcementPolicy.minTime,
  });
}

/** Creates the HTTP server of a receiver. */
export function httpServer(config: HttpConfig, signals: readonly Signal[], context: ComponentContext): ServerPlan {
  const options = defined({
    signals,
    ...serverOptions(config, context),
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
    cors: config.cors && corsOptions(config.cors),
  });
  return {
    protocol: 'http',
    endpoint: config.endpoint,
    includeMetadata: config.includeMetadata,
    create: (endpoint, handler) => createHttpServer({ ...options, endpoint }, handler),
  };
}

function corsOptions({ maxAge, ...cors }: NonNullable<HttpConfig['cors']>) {
  return defined({ ...cors, maxAgeSeconds: maxAge });
}
