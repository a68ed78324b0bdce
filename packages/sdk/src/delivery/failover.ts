import type { Outcome } from '@otelier/otlp';
import type { Clock, ExportClient } from '@otelier/transport/portable';
import { integerOption, MAX_MILLIS } from '../client/option-error.ts';
import type { CircuitBreakerOptions, DeliveryEvent } from './contract.ts';

/** What failing over needs of its surroundings. */
export interface FailoverContext {
  readonly clock: Clock;
  /** Told when an endpoint is left alone, and when it has recovered. */
  readonly onEvent?: (event: DeliveryEvent) => void;
}

/**
 * One client of several. Each request goes to the first endpoint that is not left alone, and to the next when that one
 * cannot take it now. An endpoint that has failed several times in a row is left alone for a while; then one request
 * tries it, while the others go on without it.
 */
export function failover(
  clients: readonly ExportClient[],
  options: CircuitBreakerOptions = {},
  context: FailoverContext,
): ExportClient {
  const endpoints = clients.map((client, index) => new EndpointState(client, index, options, context));
  return {
    async export(signal, parts, exportOptions) {
      let last: Outcome | undefined;
      for (const endpoint of endpoints) {
        if (!endpoint.mayTry()) continue;
        const outcome = await endpoint.client.export(signal, parts, exportOptions);
        // What was aborted says nothing of the endpoint.
        if (!exportOptions?.signal?.aborted) endpoint.learn(outcome);
        if (outcome.kind !== 'retry') return outcome;
        last = soonest(last, outcome);
      }
      return last ?? pausedOutcome(endpoints);
    },
    async shutdown() {
      await Promise.all(clients.map((client) => client.shutdown()));
    },
  };
}

class EndpointState {
  readonly client: ExportClient;
  readonly #index: number;
  readonly #maxFailures: number;
  readonly #pauseMillis: number;
  readonly #context: FailoverContext;
  #failures = 0;
  #pausedUntil = 0;
  #isTrying = false;

  constructor(client: ExportClient, index: number, options: CircuitBreakerOptions, context: FailoverContext) {
    this.client = client;
    this.#index = index;
    this.#maxFailures = integerOption('circuitBreaker.maxFailures', options.maxFailures, 5, 1, 65_536);
    this.#pauseMillis = integerOption('circuitBreaker.pauseMillis', options.pauseMillis, 10_000, 1, MAX_MILLIS);
    this.#context = context;
  }

  /** How long the endpoint is still left alone. */
  get waitMillis(): number {
    return Math.max(this.#pausedUntil - this.#context.clock.now(), this.#isTrying ? 1 : 0);
  }

  /** Whether a request may go there now. */
  mayTry(): boolean {
    if (this.#failures < this.#maxFailures) return true;
    if (this.waitMillis > 0) return false;
    this.#isTrying = true;
    return true;
  }

  learn(outcome: Outcome): void {
    const wasPaused = this.#failures >= this.#maxFailures;
    this.#isTrying = false;
    // A refusal is an answer: the endpoint works, and will not take this request.
    this.#failures = outcome.kind === 'retry' ? this.#failures + 1 : 0;
    const { clock, onEvent } = this.#context;
    if (this.#failures >= this.#maxFailures && outcome.kind === 'retry') {
      const pauseMillis = Math.max(this.#pauseMillis, outcome.afterMillis ?? 0);
      this.#pausedUntil = clock.now() + pauseMillis;
      onEvent?.({ kind: 'endpoint_failed', endpoint: this.#index, pauseMillis, reason: outcome.reason });
    } else if (wasPaused) onEvent?.({ kind: 'endpoint_recovered', endpoint: this.#index });
  }
}

/** Of two endpoints that cannot take a request now, the one that says it can sooner. */
function soonest(last: Outcome | undefined, outcome: Extract<Outcome, { kind: 'retry' }>): Outcome {
  if (last?.kind !== 'retry' || (outcome.afterMillis ?? 0) <= (last.afterMillis ?? 0)) return outcome;
  return last;
}

function pausedOutcome(endpoints: readonly EndpointState[]): Outcome {
  const afterMillis = Math.min(...endpoints.map(({ waitMillis }) => waitMillis));
  return { kind: 'retry', afterMillis, reason: 'every endpoint has failed too often and is left alone for a while' };
}
