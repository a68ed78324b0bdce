import type { LegalHold } from '../../holds/contract.ts';
import type { RemovedTenant, TenantSizes, TenantsCapability } from '../../tenants/contract.ts';
import type { ThreadClient } from '../client.ts';
import type { Report } from '../files/damaged.ts';
import type { LiveJournals } from '../journals/live-journals.ts';
import { TenantRemovals } from './removals.ts';

/** What `StoreTenants` depends on. */
export interface TenantsContext {
  readonly journals: LiveJournals;
  readonly thread: Pick<ThreadClient, 'request'>;
  /** Resolves when all earlier appends are acknowledged or rejected. */
  readonly settled: () => Promise<void>;
  readonly report: Report;
  readonly holds: () => readonly LegalHold[];
  /** Destroys the data keys of a tenant. Returns their IDs. */
  readonly destroyKeys: (tenant: string) => Promise<readonly string[]>;
}

/** Limits and removes the tenants of a store. */
export class StoreTenants implements TenantsCapability {
  readonly directory: string;
  readonly #context: TenantsContext;
  readonly #removals: TenantRemovals;
  readonly #sizes: SizesInUse;

  constructor(directory: string, sizes: SizesInUse, context: TenantsContext) {
    this.directory = directory;
    this.#context = context;
    this.#sizes = sizes;
    this.#removals = new TenantRemovals(directory, context.report, (tenant) => this.#remove(tenant));
  }

  /** Returns why telemetry of a tenant is refused; `undefined` if it is accepted. */
  rejectionOf(tenant: string): string | undefined {
    return this.#removals.rejectionOf(tenant);
  }

  async limit(sizes: TenantSizes): Promise<void> {
    // A thread that is started again has them, too.
    this.#sizes.current = sizes;
    await this.#context.thread.request('limit', { positions: {}, sizes });
  }

  async remove(tenant: string): Promise<RemovedTenant> {
    const holds = this.#context.holds().filter((hold) => hold.tenant === tenant);
    const names = holds.map(({ id }) => id).join(', ');
    if (holds.length > 0) throw new Error(`tenant ${tenant} is held by legal holds: ${names}; release them first`);
    return this.#removals.remove(tenant);
  }

  admit(tenant: string): Promise<void> {
    return this.#removals.admit(tenant);
  }

  /** Continues the removals that the last process began. */
  continueRemovals(): void {
    this.#removals.continueAll();
  }

  async #remove(tenant: string): Promise<RemovedTenant> {
    const { journals, thread, settled } = this.#context;
    await settled();
    const names = await journals.renew();
    const files = await thread.request('remove', { positions: journals.durable, tenant });
    await journals.whenGone(names);
    const keys = await this.#context.destroyKeys(tenant);
    return { tenant, files, journals: names, ...(keys.length > 0 && { keys }) };
  }
}

/** The maximum sizes of tenants, which the store thread gets at each start. */
export interface SizesInUse {
  current: TenantSizes;
}
