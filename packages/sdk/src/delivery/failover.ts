import type { Outcome } from '@otelier/otlp';
import type { Clock, ExportClient } from '@otelier/transport/portable';
import type { CircuitBreakerOptions, DeliveryEvent } from './contract.ts';

/** What failing over needs of its surroundings. */
export interface FailoverContext {
  readonly clock: Clock;
  /** Told when an endpoint is left alone, and when it has recovered. */
  readonly onEvent: (event: DeliveryEvent) => void;
}

/**
 * One client of several. Each request goes to the first endpoint that is not left alone, and to the next when that one
 * cannot take it now. An endpoint that has failed several times in a row is left alone for a while; then one request
 * tries it, while the others go on without it.
 */
export function failover(
  clients: readonly ExportClient[],
  { maxFailures, pauseMillis }: Required<CircuitBreakerOptions>,
  { clock, onEvent }: FailoverContext,
): ExportClient {
  const endpoints = clients.map((client, endpoint) => {
    let failures = 0;
    let pausedUntil = 0;
    let isTrying = false;
    return async (...request: Parameters<ExportClient['export']>): Promise<Outcome> => {
      const isPaused = failures >= maxFailures;
      const afterMillis = Math.max(pausedUntil - clock.monotonic(), Number(isTrying));
      if (isPaused && afterMillis > 0)
        return {
          kind: 'retry',
          afterMillis,
          reason: 'left alone after failures',
        };
      isTrying = isPaused;
      const outcome = await client.export(...request);
      isTrying = false;
      // What was aborted says nothing of the endpoint.
      if (request[2]?.signal?.aborted) return outcome;
      if (outcome.kind !== 'retry') {
        // A refusal is an answer, too: the endpoint works, and will not take this request.
        failures = 0;
        if (isPaused) onEvent({ kind: 'endpoint_recovered', endpoint });
      } else if (++failures >= maxFailures) {
        const waitMillis = Math.max(pauseMillis, outcome.afterMillis ?? 0);
        pausedUntil = clock.monotonic() + waitMillis;
        onEvent({ kind: 'endpoint_failed', endpoint, pauseMillis: waitMillis, reason: outcome.reason });
      }
      return outcome;
    };
  });
  return {
    async export(...request) {
      let soonest: Outcome | undefined;
      for (const send of endpoints) {
        const outcome = await send(...request);
        if (outcome.kind !== 'retry') return outcome;
        // Of endpoints that cannot take it now, the one that says it can soonest.
        if (soonest?.kind !== 'retry' || (outcome.afterMillis ?? 0) <= (soonest.afterMillis ?? 0)) soonest = outcome;
      }
      return soonest as Outcome;
    },
    async shutdown() {
      await Promise.all(clients.map((client) => client.shutdown()));
    },
  };
}
