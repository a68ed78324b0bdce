import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { type BenchOptions, type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { defineSendingExporter } from '../define.ts';
import { z } from '../schema.ts';

/** A destination that a test controls. */
export class Destination {
  readonly batches: Batch[] = [];
  /** Sends in progress. */
  open = 0;
  maxOpen = 0;
  response: (batch: Batch, abort: AbortSignal) => Outcome | Promise<Outcome> = () => ACCEPTED;

  readonly definition = defineSendingExporter({
    summary: 'Sends to a test.',
    stability: 'development',
    signals: ['traces', 'logs'],
    config: z.object({}),
    examples: [{ title: 'Plain', config: {} }],
    create: () => ({
      send: async (batch, abort) => {
        this.open += 1;
        this.maxOpen = Math.max(this.maxOpen, this.open);
        this.batches.push(batch);
        const outcome = await this.response(batch, abort);
        this.open -= 1;
        return outcome;
      },
    }),
  });
}

/** Runs a test with a started exporter that sends to such a destination. */
export async function withBench(
  config: Record<string, unknown>,
  run: (bench: ComponentBench, destination: Destination) => Promise<void>,
  more: Pick<BenchOptions, 'signals' | 'memoryLimitBytes' | 'processors'> = {},
) {
  const destination = new Destination();
  const bench = await createComponentBench(destination.definition, {
    config,
    signals: ['traces'],
    random: () => 0.5,
    ...more,
  });
  try {
    await bench.start();
    await run(bench, destination);
  } finally {
    await bench.close();
  }
}

/** Resolves after all pending promise callbacks. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));
