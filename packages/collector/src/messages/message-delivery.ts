import { type Batch, type NormalizedRequest, type Outcome, SIGNALS, type Signal } from '@otelier/otlp';
import { type RetryOptions, retry } from '@otelier/transport/retry';
import type { ComponentContext, Consumer, SignalConsumers } from '../component/contract.ts';
import { consumeAdmitted } from '../component/requests/consume-admitted.ts';
import { CREDENTIALS } from '../component/requests/credentials.ts';
import { addHeaderAttributes } from './extract-headers.ts';
import type { DecodersBySignal, Headers, IncomingMessage } from './message.ts';
import { type MessageTenant, tenantOf } from './message-tenant.ts';

/** Options for `MessageDelivery`. */
export interface DeliveryOptions {
  readonly decoders: DecodersBySignal;
  /** Backoff of retries. `maxElapsedMillis` applies only with `skipsExpired`. */
  readonly retry: RetryOptions;
  /** Whether messages are given up after `maxElapsedMillis`. Otherwise they are retried without a limit. */
  readonly skipsExpired: boolean;
  /** Whether messages that are malformed, or that the pipeline refuses, are given up. Otherwise they block their source. */
  readonly skipsRefused: boolean;
  /** Headers that become resource attributes, with the prefix of their names. */
  readonly extracted: { readonly headers: readonly string[]; readonly prefix: string } | undefined;
  /** Whose the telemetry is. */
  readonly tenant: MessageTenant;
}

/** How the delivery of messages ended. */
export interface Delivered {
  /** Number of messages, from the first, that need not be delivered again. */
  readonly count: number;
  /** Why the message after these blocks its source; `undefined` if none does. */
  readonly blockedBy: string | undefined;
}

/** Maximum size of the batches that messages are merged into. A larger message is a batch of its own. */
const MAX_BATCH_BYTES = 2 ** 20;
const REPORT_MILLIS = 10_000;

interface Run {
  readonly first: IncomingMessage;
  readonly batch: Batch;
  readonly messageCount: number;
}

/** A message that cannot be decoded. */
interface Malformed {
  readonly malformed: IncomingMessage;
  readonly reason: string;
}

type Step =
  | { readonly kind: 'settled' | 'refused'; readonly count: number }
  | { readonly kind: 'blocked'; readonly reason: string }
  | { readonly kind: 'aborted' };

type RunOutcome = 'done' | 'aborted' | { readonly refusedBy: string };

/** Passes messages to the pipelines in order, several at once, and retries until they are accepted. */
export class MessageDelivery {
  readonly #next: SignalConsumers;
  readonly #options: DeliveryOptions;
  readonly #context: ComponentContext;
  #failing = 0;
  #skipped = 0;
  #nextReportMillis = Number.NEGATIVE_INFINITY;

  constructor(next: SignalConsumers, options: DeliveryOptions, context: ComponentContext) {
    this.#next = next;
    this.#options = options;
    this.#context = context;
  }

  /** Delivers messages. `onDone` is called with the number of messages that are settled, each time it has grown. */
  async deliver(
    messages: readonly IncomingMessage[],
    abort: AbortSignal,
    onDone: (count: number) => void = () => {},
  ): Promise<Delivered> {
    let index = 0;
    let limit = Number.POSITIVE_INFINITY;
    while (index < messages.length && !abort.aborted) {
      const step = await this.#step(messages, index, limit, abort);
      if (step.kind === 'aborted') break;
      if (step.kind === 'blocked') return { count: index, blockedBy: step.reason };
      // Which of several messages was refused is found by delivering half of them.
      limit = step.kind === 'settled' ? 2 * limit : Math.ceil(step.count / 2);
      if (step.kind !== 'settled') continue;
      index += step.count;
      onDone(index);
    }
    return { count: index, blockedBy: undefined };
  }

