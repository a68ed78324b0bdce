import type { ExportClient } from '@otelier/transport/portable';
import type { DeliveryListener } from '../delivery/health.ts';
import { lazyClient } from './lazy-client.ts';
import { integerOptions, MAX_MILLIS, optionError } from './option-error.ts';
import type { TransportOptions } from './options.ts';
import type { Network } from './platform.ts';

/** Creates a transport from the options: to a single endpoint, or to several with failover. */
export function connect(options: TransportOptions, network: Network, onEvent: DeliveryListener): ExportClient {
  const { endpoint, circuitBreaker, ...rest } = options;
  const limits = integerOptions('circuitBreaker.', circuitBreaker, {
    maxFailures: [5, 1, 65_536],
    pauseMillis: [10_000, 1, MAX_MILLIS],
  });
  const clients = [endpoint].flat().map((each) => network.connect({ ...rest, endpoint: each }));
  const [only] = clients;
  if (only === undefined) throw optionError('endpoint', 'at least one URL', 'none');
  if (clients.length === 1 && circuitBreaker === undefined) return only;
  return lazyClient(
    import('../delivery/failover.ts').then(({ failover }) =>
      failover(clients, limits, { clock: network.clock, onEvent }),
    ),
  );
}
