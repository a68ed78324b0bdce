import type { Clock } from '@otelier/transport/clock';

/** An attempt that waits for its time or for a free place. */
export interface Attempt {
  /** Name of the integration, of which only some attempts run at once. */
  readonly integration: string;
  run(): Promise<void>;
}

/** Attempts that run at once. A slow receiver must not delay the others. */
const MAX_RUNNING = 32;
const MAX_RUNNING_OF_INTEGRATION = 4;

/** The attempts of an integration. */
interface IntegrationAttempts {
  /** In the order of their times. */
  readonly waiting: Attempt[];
  running: number;
}

/** Runs attempts at their time, a bounded number at once. */
export class Attempts {
  readonly #clock: Clock;
  readonly #timers = new Set<() => void>();
  /** The integrations that have attempts. */
  readonly #integrations = new Map<string, IntegrationAttempts>();
  /** Those that may run another attempt, which take turns. */
  readonly #ready = new Set<IntegrationAttempts>();
  readonly #promises = new Set<Promise<void>>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs an attempt after a time. */
  schedule(attempt: Attempt, afterMillis: number): void {
    if (this.#isClosed) return;
    const cancel = this.#clock.setTimeout(() => {
      this.#timers.delete(cancel);
      this.#enqueue(attempt);
      this.#runReady();
    }, afterMillis);
    this.#timers.add(cancel);
  }

  /** Cancels waiting attempts and waits for running ones. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const cancel of this.#timers) cancel();
    this.#integrations.clear();
    this.#ready.clear();
    await Promise.all(this.#promises);
  }

  #enqueue(attempt: Attempt): void {
    const { integration: name } = attempt;
    const integration = this.#integrations.get(name) ?? { waiting: [], running: 0 };
    this.#integrations.set(name, integration);
    integration.waiting.push(attempt);
    if (integration.running < MAX_RUNNING_OF_INTEGRATION) this.#ready.add(integration);
  }

  #runReady(): void {
    for (const integration of this.#ready) {
      if (this.#promises.size >= MAX_RUNNING) return;
      this.#ready.delete(integration);
      const attempt = integration.waiting.shift();
      if (attempt === undefined) continue;
      this.#run(attempt, integration);
      // At the end of the set, which the loop reaches.
      if (integration.waiting.length > 0 && integration.running < MAX_RUNNING_OF_INTEGRATION) {
        this.#ready.add(integration);
      }
    }
  }

  #run(attempt: Attempt, integration: IntegrationAttempts): void {
    integration.running += 1;
    const promise = attempt.run().finally(() => {
      this.#promises.delete(promise);
      integration.running -= 1;
      if (this.#isClosed) return;
      if (integration.waiting.length > 0) this.#ready.add(integration);
      else if (integration.running === 0) this.#integrations.delete(attempt.integration);
      this.#runReady();
    });
    this.#promises.add(promise);
  }
}
