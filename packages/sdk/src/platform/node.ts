import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createHttpClient } from '@otelier/transport/http-client';
import type { ExportClient } from '@otelier/transport/portable';
import { parseProxy } from '@otelier/transport/proxy';
import { createUdpClient } from '@otelier/transport/udp-client';
import { createWebSocketClient } from '@otelier/transport/websocket-client';
import { type Auth, requestHeaders } from '../client/auth.ts';
import { choiceOption, integerOption, MAX_MILLIS, OptionError, optionError } from '../client/option-error.ts';
import type { EndpointOptions, Network, Platform } from '../client/platform.ts';
import { withHeaders } from '../client/with-headers.ts';
import { processEnvironment } from '../environment.ts';
import { errorMessage } from '../error-message.ts';
import { defaultResource } from '../resource/default-resource.ts';
import { onProcessExit } from './process-exit.ts';

/** Network access through sockets, for Node, Deno and Bun. */
export const nodeNetwork: Network = {
  connect(options) {
    try {
      const client = connect(options);
      const { headers, timeoutMillis = 10_000 } = options;
      return typeof headers === 'function' ? withHeaders(client, headers, timeoutMillis) : client;
    } catch (error) {
      if (error instanceof OptionError) throw error;
      throw new OptionError(errorMessage(error), { cause: error });
    }
  },
  clock: {
    now: Date.now,
    monotonic: () => performance.now(),
    setTimeout(fn, millis) {
      const timer = setTimeout(fn, millis);
      // Queued telemetry does not keep the process alive. It is sent on `beforeExit`.
      timer.unref();
      return () => clearTimeout(timer);
    },
  },
  hold() {
    const timer = setInterval(() => {}, MAX_MILLIS);
    return () => clearInterval(timer);
  },
};

/** The platform for Node, Deno and Bun. */
export const nodePlatform: Platform = {
  network: nodeNetwork,
  batch: {},
  resource: () => defaultResource(processEnvironment()),
  onExit: onProcessExit,
};

function connect(options: EndpointOptions): ExportClient {
  const { protocol, auth, endpoint, signalEndpoints = {}, compression, proxy, proxyOf, ...rest } = options;
  requireCredentials(auth);
  const common = {
    ...rest,
    headers: requestHeaders(options.headers, auth),
    compression: choiceOption('compression', compression, ['none', 'gzip', 'deflate', 'zstd', 'brotli']),
    timeoutMillis: integerOption('timeoutMillis', options.timeoutMillis, 10_000, 1, MAX_MILLIS),
  };
  const given = typeof proxy === 'string' ? parseProxy(proxy) : undefined;
  const proxied = { ...common, proxyOf: proxy === undefined ? proxyOf : () => given };
  switch (choiceOption('protocol', protocol, ['http/protobuf', 'http/json', 'grpc', 'websocket', 'udp'])) {
    case 'http/protobuf':
      return createHttpClient({ ...proxied, signalEndpoints, endpoint: endpoint ?? HTTP_ENDPOINT });
    case 'http/json':
      return createHttpClient({ ...proxied, signalEndpoints, endpoint: endpoint ?? HTTP_ENDPOINT, encoding: 'json' });
    case 'grpc':
      return createGrpcClient({ ...proxied, endpoint: endpoint ?? 'http://localhost:4317' });
    case 'websocket':
      return holdingWhileSending(
        createWebSocketClient({
          ...proxied,
          endpoint: endpoint ?? 'ws://localhost:4320',
          keepsProcessAlive: false,
          clock: nodeNetwork.clock,
        }),
      );
    case 'udp':
      rejectConnectionOptions(options);
      return createUdpClient({ compression: common.compression, endpoint: endpoint ?? 'localhost:4316' });
  }
}

/** Throws if the credentials are incomplete. */
function requireCredentials(auth: Auth | undefined): void {
  if (auth === undefined) return;
  const required = { bearer: ['token'], basic: ['username', 'password'] }[auth.kind];
  if (required === undefined) throw optionError('auth.kind', 'bearer or basic', auth.kind);
  for (const name of required) {
    const value: unknown = Reflect.get(auth, name);
    if (typeof value !== 'string') throw optionError(`auth.${name}`, 'a string', typeof value);
  }
}

/** Keeps the process alive while requests are in flight, but not just because the connection is open. */
function holdingWhileSending(client: ExportClient): ExportClient {
  return {
    async export(...request) {
      const release = nodeNetwork.hold();
      try {
        return await client.export(...request);
      } finally {
        release();
      }
    },
    shutdown: () => client.shutdown(),
  };
}

/** Rejects options that datagrams do not support, because silently ignoring credentials would be misleading. */
function rejectConnectionOptions(options: EndpointOptions): void {
  for (const name of ['headers', 'auth', 'tls', 'proxy'] as const) {
    if (options[name] !== undefined) throw optionError(name, 'undefined with protocol udp', 'options');
  }
}

const HTTP_ENDPOINT = 'http://localhost:4318';
