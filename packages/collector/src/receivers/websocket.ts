import type { Signal } from '@otelier/otlp';
import { createWebSocketServer, type ExportServer, type WebSocketServerOptions } from '@otelier/transport';
import type { ComponentContext, Receiver, SignalConsumers } from '../component/contract.ts';
import { defineReceiver } from '../component/define.ts';
import { defined } from '../component/defined.ts';
import type { LentListener } from '../component/host.ts';
import { createIntake, type Intake } from '../component/intake.ts';
import { byteSize, duration, z } from '../component/schema.ts';
import { includeMetadata, serverAuth, serverOptions } from '../component/server-options.ts';
import { serverTls } from '../component/server-tls.ts';
import { openLiveData } from './websocket/live-data.ts';

const websocketConfig = z.object({
  endpoint: z.string().min(1).prefault('127.0.0.1:4320').describe('Where to listen: `host:port` or `unix:/path`.'),
  path: z.string().startsWith('/').prefault('/v1/otlp').describe('Path of the upgrade.'),
  tls: serverTls().describe('TLS; without it the connection is in plain text.'),
  auth: serverAuth(),
  allowedOrigins: z
    .array(z.string())
    .prefault([])
    .describe('Origins of pages that may connect, such as `https://*.example.com`. Other programs always may.'),
  includeMetadata: includeMetadata(),
  maxMessageSize: byteSize()
    .refine((bytes) => bytes > 0 && bytes <= 2 ** 30, { error: 'expected a size up to 1GiB' })
    .prefault('20MiB')
    .describe('Largest request, before and after decompression.'),
  maxInFlightSize: byteSize()
    .refine((bytes) => bytes > 0, { error: 'expected a size' })
    .prefault('32MiB')
    .describe('Requests of one client that are handled at once. Beyond, its connection is not read.'),
  heartbeatInterval: duration()
    .prefault('10s')
    .describe('How often clients are probed. One that does not answer until the next probe is cut. 0 means never.'),
  idleTimeout: duration()
    .prefault('0s')
    .describe('How long a connection may live without requests and subscriptions. 0 means any length.'),
  sessionTimeout: duration()
    .prefault('5m')
    .describe('How long it is remembered what came from a client whose connection has ended.'),
  subscriptions: z
    .object({
      enabled: z
        .boolean()
        .prefault(false)
        .describe('Whether clients may see the telemetry that passes. Whoever may send may then read, too.'),
    })
    .prefault({})
    .describe('Live telemetry for clients that ask for it, by a condition of the `filter` processor.'),
});

/** Receives OTLP over WebSocket. */
export const websocket = defineReceiver({
  summary: 'Receives OTLP over WebSocket, also from browsers, and takes nothing twice when connections break.',
  stability: 'alpha',
  // A client that comes again must find what it sent remembered, so all clients meet in one thread.
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: websocketConfig,
  examples: [
    { title: 'From other machines', config: { endpoint: '0.0.0.0:4320' } },
    {
      title: 'From the pages of a shop, which may watch the telemetry as well',
      config: { allowed_origins: ['https://*.shop.example'], subscriptions: { enabled: true } },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  create: (config, next, context) => new WebSocketReceiver(config, next, context),
});

class WebSocketReceiver implements Receiver {
  readonly #config: z.output<typeof websocketConfig>;
  readonly #signals: readonly Signal[];
  readonly #intake: Intake;
  readonly #context: ComponentContext;
  #socket: LentListener | undefined;
  #server: ExportServer | undefined;

  constructor(config: z.output<typeof websocketConfig>, next: SignalConsumers, context: ComponentContext) {
    this.#config = config;
    this.#signals = Object.keys(next) as Signal[];
    this.#intake = createIntake(next, config.includeMetadata, context);
    this.#context = context;
  }

  async start(): Promise<void> {
    const { host, id } = this.#context;
    const options = this.#options();
    const socket = await host.listen(this.#config.endpoint, { component: id, protocol: 'websocket' });
    this.#socket = socket;
    this.#server = await createWebSocketServer({ ...options, endpoint: socket.listener }, this.#intake);
  }

  drain(_deadline: AbortSignal, remainingMillis: number): Promise<void> {
    return this.#stop(remainingMillis);
  }

  shutdown(): Promise<void> {
    return this.#stop(0);
  }

  async #stop(graceMillis: number): Promise<void> {
    await this.#socket?.release();
    await this.#server?.shutdown(graceMillis);
    await this.#intake.close();
  }

  #options(): Omit<WebSocketServerOptions, 'endpoint'> {
    const { subscriptions, maxMessageSize, ...config } = this.#config;
    return {
      ...serverOptions(config, this.#context),
      ...defined({ openSubscription: subscriptions.enabled ? openLiveData(this.#context.host) : undefined }),
      path: config.path,
      signals: this.#signals,
      allowedOrigins: config.allowedOrigins,
      // Clients are told, and so do not begin to send what would never fit.
      maxBodyBytes: Math.min(maxMessageSize, this.#context.admission.limitBytes),
      maxDecompressedBytes: maxMessageSize,
      maxInFlightBytes: config.maxInFlightSize,
      heartbeatMillis: config.heartbeatInterval,
      idleTimeoutMillis: config.idleTimeout,
      sessionRestMillis: config.sessionTimeout,
    };
  }
}
