import type { Signal } from '@otelier/otlp';
import type { ComponentContext, Receiver, SignalConsumers } from '../component/contract.ts';
import { defineReceiver } from '../component/define.ts';
import { duration, z } from '../component/schema.ts';
import { forwardRequest, type RequestJson } from '../json/otlp-json.ts';
import { encodeLogs, encodeSpans } from './generator/encode.ts';
import { ShopMetrics } from './generator/metrics.ts';
import { SHOP } from './generator/shop.ts';
import { type SimulatedSpan, simulateTrace } from './generator/simulate.ts';

/** Interval between metric exports. */
const METRIC_INTERVAL_MILLIS = 10_000;
/** Interval between trace exports. */
const TICK_MILLIS = 250;
/** Age of generated traces, which ensures that no span ends in the future. */
const REPORTING_DELAY_MILLIS = 3_000;
/** Maximum difference between the wall clock and the monotonic clock that does not count as a clock change. */
const MAX_DRIFT_MILLIS = 5_000;
/** Length of each piece of the history. The event loop runs between pieces. */
const HISTORY_PIECE_MILLIS = 5_000;

export const generator = defineReceiver({
  summary:
    'Generates the traces, metrics and logs of a simulated shop with seven services, including errors and slow requests.',
  stability: 'development',
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs'],
  config: z.object({
    tracesPerSecond: z
      .number()
      .positive()
      .max(10_000)
      .prefault(5)
      .describe('Number of traces per second. Each has 3 to 40 spans, with their logs.'),
    history: duration().prefault('0s').describe('Length of the history to generate, ending at the start.'),
  }),
  examples: [
    { title: 'With a history of 30 minutes', config: { traces_per_second: 5, history: '30m' } },
    { title: 'High load', config: { traces_per_second: 200 } },
  ],
  describe: ({ tracesPerSecond }) => `${tracesPerSecond} traces/s`,
  create: ({ tracesPerSecond, history }, next, context) => new ShopReceiver(tracesPerSecond, history, next, context),
});

class ShopReceiver implements Receiver {
  readonly #tracesPerSecond: number;
  readonly #historyMillis: number;
  readonly #next: SignalConsumers;
  readonly #context: ComponentContext;
  #stopped = true;
  #loop: Promise<void> | undefined;
  #wake = () => {};

  constructor(tracesPerSecond: number, historyMillis: number, next: SignalConsumers, context: ComponentContext) {
    this.#tracesPerSecond = tracesPerSecond;
    this.#historyMillis = historyMillis;
    this.#next = next;
    this.#context = context;
  }

  async start(): Promise<void> {
    this.#stopped = false;
    this.#loop = this.#run().catch((error: unknown) => {
      this.#context.logger.error({ err: error }, 'generator stopped');
      this.#context.reportStatus('stopped by an error', 'permanent');
    });
  }

  async drain(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#loop;
  }

  shutdown(): Promise<void> {
    return this.drain();
  }

  /** Generates the history quickly in pieces, then one tick at a time. */
  async #run(): Promise<void> {
    const { clock, random } = this.#context;
    let generatedUntil = clock.now() - REPORTING_DELAY_MILLIS - this.#historyMillis;
    let metricsUntil = generatedUntil - METRIC_INTERVAL_MILLIS;
    let pendingTraces = 0;
    const metrics = new ShopMetrics(SHOP, generatedUntil, random);
    let wallMillis = clock.now();
    let monotonicMillis = clock.monotonic();
    while (!this.#stopped) {
      const jumpedMillis = clock.now() - wallMillis - (clock.monotonic() - monotonicMillis);
      wallMillis = clock.now();
      monotonicMillis = clock.monotonic();
      // After a clock change, continue from the new time.
      if (Math.abs(jumpedMillis) > MAX_DRIFT_MILLIS) {
        generatedUntil += jumpedMillis;
        metricsUntil += jumpedMillis;
      }
      const now = wallMillis - REPORTING_DELAY_MILLIS;
      if (now - generatedUntil < TICK_MILLIS) {
        await this.#wait(TICK_MILLIS);
        continue;
      }
      const until = Math.min(now, generatedUntil + HISTORY_PIECE_MILLIS);
      pendingTraces += ((until - generatedUntil) / 1000) * this.#tracesPerSecond;
      const spans: SimulatedSpan[] = [];
      for (; pendingTraces >= 1; pendingTraces--)
        spans.push(...simulateTrace(SHOP, generatedUntil + random() * (until - generatedUntil), random));
      metrics.record(spans);
      generatedUntil = until;
      await this.#forwardSpans(spans);
      if (generatedUntil - metricsUntil >= METRIC_INTERVAL_MILLIS) {
        metricsUntil = generatedUntil;
        await this.#forward('metrics', metrics.read(generatedUntil));
      }
      await new Promise(setImmediate);
    }
  }

  async #forwardSpans(spans: readonly SimulatedSpan[]): Promise<void> {
    if (spans.length === 0) return;
    await this.#forward('traces', encodeSpans(SHOP, spans));
    const logs = encodeLogs(SHOP, spans, this.#context.random);
    if (logs !== undefined) await this.#forward('logs', logs);
  }

  async #forward(signal: Signal, json: RequestJson): Promise<void> {
    const consumer = this.#next[signal];
    if (consumer === undefined) return;
    await forwardRequest(signal, json, consumer, this.#context);
  }

  #wait(millis: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#context.clock.setTimeout(resolve, millis);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
