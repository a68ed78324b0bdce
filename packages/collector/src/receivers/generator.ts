import type { Signal } from '@otelier/otlp';
import type { ComponentContext, Receiver, SignalConsumers } from '../component/contract.ts';
import { defineReceiver } from '../component/define.ts';
import { duration, z } from '../component/schema.ts';
import { forwardRequest, type RequestJson } from '../json/otlp-json.ts';
import { encodeLogs, encodeSpans } from './generator/encode.ts';
import { ShopMetrics } from './generator/metrics.ts';
import { SHOP } from './generator/shop.ts';
import { type SimulatedSpan, simulateTrace } from './generator/simulate.ts';

/** How often the shop's metrics are read. */
const METRIC_INTERVAL_MILLIS = 10_000;
/** Traces are handed on in ticks of this length. */
const TICK_MILLIS = 250;
/** Spans are reported when they have ended: visits are made as of this long ago, so that none ends in the future. */
const REPORTING_DELAY_MILLIS = 3_000;
/** The clocks of a machine drift apart by less than this between two ticks. */
const MAX_DRIFT_MILLIS = 5_000;
/** History is made in pieces of this length, between which others get their turn. */
const HISTORY_PIECE_MILLIS = 5_000;

/** Makes telemetry of a simulated shop of seven services, with errors, slow routes, logs and metrics. */
export const generator = defineReceiver({
  summary: 'Makes telemetry of a simulated shop of seven services, with errors, slow routes, logs and metrics.',
  stability: 'development',
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs'],
  config: z.object({
    tracesPerSecond: z
      .number()
      .positive()
      .max(10_000)
      .prefault(5)
      .describe('Visits to the shop a second; each makes a trace of 3 to 40 spans with its logs.'),
    history: duration().prefault('0s').describe('How far back telemetry is made at start, so that charts have a past.'),
  }),
  examples: [
    { title: 'A shop with a past', config: { traces_per_second: 5, history: '30m' } },
    { title: 'A busy shop', config: { traces_per_second: 200 } },
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
      this.#context.logger.error({ err: error }, 'The generator stopped because of an error.');
      this.#context.reportStatus('stopped by an error');
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

  /** First the past in quick pieces, then a tick at a time as time passes. */
  async #run(): Promise<void> {
    const { clock, random } = this.#context;
    let madeUntil = clock.now() - REPORTING_DELAY_MILLIS - this.#historyMillis;
    let metricsUntil = madeUntil - METRIC_INTERVAL_MILLIS;
    let owedTraces = 0;
    const metrics = new ShopMetrics(SHOP, madeUntil, random);
    let wallMillis = clock.now();
    let monotonicMillis = clock.monotonic();
    while (!this.#stopped) {
      const jumpedMillis = clock.now() - wallMillis - (clock.monotonic() - monotonicMillis);
      wallMillis = clock.now();
      monotonicMillis = clock.monotonic();
      // When the machine's time was set, the shop goes on from there: it has no past to make up for.
      if (Math.abs(jumpedMillis) > MAX_DRIFT_MILLIS) {
        madeUntil += jumpedMillis;
        metricsUntil += jumpedMillis;
      }
      const now = wallMillis - REPORTING_DELAY_MILLIS;
      if (now - madeUntil < TICK_MILLIS) {
        await this.#wait(TICK_MILLIS);
        continue;
      }
      const until = Math.min(now, madeUntil + HISTORY_PIECE_MILLIS);
      owedTraces += ((until - madeUntil) / 1000) * this.#tracesPerSecond;
      const spans: SimulatedSpan[] = [];
      for (; owedTraces >= 1; owedTraces--)
        spans.push(...simulateTrace(SHOP, madeUntil + random() * (until - madeUntil), random));
      metrics.record(spans);
      madeUntil = until;
      await this.#forwardSpans(spans);
      if (madeUntil - metricsUntil >= METRIC_INTERVAL_MILLIS) {
        metricsUntil = madeUntil;
        await this.#forward('metrics', metrics.read(madeUntil));
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
