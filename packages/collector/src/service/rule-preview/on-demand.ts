import type { RunProcessor } from '@otelier/query';
import type { Clock } from '@otelier/transport/clock';
import type { Registry } from '../../config/registry.ts';

/** Returns a function that passes requests to a processor. What it needs is loaded with the first call. */
export function runProcessorOnDemand(clock: Clock, registry: () => Registry): RunProcessor {
  return async (configuration, requests) => {
    const { runProcessor } = await import('./run-processor.ts');
    return await runProcessor({ registry: registry(), clock }, configuration, requests);
  };
}
