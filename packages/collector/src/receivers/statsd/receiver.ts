import type { ComponentContext, Consumer, Receiver } from '../../component/contract.ts';
import { every, type PeriodicTask } from '../../component/every.ts';
import { nextTurn } from '../../component/turns/next-turn.ts';
import { nowUnixNano } from '../../metrics/now.ts';
import { createStateBudget } from '../../metrics/state-budget.ts';
import { deliver } from '../../operators/deliver.ts';
import { Aggregator, type LineResult } from './aggregator.ts';
import type { StatsdConfig } from './config.ts';
import type { LineSink, Sender } from './line-sink.ts';
import { StreamInput } from './stream-input.ts';
import { UdpInput } from './udp-input.ts';

const RETRY = { enabled: true, initialInterval: 1000, maxInterval: 30_000, maxElapsedTime: 300_000 };

/** Aggregates what senders send, and passes it on at every interval. */
export class StatsdReceiver implements Receiver, LineSink {
  readonly #config: StatsdConfig;
  readonly #next: Consumer | undefined;
  readonly #context: ComponentContext;
  readonly #aggregator: Aggregator;
  readonly #input: { start(): Promise<void>; stop(): Promise<void> };
  readonly #flushing: PeriodicTask;
  readonly #abort = new AbortController();
  #startTimeUnixNano = 0n;
  #malformed = 0;
  #reason = '';

  constructor(config: StatsdConfig, next: Consumer | undefined, context: ComponentContext) {
    this.#config = config;
    this.#next = next;
    this.#context = context;
    const budget = createStateBudget(context.logger, 'further lines are dropped until the next interval');
    this.#aggregator = new Aggregator({ config, budget, random: context.random });
    this.#input = config.transport.startsWith('udp')
      ? new UdpInput(config, this, context)
      : new StreamInput(config, this, context);
    this.#flushing = every(context, config.aggregationInterval, () => this.#flush());
  }

  async start(): Promise<void> {
    this.#startTimeUnixNano = nowUnixNano(this.#context.clock);
    await this.#input.start();
    await this.#flushing.start();
  }

  /** Passes on the metrics of the interval that has begun. */
  async drain(deadline: AbortSignal): Promise<void> {
    const abort = () => this.#abort.abort();
    if (deadline.aborted) abort();
    deadline.addEventListener('abort', abort);
    await this.#input.stop();
    await this.#flushing.shutdown();
    await this.#flush();
    deadline.removeEventListener('abort', abort);
  }

  async shutdown(): Promise<void> {
    this.#abort.abort();
    await this.#input.stop();
    await this.#flushing.shutdown();
  }

  add(text: string, sender: Sender): void {
    this.#count(this.#aggregator.add(text, this.#keyOf(sender), nowUnixNano(this.#context.clock)));
  }

  /** The senders whose values are aggregated together have the same key. */
  #keyOf({ ip, port }: Sender): string {
    const { ignoreHost, enableIpOnlyAggregation } = this.#config;
    if (ignoreHost) return '';
    return enableIpOnlyAggregation ? ip : `${ip}:${port}`;
  }

  #count(result: LineResult): void {
    if (result.kind === 'full') this.#context.dropped(1, 'too_many_series');
    if (result.kind !== 'malformed') return;
    this.#context.dropped(1, 'malformed');
    if (this.#malformed === 0) this.#reason = result.reason;
    this.#malformed += 1;
  }

  async #flush(): Promise<void> {
    this.#reportMalformed();
    const timeUnixNano = nowUnixNano(this.#context.clock);
    const interval = { startTimeUnixNano: this.#startTimeUnixNano, timeUnixNano };
    this.#startTimeUnixNano = timeUnixNano;
    for (const { bytes, itemCount } of this.#aggregator.flush(interval)) {
      await this.#deliver(bytes, itemCount);
      await nextTurn();
    }
  }

  async #deliver(bytes: Uint8Array, itemCount: number): Promise<void> {
    if (this.#next === undefined) return;
    const delivery = { signal: 'metrics', bytes, itemCount } as const;
    if (!(await deliver(delivery, this.#next, this.#context, RETRY, this.#abort.signal)))
      this.#context.dropped(itemCount, 'shutdown');
  }

  /** Logs the lines of the interval that cannot be parsed, with the reason of the first. */
  #reportMalformed(): void {
    if (this.#malformed === 0) return;
    this.#context.logger.warn({ lines: this.#malformed, reason: this.#reason }, 'lines dropped: they are malformed');
    this.#malformed = 0;
  }
}
