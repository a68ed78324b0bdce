import type { ComponentContext, Receiver, SignalConsumers } from '../../component/contract.ts';
import type { ObservedEndpoint } from '../../component/discovery/endpoint.ts';
import { observedBy } from '../../component/discovery/observers.ts';
import type { CreatorConfig } from './config.ts';
import { type EndpointContext, EndpointReceivers } from './endpoint-receivers.ts';
import { startReceiver } from './nested-receiver.ts';
import { createPlanner } from './plan.ts';

/** Starts and stops receivers as observers report endpoints. */
export class ReceiverCreator implements Receiver {
  readonly #config: CreatorConfig;
  readonly #context: ComponentContext;
  readonly #endpointContext: EndpointContext;
  readonly #endpoints = new Map<string, EndpointReceivers>();
  /** Endpoints for which there was no receiver left. */
  readonly #waiting = new Set<EndpointReceivers>();
  /** Receivers of endpoints that are gone, while they stop. */
  readonly #stopping = new Set<Promise<void>>();
  readonly #errors = new Map<string, string>();
  #unsubscribe: (() => void)[] = [];
  #running = 0;

  constructor(config: CreatorConfig, next: SignalConsumers, context: ComponentContext) {
    this.#config = config;
    this.#context = context;
    const plan = createPlanner(config);
    this.#endpointContext = {
      clock: context.clock,
      plan,
      start: async (planned, endpoint, onStatus) => {
        const fields = { receiver: planned.id, endpoint: endpoint.id };
        const started = await startReceiver(planned, endpoint, next, context, onStatus);
        if (started === undefined) context.logger.info(fields, 'receiver not started: no pipeline takes its signals');
        else context.logger.info({ ...fields, target: endpoint.target }, 'receiver started');
        return started;
      },
      reserve: (waiting) => this.#reserve(waiting),
      release: () => this.#release(),
      report: (endpoint, id, error) => this.#report(endpoint, id, error),
    };
  }

  async start(): Promise<void> {
    const { watchObservers } = this.#config;
    const observers = watchObservers.map((id) => observedBy(id, this.#context.host));
    this.#unsubscribe = observers.map((observed, index) => {
      const keyOf = (id: string) => `${index} ${id}`;
      return observed.observe({
        set: (endpoint) => this.#set(keyOf(endpoint.id), endpoint),
        removed: (id) => this.#remove(keyOf(id)),
      });
    });
  }

  async drain(deadline: AbortSignal, remainingMillis: number): Promise<void> {
    await this.#stop(deadline, remainingMillis);
  }

  async shutdown(): Promise<void> {
    await this.#stop(AbortSignal.abort(), 0);
  }

  heldItems(): number {
    let sum = 0;
    for (const endpoint of this.#endpoints.values()) sum += endpoint.heldItems;
    return sum;
  }

  #set(key: string, endpoint: ObservedEndpoint): void {
    const known = this.#endpoints.get(key);
    if (known === undefined) this.#endpoints.set(key, new EndpointReceivers(endpoint, this.#endpointContext));
    else known.change(endpoint);
  }

  #remove(key: string): void {
    const known = this.#endpoints.get(key);
    if (known === undefined) return;
    this.#endpoints.delete(key);
    this.#endWaiting(known);
    const stopped = known.stop().finally(() => this.#stopping.delete(stopped));
    this.#stopping.add(stopped);
  }

  async #stop(deadline: AbortSignal, remainingMillis: number): Promise<void> {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    const ending = [...this.#endpoints.values()];
    this.#waiting.clear();
    await Promise.all([...ending.map((endpoint) => endpoint.stop(deadline, remainingMillis)), ...this.#stopping]);
    this.#endpoints.clear();
  }

  #reserve(waiting: EndpointReceivers): boolean {
    const { maxReceivers } = this.#config;
    if (this.#running < maxReceivers) {
      this.#running += 1;
      return true;
    }
    if (this.#waiting.size === 0)
      this.#context.logger.warn({ maxReceivers }, 'endpoints wait until receivers of others are gone: max_receivers');
    this.#waiting.add(waiting);
    this.#setError('', `max_receivers: ${maxReceivers} run, others wait`);
    return false;
  }

  #release(): void {
    this.#running -= 1;
    this.#resumeNext();
  }

  /** Resumes endpoints that wait, one after the other, as long as there are receivers left: some no longer need one. */
  #resumeNext(): void {
    const [next] = this.#waiting;
    if (next === undefined || this.#running >= this.#config.maxReceivers) return;
    this.#endWaiting(next);
    void next.resume().then(() => this.#resumeNext());
  }

  #endWaiting(endpoint: EndpointReceivers): void {
    if (this.#waiting.delete(endpoint) && this.#waiting.size === 0) this.#setError('', undefined);
  }

  #report({ id: endpoint, target }: ObservedEndpoint, id: string, error: string | undefined): void {
    const key = `${endpoint} ${id}`;
    const text = error === undefined ? undefined : `${id} for ${target}: ${error}`;
    if (this.#errors.get(key) === text) return;
    if (error !== undefined)
      this.#context.logger.warn({ receiver: id, endpoint, target, reason: error }, 'receiver has an error');
    this.#setError(key, text);
  }

  #setError(key: string, error: string | undefined): void {
    if (error === undefined) this.#errors.delete(key);
    else this.#errors.set(key, error);
    const [first] = this.#errors.values();
    const others = this.#errors.size - 1;
    this.#context.reportStatus(first !== undefined && others > 0 ? `${first} (${others} more)` : first);
  }
}