  /** Delivers the next messages in one batch. Settles none of several that were refused together. */
  async #step(messages: readonly IncomingMessage[], from: number, limit: number, abort: AbortSignal): Promise<Step> {
    const run = await this.#take(messages, from, limit);
    if ('malformed' in run) {
      const { malformed, reason } = run;
      return this.#giveUp(malformed, reason, malformed.unreadable?.messageCount ?? 1, 'malformed');
    }
    const outcome = await this.#pass(run, abort);
    if (outcome === 'done') return { kind: 'settled', count: run.messageCount };
    if (outcome === 'aborted') return { kind: 'aborted' };
    if (run.messageCount > 1) return { kind: 'refused', count: run.messageCount };
    return this.#giveUp(run.first, outcome.refusedBy, run.batch.itemCount, 'refused');
  }

  #giveUp(message: IncomingMessage, reason: string, itemCount: number, cause: string): Step {
    this.#report(message, reason);
    if (!this.#options.skipsRefused) return { kind: 'blocked', reason };
    this.#context.dropped(itemCount, cause);
    return { kind: 'settled', count: 1 };
  }

  /** Decodes messages with equal signals and headers, as many as fit into a batch. Returns why the first is malformed if it is. */
  async #take(messages: readonly IncomingMessage[], from: number, limit: number): Promise<Run | Malformed> {
    const first = messages[from];
    if (first === undefined) throw new Error('expected a message');
    const { signal } = first;
    const owner = tenantOf(this.#options.tenant, first.headers);
    if (!owner.ok) return { malformed: first, reason: owner.reason };
    const parts: Uint8Array[] = [];
    let itemCount = 0;
    let sizeBytes = 0;
    let messageCount = 0;
    for (let index = from; index < messages.length && messageCount < limit; index++) {
      const message = messages[index];
      if (message === undefined || message.signal !== signal || !haveEqualHeaders(message.headers, first.headers))
        break;
      if (parts.length > 0 && (sizeBytes + message.value.length > MAX_BATCH_BYTES || !SIGNALS[signal].mergeable)) break;
      const request = this.#withinLimits(await this.#decode(message), signal, owner.tenant);
      if (!request.ok) {
        if (messageCount === 0) return { malformed: message, reason: request.reason };
        break;
      }
      messageCount += 1;
      if (request.itemCount === 0) continue;
      parts.push(request.bytes);
      itemCount += request.itemCount;
      sizeBytes += request.bytes.length;
    }
    const context = this.#contextOf(first, owner.tenant);
    return { first, messageCount, batch: { signal, parts, itemCount, sizeBytes, context } };
  }

  async #decode({ signal, value, headers, unreadable }: IncomingMessage): Promise<NormalizedRequest> {
    if (unreadable !== undefined) return { ok: false, reason: unreadable.reason };
    const decode = this.#options.decoders.get(signal);
    if (decode === undefined) throw new Error(`expected a decoder of ${signal}`);
    const request = await decode(value);
    if (!request.ok) return request;
    const { extracted } = this.#options;
    const bytes =
      extracted === undefined
        ? request.bytes
        : addHeaderAttributes(signal, request.bytes, headers, extracted.headers, extracted.prefix);
    // A part owns its memory: a part of a response would keep all of it, and the `slice` of a `Buffer` is such a part.
    return { ...request, bytes: bytes.length < bytes.buffer.byteLength ? new Uint8Array(bytes) : bytes };
  }

  /** Returns a request without the points of series beyond the limit of its tenant, which are counted as dropped. */
  #withinLimits(request: NormalizedRequest, signal: Signal, tenant: string): NormalizedRequest {
    const limited = request.ok ? this.#context.host.tenants?.limitSeries(tenant, signal, request.bytes) : undefined;
    if (!request.ok || limited === undefined) return request;
    this.#context.reportLoss?.('tenant_limit', limited.reason);
    this.#context.dropped(limited.dropped, 'tenant_limit');
    return { ...request, bytes: limited.bytes ?? new Uint8Array(), itemCount: limited.kept };
  }

  #contextOf({ headers, place }: IncomingMessage, tenant: string): Batch['context'] {
    const metadata: Record<string, readonly string[]> = {};
    for (const [name, values] of Object.entries(headers)) if (!CREDENTIALS.test(name)) metadata[name] = values;
    for (const [name, value] of Object.entries(place)) metadata[name] = [String(value)];
    return { tenant, subject: undefined, metadata, arrivalMillis: this.#context.clock.now() };
  }

  /** Passes a batch on until it is accepted or refused. */
  async #pass({ batch }: Run, abort: AbortSignal): Promise<RunOutcome> {
    if (batch.itemCount === 0) return 'done';
    const next = this.#next[batch.signal];
    if (next === undefined) throw new Error(`expected a pipeline of ${batch.signal}`);
    const outcome = await this.#consume(batch, next, abort);
    if (outcome.kind === 'accepted' || outcome.kind === 'partial')
      this.#context.host.tenants?.received(batch.context.tenant, batch.itemCount, batch.sizeBytes);
    switch (outcome.kind) {
      case 'accepted':
        return 'done';
      case 'partial':
        this.#context.dropped(outcome.rejectedItems, 'refused');
        this.#context.reportLoss?.('refused', outcome.reason);
        return 'done';
      case 'refused':
        return { refusedBy: outcome.reason };
      case 'retry':
        if (abort.aborted) return 'aborted';
        this.#context.dropped(batch.itemCount, 'retries_exhausted');
        this.#context.reportLoss?.('retries_exhausted', outcome.reason);
        return 'done';
    }
  }

  async #consume(batch: Batch, next: Consumer, abort: AbortSignal): Promise<Outcome> {
    const { clock, random, admission, host } = this.#context;
    const { tenant } = batch.context;
    const { skipsExpired, retry: options } = this.#options;
    let isFailing = false;
    const outcome = await retry(
      async () => host.tenants?.rejectionOf(tenant, batch.sizeBytes) ?? (await consumeAdmitted(batch, next, admission)),
      { ...options, ...(!skipsExpired && { maxElapsedMillis: 0 }) },
      {
        clock,
        random,
        signal: abort,
        retryEarly: next.whenWritable?.bind(next),
        onRetry: (_millis, reason) => {
          if (!isFailing) this.#failing += 1;
          isFailing = true;
          this.#context.reportStatus(`waiting: ${reason}`);
        },
      },
    );
    if (isFailing) this.#failing -= 1;
    if (isFailing && this.#failing === 0) this.#context.reportStatus(undefined);
    return outcome;
  }

  /** Logs a message that is given up or that blocks its source, at most every ten seconds. */
  #report({ signal, place }: IncomingMessage, reason: string): void {
    const { logger, clock } = this.#context;
    this.#skipped += 1;
    if (clock.monotonic() < this.#nextReportMillis) return;
    this.#nextReportMillis = clock.monotonic() + REPORT_MILLIS;
    const what = this.#options.skipsRefused ? 'message skipped' : 'message blocks its source';
    logger.warn({ ...place, signal, reason, messages: this.#skipped }, `${what}: it cannot be delivered`);
    this.#skipped = 0;
  }
}

function haveEqualHeaders(a: Headers, b: Headers): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => {
    const values = a[name] ?? [];
    const others = b[name];
    return others?.length === values.length && values.every((value, index) => value === others[index]);
  });
}

/** The signals of the pipelines that a receiver feeds. */
export function signalsOf(next: SignalConsumers): readonly Signal[] {
  return (Object.keys(SIGNALS) as Signal[]).filter((signal) => next[signal] !== undefined);
}
