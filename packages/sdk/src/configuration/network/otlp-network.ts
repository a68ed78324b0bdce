import { SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import type { ExportClient } from '@otelier/transport/portable';
import type { EndpointOptions, Network } from '../../client/platform.ts';
import { mergedHeaders } from '../../client/with-headers.ts';
import { errorMessage } from '../../error-message.ts';
import { OtlpVariables } from '../otlp-variables.ts';
import type { Variables } from '../variables.ts';
import { proxyFrom } from './proxy-variables.ts';

/**
 * Returns a network that completes connection options from `OTEL_EXPORTER_OTLP_*`. Signals with different settings use
 * separate connections.
 */
export function otlpNetwork(
  network: Network,
  variables: Variables,
  signals: readonly Signal[] = SIGNAL_NAMES,
): Network {
  const proxyOf = proxyFrom(variables);
  return {
    ...network,
    connect(given) {
      const options = proxyOf === undefined ? given : { ...given, proxyOf };
      if (!isDescribedByVariables(options)) return network.connect(options);
      const groups = Map.groupBy(signals, (signal) => JSON.stringify(connectionOf(options, signal, variables)));
      const routes = [...groups.values()].flatMap((group) => {
        const client = connectGroup(network, options, group as [Signal, ...Signal[]], variables);
        return group.map((signal) => [signal, client] as const);
      });
      return route(new Map(routes));
    },
  };
}

/** Reports whether the variables apply. They describe OTLP over HTTP and gRPC only. */
function isDescribedByVariables({ protocol = 'http/protobuf' }: EndpointOptions): boolean {
  return protocol === 'grpc' || protocol.startsWith('http/');
}

/** Returns a signal's settings. Signals whose settings are all equal share a connection. */
function connectionOf(options: EndpointOptions, signal: Signal, variables: Variables) {
  const otlp = new OtlpVariables(variables, signal);
  const protocol = options.protocol ?? otlp.protocol ?? 'http/protobuf';
  const isGrpc = protocol === 'grpc';
  const compression = options.compression ?? otlp.compression(isGrpc);
  const timeoutMillis = options.timeoutMillis ?? otlp.timeoutMillis;
  const tls = options.tls === undefined ? otlp.tls(isGrpc) : undefined;
  return {
    protocol,
    endpoint: isGrpc ? grpcEndpoint(options, signal, otlp) : (options.endpoint ?? otlp.endpoint(isGrpc)),
    headers: otlp.headers,
    ...(compression === undefined ? {} : { compression }),
    ...(timeoutMillis === undefined ? {} : { timeoutMillis }),
    ...(tls === undefined ? {} : { tls }),
  };
}

/** Returns the gRPC endpoint for a signal. gRPC has no paths, so a signal's endpoint replaces the general one. */
function grpcEndpoint(options: EndpointOptions, signal: Signal, otlp: OtlpVariables): string | undefined {
  const given = options.signalEndpoints?.[signal] ?? options.endpoint;
  return given ?? otlp.signalEndpoint(true) ?? otlp.endpoint(true);
}

function connectGroup(
  network: Network,
  options: EndpointOptions,
  group: readonly [Signal, ...Signal[]],
  variables: Variables,
): ExportClient {
  const [signal] = group;
  const { tls, ...connection } = {
    ...connectionOf(options, signal, variables),
    ...signalEndpointsOf(options, group, variables),
  };
  const all = { ...options, ...connection, headers: mergedHeaders(connection.headers, options.headers) };
  if (tls === undefined) return network.connect(all);
  try {
    return network.connect({ ...all, tls });
  } catch (error) {
    // Invalid certificates in the environment must not crash the program. If anything else is wrong, this call throws
    // again.
    const client = network.connect(all);
    new OtlpVariables(variables, signal).rejectCertificates(errorMessage(error));
    return client;
  }
}

/** Returns the complete URLs per signal. An endpoint set in code overrides signal endpoints from the environment. */
function signalEndpointsOf(
  options: EndpointOptions,
  group: readonly Signal[],
  variables: Variables,
): Pick<EndpointOptions, 'signalEndpoints'> {
  const entries = group.flatMap((signal) => {
    const otlp = new OtlpVariables(variables, signal);
    if ((options.protocol ?? otlp.protocol) === 'grpc') return [];
    const fromEnvironment = options.endpoint === undefined ? otlp.signalEndpoint(false) : undefined;
    const url = options.signalEndpoints?.[signal] ?? fromEnvironment;
    return url === undefined ? [] : [[signal, url] as const];
  });
  return entries.length === 0 ? {} : { signalEndpoints: Object.fromEntries(entries) };
}

/** Returns a client that routes each signal to the client for that signal. */
function route(clients: ReadonlyMap<Signal, ExportClient>): ExportClient {
  return {
    export: (signal, parts, options) => clientOf(clients, signal).export(signal, parts, options),
    async shutdown() {
      await Promise.all([...new Set(clients.values())].map((client) => client.shutdown()));
    },
  };
}

function clientOf(clients: ReadonlyMap<Signal, ExportClient>, signal: Signal): ExportClient {
  const client = clients.get(signal);
  if (client === undefined) throw new Error(`no connection for ${signal}`);
  return client;
}
