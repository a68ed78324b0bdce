import { isDeepStrictEqual } from 'node:util';
import { createClientTls } from '@otelier/transport/tls';
import { isClientAuthenticator } from '../../component/auth/client-auth.ts';
import type { ComponentContext, Extension } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import { every } from '../../component/every.ts';
import { clientTlsOptions } from '../../component/fields/client.ts';
import type { RemoteFile } from '../../component/host.ts';
import { createUuid, formatUuid, parseUuid } from '../../component/identity/uuid.ts';
import type { StateFile } from '../../component/storage/contract.ts';
import { storageOf } from '../../component/storage/storage-of.ts';
import { OpampClient } from './client.ts';
import type { OpampConfig } from './config.ts';
import { describeAgent, describeComponents } from './description.ts';
import { agentHealth } from './health.ts';
import { createHttpTransport } from './http-transport.ts';
import {
  APPLY_STATUS,
  CAPABILITY,
  type ComponentHealth,
  type ConnectionSettingsOffers,
  type RemoteConfigStatus,
} from './messages.ts';
import { ParentWatch } from './parent-watch.ts';
import { RemoteConfig } from './remote-config.ts';
import { type AgentReport, ReportState } from './report.ts';
import { encodeRetained, type RetainedState, readRetained, statusFrom } from './retained.ts';
import type { OpampTransport, TransportEvents } from './transport.ts';
import { createWebSocketTransport } from './websocket-transport.ts';

/** Interval of heartbeats over WebSocket (OpAMP specification, "WebSocket Message Exchange"). */
const HEARTBEAT_MILLIS = 30_000;

/** Interval at which the health is compared with what was reported. */
const HEALTH_MILLIS = 1_000;

/** The extension: connects to an OpAMP server on behalf of this process. */
export class OpampAgent implements Extension {
  readonly #config: OpampConfig;
  readonly #context: ComponentContext;
  readonly #startMillis: number;
  readonly #parent: ParentWatch;
  readonly #healthTask;
  #state: StateFile | undefined;
  #retained: RetainedState = {};
  #running: { readonly client: OpampClient; readonly report: ReportState; unsubscribe(): void } | undefined;
  #health: ComponentHealth | undefined;
  /** The configuration that was reported. */
  #effective = '';
  #settingsHash: Uint8Array | undefined;
  #isClosed = false;

  constructor(config: OpampConfig, context: ComponentContext) {
    this.#config = config;
    this.#context = context;
    this.#startMillis = context.clock.now();
    this.#parent = new ParentWatch(config, context);
    this.#healthTask = every(context, HEALTH_MILLIS, () => this.#reportHealth());
  }

