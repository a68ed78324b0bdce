import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import { errorMessage } from '../../component/error-message.ts';
import { UUID_BYTES } from '../../component/identity/uuid.ts';
import {
  type AgentRemoteConfig,
  agentToServer,
  CAPABILITY,
  type ConnectionSettingsOffers,
  RESTART_COMMAND,
  SERVER_ERROR,
  SERVER_FLAG,
  type ServerErrorResponse,
  type ServerToAgent,
  serverToAgent,
} from './messages.ts';
import { decodeMessage, encodeMessage } from './protobuf.ts';
import type { ReportState } from './report.ts';
import type { OpampTransport, TransportEvents } from './transport.ts';

/** What a client needs from its agent. */
export interface OpampClientOptions {
  readonly instanceUid: Uint8Array;
  /** Bits of `CAPABILITY`. Messages for capabilities that are not set are ignored. */
  readonly capabilities: number;
  readonly report: ReportState;
  /** Interval between messages if there is nothing to report; `undefined` for none. */
  readonly heartbeatMillis: number | undefined;
  readonly endpoint: string;
  readonly clock: Clock;
  readonly logger: Logger;
  createTransport(events: TransportEvents): OpampTransport;
  /** The server offers a configuration. */
  remoteConfig(offer: AgentRemoteConfig): void;
  connectionSettings(offer: ConnectionSettingsOffers): void;
  restart(): void;
  /** The server has given the agent another UID. */
  identified(instanceUid: Uint8Array): void;
}

/** Shortest interval between messages that a server asks for or that changes of the health cause. */
const MIN_INTERVAL_MILLIS = 1_000;

/**
 * Speaks OpAMP with one server: reports what has changed, and everything after each new connection; sends heartbeats; and
 * passes on what the server sends.
 */
export class OpampClient {
  readonly #options: OpampClientOptions;
  readonly #transport: OpampTransport;
  #uid: Uint8Array;
  #sequence = 0;
  #heartbeatMillis: number | undefined;
  #cancelHeartbeat: (() => void) | undefined;
  #cancelDelayed: (() => void) | undefined;
  /** The flags of the server that are not handled yet. */
  #asked = 0;
  #lastAskedMillis = Number.NEGATIVE_INFINITY;
  /** The last failure that was logged. Repetitions of it are not. */
  #failure: string | undefined;
  #wasReached = false;

