import type { Outcome } from '@otelier/otlp';
import type { Clock, ExportClient } from '@otelier/transport/portable';
import type { CircuitBreakerOptions, DeliveryEvent } from './contract.ts';

/** The dependencies that `failover` gets from its client. */
export interface FailoverContext {
  readonly clock: Clock;
  /** Called when an endpoint is paused and when it recovers. */
  readonly onEvent: (event: DeliveryEvent) => void;
}

/**
 * Combines several clients. Each request goes to the first endpoint that is not paused or, if that is unavailable, to
 * the next one. An endpoint that fails several times in a row is paused. After the pause, a single request probes it
 * while others skip it.
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
      if (isPaused && afterMillis > 0) return { kind: 'retry', afterMillis, reason: 'paused after failures' };
      isTrying = isPaused;
      const outcome = await client.export(...request);
      isTrying = false;
      // An aborted request says nothing about the endpoint.
      if (request[2]?.signal?.aborted) return outcome;
      if (outcome.kind !== 'retry') {
        // The endpoint responded, even if it rejected this request.
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
        // If all endpoints are unavailable, returns the outcome of the one that will be available first.
        if (soonest?.kind !== 'retry' || (outcome.afterMillis ?? 0) <= (soonest.afterMillis ?? 0)) soonest = outcome;
      }
      return soonest as Outcome;
    },
    async shutdown() {
      await Promise.all(clients.map((client) => client.shutdown()));
    },
  };
}
