import type { BatchContext } from '@otelier/otlp';
import { Combiner } from './combiner.ts';
import type { AggregateConfig } from './config.ts';
import { SeenNumbers, Watermark } from './watermark.ts';
import { WindowStore } from './window-store.ts';
import type { Windowing } from './windowing.ts';

/** A tenant's aggregation state. */
export class TenantState {
  readonly context: BatchContext;
  readonly combiner: Combiner;
  readonly watermark: Watermark;
  readonly windows: WindowStore;
  readonly seen: SeenNumbers = new SeenNumbers();
  /** The newest event time sent with partial aggregates so far. */
  sentMillis: number = Number.NEGATIVE_INFINITY;

  constructor(
    context: BatchContext,
    config: AggregateConfig,
    { windowing, late }: { readonly windowing: Windowing; readonly late: (values: number) => void },
  ) {
    const { cardinalityLimit, idleTimeout, allowedLateness: allowedLatenessMillis } = config;
    this.context = { ...context, subject: undefined, metadata: {} };
    this.combiner = new Combiner({ windowing, cardinalityLimit });
    this.watermark = new Watermark(idleTimeout);
    this.windows = new WindowStore({ windowing, allowedLatenessMillis, cardinalityLimit, late });
  }

  /** Estimated memory usage. */
  get bytes(): number {
    return this.combiner.bytes + this.windows.bytes;
  }
}
