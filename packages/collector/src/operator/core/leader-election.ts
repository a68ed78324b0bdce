import type { Logger } from 'pino';
import { errorMessage } from '../../component/error-message.ts';
import type { WaitContext } from '../../component/timing/backoff.ts';
import { pause } from '../../component/timing/pause.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { ObjectWriter } from '../../kubernetes/object-writer.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/resource.ts';

/** What leader election needs. */
export interface ElectionContext extends WaitContext {
  readonly client: KubernetesClient;
  readonly writer: ObjectWriter;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Name of this process, different from those of others. */
  readonly identity: string;
  readonly namespace: string;
}

interface Lease extends KubernetesObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly leaseTransitions?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
  };
}

const LEASES: ResourceType = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
const NAME = 'otelier-operator';
/** How long a lease is valid after its last renewal. The next leader takes over within this time and a poll. */
const LEASE_SECONDS = 10;
const POLL_MILLIS = 2000;
/** A leader that could not renew for this time stops, before others take over. */
const RENEW_WITHIN_MILLIS = 7000;

/** Waits until this process holds the lease, and keeps it. */
export class LeaderElection {
  readonly #context: ElectionContext;
  /** When the lease of another process expires unless it changes. Clocks of machines are not compared. */
  #seen: { readonly version: string | undefined; readonly expiresMillis: number } | undefined;
  /** The lease as this process has last written it, which is renewed without being read again. */
  #own: Lease | undefined;

  constructor(context: ElectionContext) {
    this.#context = context;
  }

  /** Resolves when this process is the leader, or when the signal aborts. */
  async untilLeader(signal: AbortSignal): Promise<boolean> {
    const { clock, logger, identity } = this.#context;
    while (!signal.aborted) {
      const isLeader = await this.#tryToAcquire(signal).catch((error: unknown) => {
        if (!signal.aborted && !isConflict(error))
          logger.warn({ reason: errorMessage(error) }, 'cannot read the lease, trying again');
        return false;
      });
      if (isLeader) {
        logger.info({ identity }, 'leading');
        return true;
      }
      await pause(clock, Math.min(POLL_MILLIS, this.#untilExpiredMillis()), signal);
    }
    return false;
  }

  /**
   * Renews the lease until the signal aborts; then gives it back. Resolves with whether it was kept until then. If not, this
   * process must stop to write at once.
   */
  async keep(signal: AbortSignal): Promise<boolean> {
    const { clock, logger } = this.#context;
    let renewedMillis = clock.monotonic();
    for (;;) {
      await pause(clock, POLL_MILLIS, signal);
      if (signal.aborted) break;
      // The server may store a renewal long before its response arrives.
      const startMillis = clock.monotonic();
      const leftMillis = renewedMillis + RENEW_WITHIN_MILLIS - startMillis;
      // A process that was suspended must not write before it has read the lease.
      if (leftMillis <= 0) return false;
      const timeout = new AbortController();
      const cancel = clock.setTimeout(() => timeout.abort(), leftMillis);
      try {
        if (!(await this.#tryToAcquire(timeout.signal))) return false;
        renewedMillis = startMillis;
      } catch (error) {
        if (timeout.signal.aborted) return false;
        logger.warn({ reason: errorMessage(error) }, 'cannot renew the lease, trying again');
      } finally {
        cancel();
      }
    }
    await this.#release().catch((error: unknown) =>
      logger.warn({ reason: errorMessage(error) }, 'cannot give the lease back'),
    );
    return true;
  }

  async #tryToAcquire(signal: AbortSignal): Promise<boolean> {
    const { writer, identity, namespace, clock } = this.#context;
    const now = new Date(clock.now()).toISOString().replace('Z', '000Z');
    const lease = this.#own ?? (await this.#read(signal));
    const holder = lease?.spec?.holderIdentity ?? '';
    if (lease !== undefined && holder !== '' && holder !== identity && !this.#hasExpired(lease)) return false;
    const isOurs = holder === identity;
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: LEASE_SECONDS,
      acquireTime: isOurs ? (lease?.spec?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (lease?.spec?.leaseTransitions ?? 0) + (isOurs ? 0 : 1),
    };
    const metadata = { name: NAME, namespace, resourceVersion: lease?.metadata.resourceVersion };
    // After a failure, it is unknown whether the server has stored the lease.
    this.#own = undefined;
    this.#own = await (lease === undefined
      ? writer.create(LEASES, leaseObject({ name: NAME, namespace }, spec), signal)
      : writer.replace(LEASES, leaseObject(metadata, spec), signal));
    return true;
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace } = this.#context;
    try {
      return await client.get(LEASES, NAME, namespace, signal);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Reports whether another process has not renewed its lease for as long as it is valid, by the clock of this one. */
  #hasExpired({ metadata: { resourceVersion: version }, spec }: Lease): boolean {
    const atMillis = this.#context.clock.monotonic();
    const validMillis = (spec?.leaseDurationSeconds ?? LEASE_SECONDS) * 1000;
    const seen = this.#seen;
    if (seen !== undefined && seen.version === version) return atMillis >= seen.expiresMillis;
    this.#seen = { version, expiresMillis: atMillis + validMillis };
    return false;
  }

  /** Time until the lease of another process expires, so that this one does not take over a poll later. */
  #untilExpiredMillis(): number {
    const leftMillis = (this.#seen?.expiresMillis ?? Infinity) - this.#context.clock.monotonic();
    return leftMillis > 0 ? leftMillis : POLL_MILLIS;
  }

  async #release(): Promise<void> {
    const { client, writer, identity, namespace } = this.#context;
    const signal = AbortSignal.timeout(RENEW_WITHIN_MILLIS);
    const lease: Lease = await client.get(LEASES, NAME, namespace, signal);
    this.#own = undefined;
    if (lease.spec?.holderIdentity !== identity) return;
    const { resourceVersion } = lease.metadata;
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 };
    await writer.replace(LEASES, leaseObject({ name: NAME, namespace, resourceVersion }, spec), signal);
  }
}

function leaseObject(
  metadata: { name: string; namespace: string; resourceVersion?: string | undefined },
  spec: object,
) {
  const { resourceVersion, ...rest } = metadata;
  const versioned = resourceVersion === undefined ? rest : { ...rest, resourceVersion };
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: versioned, spec };
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}
