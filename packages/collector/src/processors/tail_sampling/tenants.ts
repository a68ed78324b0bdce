import type { BatchContext } from '@otelier/otlp';

/** Number of tenants from which those without traces are forgotten. */
const MAX_TENANTS = 1000;

/** Numbers for the tenants of spans in memory. */
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

  /** Returns the number of the tenant of a batch. */
  indexOf(context: BatchContext): number {
    let index = this.#indexes.get(context.tenant);
    if (index === undefined) {
      if (this.#indexes.size >= this.#maxSize) this.#forget();
      index = this.#free.pop() ?? this.#contexts.length;
      this.#indexes.set(context.tenant, index);
    }
    // The newest request stands for all of the tenant. The spans of a trace have different senders and metadata.
    this.#contexts[index] = {
      tenant: context.tenant,
      subject: undefined,
      metadata: {},
      arrivalMillis: context.arrivalMillis,
    };
    return index;
  }

  /** Returns the context of sampled spans of a tenant. */
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