  async start(): Promise<void> {
    const { storage, capabilities } = this.#config;
    const { host, logger, id } = this.#context;
    if (storage !== undefined)
      this.#state = await storageOf(storage, host).openState({ kind: 'extension', id }, 'agent');
    this.#retained = readRetained(this.#state);
    const instanceUid = this.#instanceUid();
    const { configuration } = host;
    const remoteConfigStatus = statusFrom(this.#retained);
    const report = new ReportState(await this.#firstReport(instanceUid, remoteConfigStatus));
    const remote = new RemoteConfig({
      configuration,
      logger,
      status: remoteConfigStatus,
      changed: (status, applied) => this.#remoteChanged(status, applied),
    });
    const { ws, http } = this.#config.server;
    const heartbeatMillis = http?.pollingInterval ?? (capabilities.reportsHeartbeat ? HEARTBEAT_MILLIS : undefined);
    const client = new OpampClient({
      ...{ instanceUid, report, heartbeatMillis },
      capabilities: capabilityBits(capabilities),
      endpoint: ws?.endpoint ?? http?.endpoint ?? '',
      clock: this.#context.clock,
      logger,
      createTransport: (events) => this.#createTransport(instanceUid, events),
      remoteConfig: (offer) => remote.offer(offer),
      connectionSettings: (offer) => this.#connectionSettings(offer),
      restart: () => this.#restart(),
      identified: (uid) => this.#identified(uid),
    });
    const unsubscribe = configuration?.subscribe(() => void this.#reportConfig()) ?? (() => {});
    this.#running = { client, report, unsubscribe };
    this.#retain({ instanceUid: formatUuid(instanceUid) });
    client.start();
    if (capabilities.reportsHealth) await this.#healthTask.start();
    this.#parent.start();
    if (capabilities.acceptsRemoteConfig && this.#retained.remote !== undefined) remote.restore(this.#retained.remote);
  }

  async shutdown(): Promise<void> {
    this.#isClosed = true;
    this.#parent.shutdown();
    await this.#healthTask.shutdown();
    this.#running?.unsubscribe();
    await this.#running?.client.shutdown();
    this.#running = undefined;
    await this.#state?.close();
  }

  #instanceUid(): Uint8Array {
    const { host, clock } = this.#context;
    const known = [this.#config.instanceUid, this.#retained.instanceUid, host.resource['service.instance.id']];
    for (const text of known) {
      const uid = text === undefined ? undefined : parseUuid(text);
      if (uid !== undefined) return uid;
    }
    return createUuid(clock.now());
  }

  async #firstReport(instanceUid: Uint8Array, remoteConfigStatus: RemoteConfigStatus): Promise<AgentReport> {
    const { capabilities } = this.#config;
    const { configuration } = this.#context.host;
    const agentDescription = this.#description(instanceUid);
    this.#health = this.#currentHealth();
    this.#effective = await this.#readEffective();
    return {
      agentDescription,
      ...(capabilities.reportsHealth && { health: this.#health }),
      ...(capabilities.reportsEffectiveConfig && { effectiveConfig: configFile(this.#effective) }),
      ...(reportsRemoteConfig(capabilities) && { remoteConfigStatus }),
      ...(capabilities.reportsAvailableComponents &&
        configuration && { availableComponents: describeComponents(configuration.components()) }),
    };
  }

  #description(instanceUid: Uint8Array): AgentReport['agentDescription'] {
    return describeAgent({ instanceUid, resource: this.#context.host.resource, ...this.#config.agentDescription });
  }

  async #readEffective(): Promise<string> {
    return (await this.#context.host.configuration?.effective()) ?? '';
  }

  #currentHealth(): ComponentHealth {
    const { host } = this.#context;
    return agentHealth({ statuses: host.statuses(), health: host.health(), startMillis: this.#startMillis });
  }

  #reportHealth(): void {
    const health = this.#currentHealth();
    if (this.#health !== undefined && isDeepStrictEqual(withoutTimes(health), withoutTimes(this.#health))) return;
    this.#health = health;
    this.#running?.report.set('health', health);
    this.#running?.client.flush();
  }

  async #reportConfig(): Promise<void> {
    if (!this.#config.capabilities.reportsEffectiveConfig) return;
    const effective = await this.#readEffective();
    if (effective === this.#effective) return;
    this.#effective = effective;
    this.#running?.report.set('effectiveConfig', configFile(effective));
    this.#running?.client.flush();
  }

  #remoteChanged(status: RemoteConfigStatus, applied: readonly RemoteFile[] | undefined): void {
    if (this.#isClosed) return;
    const { logger } = this.#context;
    if (status.status === APPLY_STATUS.applied) logger.info('remote configuration applied');
    if (status.status === APPLY_STATUS.failed)
      logger.error({ reason: status.errorMessage }, 'remote configuration not applied, nothing has changed');
    if (reportsRemoteConfig(this.#config.capabilities)) {
      this.#running?.report.set('remoteConfigStatus', status);
      this.#running?.client.flush();
    }
    const hash = Buffer.from(status.lastRemoteConfigHash ?? []).toString('hex');
    this.#retain({
      ...(applied !== undefined && { remote: applied }),
      status: { hash, status: status.status ?? APPLY_STATUS.unset, error: status.errorMessage },
    });
  }

  /** The interval of heartbeats is the only setting that is accepted; the server is told so. */
  #connectionSettings({
    hash,
    opamp,
    ownLogs,
    ownMetrics,
    ownTraces,
    otherConnections,
  }: ConnectionSettingsOffers): void {
    if (hash !== undefined && hash.length > 0 && this.#settingsHash && Buffer.from(hash).equals(this.#settingsHash))
      return;
    this.#settingsHash = hash;
    const { heartbeatIntervalSeconds: seconds = 0, ...others } = opamp ?? {};
    if (opamp !== undefined && this.#config.capabilities.reportsHeartbeat) this.#setHeartbeat(seconds);
    const telemetry = [ownLogs, ownMetrics, ownTraces, otherConnections].some((offer) => offer !== undefined);
    const isRefused = telemetry || Object.values(others).some((value) => value !== undefined && value !== '');
    this.#running?.report.set('connectionSettingsStatus', {
      ...(hash !== undefined && { lastConnectionSettingsHash: hash }),
      ...(isRefused
        ? { status: APPLY_STATUS.failed, errorMessage: 'expected only heartbeat_interval_seconds, got other settings' }
        : { status: APPLY_STATUS.applied }),
    });
    this.#running?.client.flush();
  }

  #setHeartbeat(seconds: number): void {
    const isPolling = this.#config.server.http !== undefined;
    if (seconds > 0) this.#running?.client.setHeartbeat(Math.min(seconds, MAX_HEARTBEAT_SECONDS) * 1000);
    else if (!isPolling) this.#running?.client.setHeartbeat(undefined);
  }

  #restart(): void {
    const { host, logger } = this.#context;
    logger.info('restart command of the OpAMP server: restarting all components');
    host.configuration?.reload({ trigger: 'opamp', restart: true }).catch((error: unknown) => {
      logger.error({ err: error }, 'restart failed: this is a bug');
    });
  }

  #identified(uid: Uint8Array): void {
    this.#context.logger.info({ instanceUid: formatUuid(uid) }, 'the OpAMP server has changed the instance UID');
    this.#running?.report.set('agentDescription', this.#description(uid));
    this.#retain({ instanceUid: formatUuid(uid) });
  }

  #retain(change: RetainedState): void {
    this.#retained = { ...this.#retained, ...change };
    this.#state?.write(encodeRetained(this.#retained)).catch((error: unknown) => {
      this.#context.logger.error({ reason: errorMessage(error) }, 'state of the OpAMP agent not written');
    });
  }

  #createTransport(instanceUid: Uint8Array, events: TransportEvents): OpampTransport {
    const { ws, http } = this.#config.server;
    const server = ws ?? http;
    if (server === undefined) throw new Error('server: expected either ws or http, got neither');
    const { clock, random } = this.#context;
    const material = createClientTls(clientTlsOptions(server.tls), clock);
    const options = {
      url: server.endpoint,
      tls: () => (/^(wss|https):/.test(server.endpoint) ? material.connectOptions() : {}),
      headers: (signal: AbortSignal) => this.#headers(server, instanceUid, signal),
      ...{ clock, random },
    };
    return ws === undefined ? createHttpTransport(options, events) : createWebSocketTransport(options, events);
  }

  async #headers(
    { headers, auth }: NonNullable<OpampConfig['server']['ws']>,
    instanceUid: Uint8Array,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>>> {
    const { host, clock } = this.#context;
    const configured = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const own = { 'opamp-instance-uid': formatUuid(instanceUid), ...configured };
    if (auth === undefined) return own;
    const offered = host.extension(auth)?.offers;
    if (!isClientAuthenticator(offered)) throw new Error(`auth: expected a started extension, got "${auth}"`);
    const context = { tenant: 'default', subject: undefined, metadata: {}, arrivalMillis: clock.now() };
    const authorized = await offered.authorize({ headers: own, context, signal });
    if (authorized.kind !== 'authorized') throw new Error(authorized.reason);
    return authorized.headers;
  }
}

function configFile(text: string): NonNullable<AgentReport['effectiveConfig']> {
  const file = { body: Buffer.from(text), contentType: 'text/yaml' };
  return { configMap: { configMap: new Map([['', file]]) } };
}

/** Longest interval of heartbeats that a server can set. */
const MAX_HEARTBEAT_SECONDS = 24 * 3600;

type Capabilities = OpampConfig['capabilities'];

function reportsRemoteConfig({ acceptsRemoteConfig, reportsRemoteConfig: reports }: Capabilities): boolean {
  return reports ?? acceptsRemoteConfig;
}

function capabilityBits(config: Capabilities): number {
  return [
    CAPABILITY.reportsStatus,
    CAPABILITY.reportsConnectionSettingsStatus,
    config.reportsEffectiveConfig && CAPABILITY.reportsEffectiveConfig,
    config.reportsHealth && CAPABILITY.reportsHealth,
    config.reportsAvailableComponents && CAPABILITY.reportsAvailableComponents,
    config.reportsHeartbeat && CAPABILITY.reportsHeartbeat,
    config.acceptsRemoteConfig && CAPABILITY.acceptsRemoteConfig,
    reportsRemoteConfig(config) && CAPABILITY.reportsRemoteConfig,
    config.acceptsRestartCommand && CAPABILITY.acceptsRestartCommand,
  ].reduce<number>((bits, bit) => bits | (bit || 0), 0);
}

/** Returns a health without the times, which change without a change of the health. */
function withoutTimes({ componentHealthMap, ...health }: ComponentHealth): unknown {
  const { startTimeUnixNano: _start, statusTimeUnixNano: _time, ...status } = health;
  return [status, [...(componentHealthMap ?? [])].map(([name, part]) => [name, withoutTimes(part)])];
}
