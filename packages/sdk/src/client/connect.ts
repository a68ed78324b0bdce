import type { ExportClient } from '@otelier/transport/portable';
import { failover } from '../delivery/failover.ts';
import type { DeliveryListener } from '../delivery/health.ts';
import { optionError } from './option-error.ts';
import type { TransportOptions } from './options.ts';
import type { Network } from './platform.ts';

/** Makes the transport that the options describe: one endpoint, or several that stand in for each other. */
export function connect(options: TransportOptions, network: Network, onEvent: DeliveryListener): ExportClient {
  const { endpoint, circuitBreaker, ...rest } = options;
  const clients = [endpoint].flat().map((each) => network.connect({ ...rest, endpoint: each }));
  if (clients.length === 0) throw optionError('endpoint', 'at least one URL', 'none');
  return failover(clients, circuitBreaker, { clock: network.clock, onEvent });
}