  constructor(options: OpampClientOptions) {
    this.#options = options;
    this.#uid = options.instanceUid;
    this.#heartbeatMillis = options.heartbeatMillis;
    this.#transport = options.createTransport({
      ready: (isNew) => this.#ready(isNew),
      message: (bytes) => this.#message(bytes),
      failed: (reason) => this.#failed(reason),
    });
  }

  /** Whether the last message has reached the server. */
  get isConnected(): boolean {
    return this.#transport.isReady && this.#failure === undefined;
  }

  start(): void {
    this.#transport.start();
  }

  /** Sends what has changed as soon as the server can be reached. */
  flush(): void {
    if (this.#transport.isReady && this.#options.report.hasUnsent) this.#send();
  }

  /** Sends what has changed, at most once per second. */
  flushSoon(): void {
    if (this.#cancelDelayed !== undefined) return;
    this.#cancelDelayed = this.#options.clock.setTimeout(() => {
      this.#cancelDelayed = undefined;
      this.#applyAsked(this.#options.report);
      this.flush();
    }, MIN_INTERVAL_MILLIS);
  }

  /** Changes the interval of heartbeats; `undefined` ends them. */
  setHeartbeat(millis: number | undefined): void {
    this.#heartbeatMillis = millis;
    this.#scheduleHeartbeat();
  }

  /** Tells the server that the agent ends, and disconnects. Idempotent. */
  async shutdown(): Promise<void> {
    this.#cancelHeartbeat?.();
    this.#cancelDelayed?.();
    await this.#transport.close(this.#encode({ agentDisconnect: {} }));
  }

  #ready(isNew: boolean): void {
    if (isNew) this.#options.report.resendAll();
    if (isNew || this.#options.report.hasUnsent) this.#send();
  }

  #send(): void {
    // Flags that wait have their own time.
    if (this.#asked === 0) {
      this.#cancelDelayed?.();
      this.#cancelDelayed = undefined;
    }
    this.#transport.send(this.#encode(this.#options.report.take()));
    this.#scheduleHeartbeat();
  }

  #encode(message: object): Uint8Array {
    this.#sequence += 1;
    return encodeMessage(agentToServer, {
      instanceUid: this.#uid,
      sequenceNum: this.#sequence,
      capabilities: this.#options.capabilities,
      ...message,
    });
  }

  /** The interval counts from the last message (OpAMP, "heartbeat_interval_seconds"). */
  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat?.();
    this.#cancelHeartbeat = undefined;
    if (this.#heartbeatMillis === undefined) return;
    this.#cancelHeartbeat = this.#options.clock.setTimeout(() => {
      if (this.#transport.isReady) this.#send();
      else this.#scheduleHeartbeat();
    }, this.#heartbeatMillis);
  }

  #failed(reason: string): void {
    const { logger, endpoint } = this.#options;
    if (this.#failure !== reason) logger.warn({ endpoint, reason }, 'OpAMP server not reached, retrying');
    this.#failure = reason;
  }

  #message(bytes: Uint8Array): void {
    const { logger, endpoint } = this.#options;
    let message: ServerToAgent;
    try {
      message = decodeMessage(serverToAgent, bytes);
    } catch (error) {
      logger.warn({ endpoint, reason: errorMessage(error) }, 'message of the OpAMP server ignored: malformed');
      return;
    }
    // Over a connection that several agents share, a server addresses each of them by its UID.
    const { instanceUid } = message;
    if (instanceUid !== undefined && instanceUid.length > 0 && !Buffer.from(this.#uid).equals(instanceUid)) return;
    if (message.errorResponse !== undefined) this.#error(message.errorResponse);
    else this.#reached();
    this.#handle(message);
  }

  #reached(): void {
    const { logger, endpoint } = this.#options;
    if (this.#failure !== undefined || !this.#wasReached) logger.info({ endpoint }, 'connected to the OpAMP server');
    this.#wasReached = true;
    this.#failure = undefined;
  }

  #handle({ command, flags = 0, remoteConfig, connectionSettings, agentIdentification }: ServerToAgent): void {
    const { remoteConfig: offered, connectionSettings: settings, restart } = this.#options;
    if (command !== undefined && this.#can(CAPABILITY.acceptsRestartCommand)) {
      // All other fields of such a message are ignored (OpAMP, "ServerToAgentCommand Message").
      if ((command.type ?? RESTART_COMMAND) === RESTART_COMMAND) restart();
      return;
    }
    if (agentIdentification?.newInstanceUid !== undefined) this.#identify(agentIdentification.newInstanceUid);
    if (remoteConfig !== undefined && this.#can(CAPABILITY.acceptsRemoteConfig)) offered(remoteConfig);
    if (connectionSettings !== undefined) settings(connectionSettings);
    this.#flags(flags);
  }

  #can(capability: number): boolean {
    return (this.#options.capabilities & capability) !== 0;
  }

  #flags(flags: number): void {
    const { report, clock } = this.#options;
    this.#asked |= flags & (SERVER_FLAG.reportFullState | SERVER_FLAG.reportAvailableComponents);
    if (this.#asked === 0) return;
    // A server that asks again in each response must not cause a tight loop.
    const isFirst = clock.monotonic() - this.#lastAskedMillis >= MIN_INTERVAL_MILLIS;
    if (!isFirst) {
      this.flushSoon();
      return;
    }
    this.#applyAsked(report);
    this.flush();
  }

  #applyAsked(report: ReportState): void {
    if (this.#asked === 0) return;
    this.#lastAskedMillis = this.#options.clock.monotonic();
    if ((this.#asked & SERVER_FLAG.reportFullState) !== 0) report.resendAll();
    if ((this.#asked & SERVER_FLAG.reportAvailableComponents) !== 0) report.resendComponents();
    this.#asked = 0;
  }

  #identify(uid: Uint8Array): void {
    if (uid.length !== UUID_BYTES) {
      this.#options.logger.warn({ bytes: uid.length }, 'instance UID of the OpAMP server ignored: expected 16 bytes');
      return;
    }
    this.#uid = uid;
    this.#options.identified(uid);
    this.flush();
  }

  #error({ type, errorMessage: reason = 'without a reason', retryInfo }: ServerErrorResponse): void {
    if (type !== SERVER_ERROR.unavailable) {
      this.#options.logger.warn({ endpoint: this.#options.endpoint, reason }, 'OpAMP server refused a message');
      return;
    }
    this.#failed(`the server is unavailable: ${reason}`);
    const nanos = retryInfo?.retryAfterNanoseconds;
    this.#transport.pause(nanos === undefined ? undefined : nanos / 1e6);
  }
}
