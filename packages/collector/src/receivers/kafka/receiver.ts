import type { Signal } from '@otelier/otlp';
import type * as Kafka from '@platformatic/kafka';
import type { ComponentContext, Receiver, SignalConsumers } from '../../component/contract.ts';
import { Normalizer } from '../../component/normalize-worker/normalizer.ts';
import { kafkaClientOptions } from '../../kafka/client-options.ts';
import { errorReason } from '../../kafka/error-reason.ts';
import type { DecodersBySignal } from '../../messages/message.ts';
import { MessageDelivery, signalsOf } from '../../messages/message-delivery.ts';
import { pause } from '../../messages/wait.ts';
import { loadDecoders } from '../messages/load-decoders.ts';
import { type KafkaReceiverConfig, selectionOf, type TopicSelection } from './config.ts';
import { GroupSession } from './group-session.ts';

/** How often topics are looked for that do not exist yet. */
const MISSING_TOPIC_MILLIS = 2_000;
const MAX_RETRY_MILLIS = 5_000;

/** Reads topics as a member of a consumer group, and joins it again whenever the membership fails or topics change. */
export class KafkaReceiver implements Receiver {
  readonly #config: KafkaReceiverConfig;
  readonly #next: SignalConsumers;
  readonly #context: ComponentContext;
  readonly #selections: readonly TopicSelection[];
  readonly #normalizer: Normalizer;
  readonly #end = new AbortController();
  #running: Promise<void> | undefined;
  #session: GroupSession | undefined;
  /** Ends the wait of a running session, so that it is replaced. */
  #replace = () => {};

  constructor(config: KafkaReceiverConfig, next: SignalConsumers, context: ComponentContext) {
    this.#config = config;
    this.#next = next;
    this.#context = context;
    this.#selections = signalsOf(next).map((signal) => selectionOf(config, signal));
    this.#normalizer = new Normalizer(context.host);
  }

  async start(): Promise<void> {
    // Reads the files of TLS, whose errors end the start.
    kafkaClientOptions(this.#config, this.#context);
    const library = await import('@platformatic/kafka');
    const decoders = await loadDecoders(signalsOf(this.#next), this.#config, {
      normalizer: this.#normalizer,
      clock: this.#context.clock,
    });
    const delivery = new MessageDelivery(this.#next, this.#deliveryOptions(decoders), this.#context);
    this.#running = this.#run(library, delivery);
  }

  async drain(deadline: AbortSignal): Promise<void> {
    const session = this.#session;
    await session?.end(deadline);
    await this.shutdown();
  }

  async shutdown(): Promise<void> {
    this.#end.abort();
    this.#replace();
    await this.#running;
    await this.#normalizer.close();
  }

  #deliveryOptions(decoders: DecodersBySignal) {
    const { errorBackoff, messageMarking, headerExtraction, tenant } = this.#config;
    return {
      decoders,
      tenant,
      retry: {
        initialIntervalMillis: errorBackoff.initialInterval,
        maxIntervalMillis: errorBackoff.maxInterval,
        multiplier: errorBackoff.multiplier,
        randomizationFactor: errorBackoff.randomizationFactor,
        maxElapsedMillis: errorBackoff.maxElapsedTime,
      },
      skipsExpired: messageMarking.onError,
      skipsRefused: messageMarking.onPermanentError,
      extracted: headerExtraction.extractHeaders
        ? { headers: headerExtraction.headers, prefix: 'kafka.header.' }
        : undefined,
    };
  }

  async #run(library: typeof Kafka, delivery: MessageDelivery): Promise<void> {
    const { signal } = this.#end;
    const { logger } = this.#context;
    let delayMillis = Math.max(this.#config.metadata.retry.backoff, 1);
    let isFailing = false;
    while (!signal.aborted) {
      try {
        const topics = await this.#findTopics(library);
        if (topics.size === 0) {
          this.#context.reportStatus('waiting: none of the topics exists yet');
          await pause(this.#context, MISSING_TOPIC_MILLIS, signal);
          continue;
        }
        await this.#runSession(library, topics, delivery, () => {
          if (isFailing) logger.info('connected to the brokers again');
          isFailing = false;
          delayMillis = Math.max(this.#config.metadata.retry.backoff, 1);
        });
      } catch (error) {
        if (signal.aborted) return;
        if (!isFailing) logger.warn({ reason: errorReason(error) }, 'cannot read from the brokers, retrying');
        isFailing = true;
        this.#context.reportStatus(`retrying, ${errorReason(error)}`);
        await pause(this.#context, delayMillis, signal);
        delayMillis = Math.min(delayMillis * 2, MAX_RETRY_MILLIS);
      }
    }
  }

  /** Returns the topics that exist and are selected, with their signals. */
  async #findTopics(library: typeof Kafka): Promise<ReadonlyMap<string, Signal>> {
    const admin = new library.Admin({ ...kafkaClientOptions(this.#config, this.#context), retries: 0 });
    try {
      const existing = await admin.listTopics();
      const found = new Map<string, Signal>();
      for (const { signal, names, matches } of this.#selections)
        for (const topic of existing) if (names.includes(topic) || matches(topic)) found.set(topic, signal);
      return found;
    } finally {
      await admin.close();
    }
  }

  /** Reads topics until the session fails, which rejects, or until topics change. */
  async #runSession(
    library: typeof Kafka,
    topics: ReadonlyMap<string, Signal>,
    delivery: MessageDelivery,
    onStarted: () => void,
  ): Promise<void> {
    const failure = Promise.withResolvers<void>();
    failure.promise.catch(() => {});
    const session = new GroupSession({
      ...{ library, topics, delivery },
      config: this.#config,
      context: this.#context,
      onFailed: failure.reject,
    });
    this.#session = session;
    this.#replace = failure.resolve;
    try {
      await Promise.race([session.start(), failure.promise]);
      if (this.#end.signal.aborted) return;
      onStarted();
      this.#context.reportStatus(undefined);
      await Promise.race([failure.promise, this.#untilChanged(library, session, topics)]);
    } finally {
      this.#session = undefined;
      await session.close();
    }
  }

  /** Resolves when a topic has appeared, or has more partitions. */
  async #untilChanged(
    library: typeof Kafka,
    session: GroupSession,
    topics: ReadonlyMap<string, Signal>,
  ): Promise<void> {
    const known = await session.partitionCounts();
    const isIncomplete = this.#selections.some(({ names }) => names.some((name) => !topics.has(name)));
    const intervalMillis = isIncomplete ? MISSING_TOPIC_MILLIS : this.#config.metadata.refreshInterval;
    for (;;) {
      await pause(this.#context, Math.max(intervalMillis, 1), this.#end.signal);
      if (this.#end.signal.aborted) return;
      try {
        const [found, counts] = [await this.#findTopics(library), await session.partitionCounts()];
        const isSame = found.size === topics.size && [...counts].every(([topic, count]) => known.get(topic) === count);
        if (isSame) continue;
        this.#context.logger.info({ topics: [...found.keys()] }, 'topics changed, joining the group again');
        await session.end(AbortSignal.timeout(MAX_RETRY_MILLIS));
        return;
      } catch (error) {
        this.#context.logger.debug({ reason: errorReason(error) }, 'cannot list the topics');
      }
    }
  }
}
