import type { BatchContext } from '@otelier/otlp';

/** Numbers for the tenants of spans in memory. */
export class Tenants {
  readonly #indexes = new Map<string, number>();
  readonly #contexts: BatchContext[] = [];

  /** Returns the number of the tenant of a batch. */
  indexOf(context: BatchContext): number {
    const known = this.#indexes.get(context.tenant);
    if (known !== undefined) {
      // The newest request stands for all of the tenant. The spans of a trace have different senders and metadata.
      this.#contexts[known] = contextOf(context);
      return known;
    }
    const index = this.#contexts.length;
    this.#indexes.set(context.tenant, index);
    this.#contexts.push(contextOf(context));
    return index;
  }

  /** Returns the context of sampled spans of a tenant. */
  contextOf(index: number): BatchContext {
    return this.#contexts[index] as BatchContext;
  }
}

function contextOf({ tenant, arrivalMillis }: BatchContext): BatchContext {
  return { tenant, subject: undefined, metadata: {}, arrivalMillis };
}
