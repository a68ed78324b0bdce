import type { BatchContext } from '@otelier/otlp';

/** Number of tenants above which those without traces are removed. */
const MAX_TENANTS = 1000;

/** Assigns numbers to the tenants that have spans in memory. */
export class Tenants {
  readonly #inUse: () => ReadonlySet<number>;
  readonly #indexes = new Map<string, number>();
  readonly #contexts: BatchContext[] = [];
  readonly #free: number[] = [];
  #maxSize = MAX_TENANTS;

  /** `inUse` returns the numbers of tenants that have traces. */
  constructor(inUse: () => ReadonlySet<number>) {
    this.#inUse = inUse;
  }

  /** Returns the number of a batch's tenant. */
  indexOf(context: BatchContext): number {
    let index = this.#indexes.get(context.tenant);
    if (index === undefined) {
      if (this.#indexes.size >= this.#maxSize) this.#forget();
      index = this.#free.pop() ?? this.#contexts.length;
      this.#indexes.set(context.tenant, index);
    }
    // The most recent request represents its tenant. The spans in a trace can have different senders and metadata.
    this.#contexts[index] = {
      tenant: context.tenant,
      subject: undefined,
      metadata: {},
      arrivalMillis: context.arrivalMillis,
    };
    return index;
  }

  /** Returns the context for a tenant's sampled spans. */
  contextOf(index: number): BatchContext {
    return this.#contexts[index] as BatchContext;
  }

  #forget(): void {
    const inUse = this.#inUse();
    for (const [tenant, index] of this.#indexes) {
      if (inUse.has(index)) continue;
      this.#indexes.delete(tenant);
      this.#free.push(index);
    }
    this.#maxSize = Math.max(MAX_TENANTS, 2 * this.#indexes.size);
  }
}
