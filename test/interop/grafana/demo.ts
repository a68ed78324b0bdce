import type { Store } from '@otelier/store';
import { type BenchOptions, createComponentBench } from '@otelier/testkit/component-bench';
import { generator } from '../../../packages/collector/src/receivers/generator.ts';
import { hostMetrics } from '../../../packages/collector/src/receivers/host_metrics.ts';
import { internal } from '../../../packages/collector/src/receivers/internal.ts';
import { createRandom } from '../prometheus/random.ts';

/** The time of the queries, in milliseconds. */
export const NOW = 1_700_000_420_000;
/** The end of an incident in the shop. */
const START = 1_700_000_360_000;
const HISTORY_MINUTES = 6;

/** Fills a store with telemetry of the demo's shop, of otelier itself and of this machine. */
export async function fillWithDemo(store: Store): Promise<void> {
  await Promise.all([
    fillFrom(store, generator, {
      config: { history: `${HISTORY_MINUTES}m`, traces_per_second: 1 },
      untilMetrics: HISTORY_MINUTES * 6,
    }),
    fillFrom(store, internal, { config: { interval: '10s' }, advance: 10_000, untilMetrics: 6 }),
    fillFrom(store, hostMetrics, {
      config: {
        ...{ collection_interval: '10s', initial_delay: '0s', timeout: '1h' },
        scrapers: { cpu: {}, load: {}, memory: {}, network: {} },
      },
      ...{ advance: 10_000, perAdvance: 4, untilMetrics: 24 },
    }),
  ]);
}

interface Fill {
  readonly config: NonNullable<BenchOptions['config']>;
  /** By how much the clock advances between batches, in milliseconds. */
  readonly advance?: number;
  /** Number of batches of metrics in that time. Default: 1. */
  readonly perAdvance?: number;
  /** Number of batches of metrics. */
  readonly untilMetrics: number;
}

async function fillFrom(
  store: Store,
  definition: Parameters<typeof createComponentBench>[0],
  { config, advance, perAdvance = 1, untilMetrics }: Fill,
): Promise<void> {
  const bench = await createComponentBench(definition, { config, random: createRandom(1), startMillis: START });
  let [metrics, wake] = [0, () => {}];
  bench.response = (batch) => {
    if (batch.signal === 'metrics') metrics += 1;
    wake();
    return { kind: 'accepted' };
  };
  const reached = async (count: number): Promise<void> => {
    while (metrics < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  await bench.start();
  // A measurement takes a while and must not reach its timeout; the next one is scheduled after it.
  while (advance !== undefined && metrics < untilMetrics) {
    const next = metrics + perAdvance;
    await bench.clock.untilPending();
    await bench.clock.advance(advance);
    await reached(next);
  }
  await reached(untilMetrics);
  await bench.service.shutdown();
  for (const batch of bench.received) await store.append(batch);
}
