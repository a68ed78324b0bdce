import type { Batch, Outcome } from '@otelier/otlp';
import type { Store } from '@otelier/store';
import { type Exporter, releaseOwned, type SignalContext } from '../../component/contract.ts';
import type { Lease } from '../../component/host.ts';

/** A store that several exporters share. */
export interface SharedStore {
  readonly store: Store;
  close(): Promise<void>;
}

/** The exporter of one signal, which appends to a shared store. The store is closed with the last of its exporters. */
export class StoreExporter implements Exporter {
  readonly #type: string;
  readonly #context: SignalContext;
  readonly #acquire: () => Promise<Lease<SharedStore>>;
  #lease: Lease<SharedStore> | undefined;

  /** `type` is that of the component, for messages. */
  constructor(type: string, context: SignalContext, acquire: () => Promise<Lease<SharedStore>>) {
    this.#type = type;
    this.#context = context;
    this.#acquire = acquire;
  }

  async start(): Promise<void> {
    this.#lease = await this.#acquire();
  }

  async consume(batch: Batch): Promise<Outcome> {
    const store = this.#lease?.value.store;
    if (store === undefined) return { kind: 'refused', reason: `the ${this.#type} exporter is shut down` };
    const outcome = await store.append(batch);
    if (outcome.kind !== 'refused') this.#context.reportStatus(outcome.kind === 'retry' ? outcome.reason : undefined);
    return outcome;
  }

  /** The store has the bytes once the outcome is known. */
  async consumeOwned(batch: Batch): Promise<Outcome> {
    try {
      return await this.consume(batch);
    } finally {
      releaseOwned(batch);
    }
  }

  async shutdown(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    await lease?.release();
  }
}
