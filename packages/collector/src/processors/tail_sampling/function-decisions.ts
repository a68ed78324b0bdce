import type { FunctionPolicies } from './functions.ts';
import { Decision } from './policy.ts';
import type { Sampler } from './sampler.ts';

/** Limits of the traces that are sent to functions together. */
const GROUP_TRACES = 256;
const GROUP_BYTES = 2 ** 20;

/**
 * Decides about traces with the results of functions. Traces stay in memory, and among the pending ones, until the results
 * arrive: they can get more spans meanwhile, or be evicted.
 */
export class FunctionDecisions {
  readonly #sampler: Sampler;
  readonly #functions: FunctionPolicies;
  readonly #mayDecide: () => boolean;
  #running: Promise<void> | undefined;

  /** `mayDecide` reports whether the next component accepts sampled traces. */
  constructor(sampler: Sampler, functions: FunctionPolicies, mayDecide: () => boolean) {
    this.#sampler = sampler;
    this.#functions = functions;
    this.#mayDecide = mayDecide;
  }

  /** Decides about the traces that are due, in groups. `decided` is called after each. */
  async decideDue(decided: () => void): Promise<void> {
    if (this.#running !== undefined) return;
    await this.#run(async () => {
      while (this.#mayDecide() && (await this.#decideGroup(GROUP_TRACES, false))) decided();
    });
  }

  /** Decides about up to `count` traces before they are due, unless a group is being decided. */
  async decideFirst(count: number, decided: () => void): Promise<void> {
    if (this.#running !== undefined) return;
    await this.#run(async () => {
      await this.#decideGroup(count, true);
      decided();
    });
  }

  /** Decides about all traces, until the deadline. */
  async decideAll(deadline: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => {
      if (deadline.aborted) resolve();
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
    const all = async () => {
      await this.#running;
      while (!deadline.aborted && (await this.#decideGroup(GROUP_TRACES, true)));
    };
    await Promise.race([all(), aborted]);
  }

  async #run(work: () => Promise<void>): Promise<void> {
    this.#running = work();
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  /** Decides about some traces. Returns whether there were any. */
  async #decideGroup(count: number, isEarly: boolean): Promise<boolean> {
    const { traces } = this.#sampler;
    const group: TraceId[] = [];
    const requests: Uint8Array[] = [];
    let sizeBytes = 0;
    for (const index of traces.wheel.first(count, isEarly)) {
      if (sizeBytes >= GROUP_BYTES) break;
      const request = this.#sampler.requestOf(index);
      group.push(this.#idOf(index));
      requests.push(request);
      sizeBytes += request.length;
    }
    if (group.length === 0) return false;
    // Without results, the traces stay undecided, as at shutdown.
    if (!(await this.#functions.evaluate(requests))) return false;
    for (const [position, { index, id, tenant }] of group.entries()) {
      // It may have been evicted or decided, and its place taken by another one.
      if (traces.table.find(id[0], id[1], id[2], id[3], tenant) !== index) continue;
      if (traces.decisions[index] !== Decision.pending) continue;
      this.#functions.select(position);
      traces.wheel.remove(index);
      this.#sampler.decide(index);
    }
    this.#functions.select(undefined);
    return true;
  }

  #idOf(index: number): TraceId {
    const { table } = this.#sampler.traces;
    const { ids } = table;
    const at = 4 * index;
    return { index, id: [ids[at], ids[at + 1], ids[at + 2], ids[at + 3]], tenant: table.tenantOf(index) };
  }
}

/** A trace in memory: its index is used again after it has been removed. */
interface TraceId {
  readonly index: number;
  readonly id: readonly [number, number, number, number];
  readonly tenant: number;
}
