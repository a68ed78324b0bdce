import type { TenantDirectory, TenantEditor } from '@otelier/identity';
import { DEFAULT_TENANT, type Outcome, type Signal } from '@otelier/otlp';
import type { QueryLimits } from '@otelier/query';
import type { TenantSizes } from '@otelier/store';
import type { Clock, ExportRequest } from '@otelier/transport';
import type {
  Authenticator,
  AuthResult,
  RejectedSender,
  RequestHeaders,
  SenderConnection,
} from '@otelier/transport/auth';
import { type HeaderTenant, TenantHeader, withTenantHeader } from '@otelier/transport/tenant-header';
import type { Admissions } from '../component/admissions.ts';
import type { OwnMetric } from '../component/observe/own-metric.ts';
import type { IngestUsage, LimitedRequest, TenantDefinition, Tenants } from '../component/requests/tenants.ts';
import type { TenantsConfig } from './config.ts';
import { type DefinitionSources, definedNames, definitionOf, isDefined, settingsOf } from './definitions.ts';
import { FairQueue, type HandleRequest } from './fair-queue/fair-queue.ts';
import { mergeUsage } from './merge-usage.ts';
import { tenantMetrics } from './tenant-metrics.ts';
import { type TenantSettings, TenantState } from './tenant-state.ts';
import type { SharedUse } from './use/shared-use.ts';

/** Number of tenants whose use is remembered. Beyond it, those without requests in flight are forgotten, the oldest first. */
const MAX_TENANTS = 10_000;
/** Part of the memory for receivers that a tenant may use while others send, without a limit of its own. */
const SHARE_IN_FLIGHT = 0.5;

/** What `ServiceTenants` depends on. */
export interface TenantsContext {
  readonly clock: Clock;
  readonly receivers: Admissions;
  /** Returns the tenants that an extension defines. Called when receivers and stores start. */
  readonly directory?: (() => TenantDirectory | undefined) | undefined;
  /** What all threads of the process use. Default: there is one thread. */
  readonly sharedUse?: SharedUse | undefined;
}

/** The tenants of one thread. */
export class ServiceTenants implements Tenants {
  readonly #context: TenantsContext;
  readonly #states = new Map<string, TenantState>();
  readonly #queue: FairQueue<TenantState, ExportRequest>;
  #config: TenantsConfig;
  #header: TenantHeader;
  #directory: TenantDirectory | undefined;
  #stopFollowing: (() => void) | undefined;
  /** When tenants were removed, in milliseconds since the Unix epoch. */
  readonly #removed = new Map<string, number>();
  /** Sizes of tenants by store. */
  readonly #stored = new Map<string, ReadonlyMap<string, number>>();
  readonly #sizeListeners = new Set<(sizes: TenantSizes) => void>();

  constructor(config: TenantsConfig, context: TenantsContext) {
    this.#context = context;
    this.#config = config;
    this.#header = headerOf(config);
    this.#queue = new FairQueue(() => context.clock.monotonic());
  }

  /** Applies a changed configuration. */
  configure(config: TenantsConfig): void {
    this.#config = config;
    this.#header = headerOf(config);
    for (const state of this.#states.values()) this.#refresh(state);
    this.#sizesChanged();
  }

  /** Uses the tenants that an extension defines, instead of those of the configuration with the same names. */
  follow(directory: TenantDirectory | undefined): void {
    this.#stopFollowing?.();
    this.#directory = directory;
    this.#stopFollowing = directory?.onChange((name) => {
      const state = this.#states.get(name);
      if (state !== undefined) this.#refresh(state);
      this.#sizesChanged();
    });
    for (const state of this.#states.values()) this.#refresh(state);
    this.#sizesChanged();
  }

  #findDirectory(): void {
    const found = this.#context.directory?.();
    if (found !== undefined && found !== this.#directory) this.follow(found);
  }

