import { removedTenants, type Store } from '@otelier/store';
import type { SignalContext } from '../../component/contract.ts';

/** Tells the tenants of a process which of them a store has removed, before queues deliver what they have. */
export function tellRemovedTenants(directory: string, { host }: Pick<SignalContext, 'host'>): void {
  if (host.tenants === undefined) return;
  for (const tenant of removedTenants(directory)) host.tenants.removed(tenant, Number.POSITIVE_INFINITY);
}

/** Tells the tenants of a process how much a store has of each. */
export class TenantSizesReport {
  readonly #id: string;
  readonly #store: Store;
  readonly #context: Pick<SignalContext, 'host' | 'logger'>;
  #running: Promise<void> | undefined;
  #isStale = false;
  #isClosed = false;

  /** `id` identifies the store among those of the process. */
  constructor(id: string, store: Store, context: Pick<SignalContext, 'host' | 'logger'>) {
    this.#id = id;
    this.#store = store;
    this.#context = context;
  }

  /** Reports the sizes after a change. Reads them once for changes that come meanwhile. */
  changed(): void {
    const { host, logger } = this.#context;
    this.#isStale = true;
    if (host.tenants === undefined) return;
    this.#running ??= this.#report()
      .catch((error) => logger.warn({ err: error }, 'sizes of tenants not known'))
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Waits for the last report, and forgets what was reported. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
    this.#context.host.tenants?.stored(this.#id, new Map());
  }

  async #report(): Promise<void> {
    while (this.#isStale && !this.#isClosed) {
      this.#isStale = false;
      const { tenants = [] } = await this.#store.stats();
      const sizes = new Map(tenants.map(({ tenant, bytes }) => [tenant, bytes]));
      if (!this.#isClosed) this.#context.host.tenants?.stored(this.#id, sizes);
    }
  }
}