  /** Returns what tenants have sent to this thread and to others, by name. */
  usage(others: readonly (readonly IngestUsage[])[] = []): readonly IngestUsage[] {
    const nowMillis = this.#context.clock.monotonic();
    return mergeUsage([[...this.#states.values()].map((state) => state.usage(nowMillis)), ...others]);
  }

  /** Returns the metrics of tenants. */
  metrics(usage: readonly IngestUsage[]): readonly OwnMetric[] {
    return tenantMetrics(usage);
  }

  authenticator(auth: Authenticator | undefined): Authenticator {
    this.#findDirectory();
    // The header is read from the configuration of the moment, which a reload replaces.
    const current: { header: TenantHeader; named: Authenticator } = {
      header: this.#header,
      named: withTenantHeader(auth, this.#header),
    };
    return {
      challenge: current.named.challenge,
      authenticate: (headers, peer, connection, target): AuthResult => {
        if (current.header !== this.#header) {
          current.header = this.#header;
          current.named = withTenantHeader(auth, this.#header);
        }
        const sender = current.named.authenticate(headers, peer, connection, target);
        if (sender.kind !== 'authenticated') return sender;
        const tenant = sender.tenant ?? DEFAULT_TENANT;
        const rejected = this.#rejectionOf(tenant, 0) ?? this.#connect(tenant, connection);
        if (rejected === undefined && this.#queue.isShared) this.#queue.announce(this.#stateOf(tenant));
        return rejected ?? sender;
      },
    };
  }

  process(request: ExportRequest, handle: HandleRequest<ExportRequest>): Outcome | Promise<Outcome> {
    const name = request.tenant ?? DEFAULT_TENANT;
    const sizeBytes = request.body.length;
    const rejected = this.#rejectionOf(name, sizeBytes);
    if (rejected !== undefined) return outcomeOf(rejected);
    const state = this.#stateOf(name);
    state.addInFlight(sizeBytes);
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = this.#queue.run(state, request, sizeBytes, handle);
    } catch (error) {
      state.addInFlight(-sizeBytes);
      throw error;
    }
    if (!(outcome instanceof Promise)) {
      state.addInFlight(-sizeBytes);
      return outcome;
    }
    return outcome.finally(() => {
      state.addInFlight(-sizeBytes);
    });
  }

  rejectionOf(tenant: string, sizeBytes: number): Outcome | undefined {
    this.#findDirectory();
    const rejected = this.#rejectionOf(tenant, sizeBytes);
    return rejected && outcomeOf(rejected);
  }

  rejectionOfQuery(tenant: string): string | undefined {
    return this.#settingsOf(tenant).state === 'suspended'
      ? `tenant ${tenant} is suspended: it cannot be queried`
      : undefined;
  }

  queryLimits(tenant: string): QueryLimits {
    const { concurrentQueries, queryTime: queryMillis, queryMemoryBytes } = this.#settingsOf(tenant).limits;
    return { concurrentQueries, queryMillis, queryMemoryBytes };
  }

  queried(tenant: string, isRejected: boolean): void {
    const state = this.#stateOf(tenant);
    state.queries += 1;
    if (isRejected) state.rejectedQueries += 1;
  }

  readHeader(headers: RequestHeaders, peer: string | undefined): HeaderTenant {
    return this.#header.read(headers, peer);
  }

  watchSizes(listener: (sizes: TenantSizes) => void): () => void {
    this.#findDirectory();
    this.#sizeListeners.add(listener);
    listener(this.#sizes());
    return () => this.#sizeListeners.delete(listener);
  }

  #sizes(): TenantSizes {
    const named = this.defined().flatMap((name) => {
      const { diskBytes } = this.#settingsOf(name).limits;
      return diskBytes === undefined ? [] : [[name, diskBytes] as const];
    });
    return { each: this.#config.limits.diskBytes, named: Object.fromEntries(named) };
  }

  #sizesChanged(): void {
    for (const listener of this.#sizeListeners) listener(this.#sizes());
  }

  defined(): readonly string[] {
    this.#findDirectory();
    return definedNames(this.#sources());
  }

  definition(tenant: string): TenantDefinition {
    this.#findDirectory();
    return definitionOf(this.#sources(), tenant);
  }

  editor(): TenantEditor | undefined {
    this.#findDirectory();
    return this.#directory?.edit;
  }

  received(tenant: string, itemCount: number, sizeBytes: number): void {
    this.#stateOf(tenant).received(itemCount, sizeBytes, this.#context.clock.monotonic());
  }

  limitSeries(tenant: string, signal: Signal, request: Uint8Array): LimitedRequest | undefined {
    if (signal !== 'metrics') return undefined;
    return this.#stateOf(tenant).limitSeries(request, this.#context.clock.monotonic());
  }

  stored(store: string, sizes: ReadonlyMap<string, number>): void {
    const before = this.#stored.get(store);
    this.#stored.set(store, sizes);
    for (const tenant of new Set([...(before?.keys() ?? []), ...sizes.keys()])) {
      const all = [...this.#stored.values()].reduce((sum, one) => sum + (one.get(tenant) ?? 0), 0);
      this.#stateOf(tenant).storedBytes = all;
    }
  }

  removed(tenant: string, atMillis: number): void {
    this.#removed.set(tenant, Math.max(atMillis, this.#removed.get(tenant) ?? 0));
  }

  isRemoved(tenant: string, arrivalMillis: number): boolean {
    return arrivalMillis <= (this.#removed.get(tenant) ?? Number.NEGATIVE_INFINITY);
  }

  #connect(tenant: string, connection: SenderConnection | undefined): RejectedSender | undefined {
    if (connection === undefined) return undefined;
    const state = this.#stateOf(tenant);
    const rejected = state.connect(connection);
    if (rejected !== undefined) state.rejectedRequests += 1;
    return rejected;
  }

  #rejectionOf(name: string, sizeBytes: number): RejectedSender | undefined {
    if (!this.#isKnown(name)) return { kind: 'forbidden', reason: 'tenant: expected one that may send telemetry here' };
    const state = this.#stateOf(name);
    const { clock, receivers } = this.#context;
    const sharedBytes = receivers.limitBytes * (this.#queue.isShared ? SHARE_IN_FLIGHT : 1);
    const rejected = state.check(sizeBytes, sharedBytes, clock.monotonic());
    if (rejected !== undefined) state.rejectedRequests += 1;
    return rejected;
  }

  #isKnown(name: string): boolean {
    if (this.#config.unknown === 'accept' || name === DEFAULT_TENANT) return true;
    return isDefined(this.#sources(), name);
  }

  #stateOf(name: string): TenantState {
    const known = this.#states.get(name);
    if (known !== undefined) return known;
    if (this.#states.size >= MAX_TENANTS) this.#forgetOne();
    const { clock, sharedUse } = this.#context;
    const state = new TenantState(name, this.#settingsOf(name), clock.monotonic(), sharedUse?.of(name));
    this.#states.set(name, state);
    return state;
  }

  #forgetOne(): void {
    for (const [name, { inFlightBytes }] of this.#states) {
      if (inFlightBytes > 0) continue;
      this.#states.delete(name);
      return;
    }
  }

  #refresh(state: TenantState): void {
    state.change(this.#settingsOf(state.name));
  }

  #settingsOf(name: string): TenantSettings {
    return settingsOf(this.#sources(), name);
  }

  #sources(): DefinitionSources {
    return { config: this.#config, directory: this.#directory };
  }
}

function headerOf({ header, trustedProxies }: TenantsConfig): TenantHeader {
  return new TenantHeader({ name: header, trustedProxies });
}

function outcomeOf({ kind, reason, afterMillis }: RejectedSender): Outcome {
  return kind === 'busy' ? { kind: 'retry', reason, afterMillis } : { kind: 'refused', reason };
}
