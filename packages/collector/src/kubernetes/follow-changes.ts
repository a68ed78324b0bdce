import type { Logger } from 'pino';
import { errorMessage } from '../component/error-message.ts';
import { Backoff, type WaitContext } from '../component/timing/backoff.ts';
import { ApiError } from './api-error.ts';
import type { KubernetesClient, WatchEvent } from './client.ts';
import { type KubernetesObject, nameOf, type Selection } from './resource.ts';

/** Receives the objects of a selection and their changes. */
export interface ChangeSink {
  /** A complete list begins, at first and after each time that changes may have been missed. */
  listBegins?(): void;
  /** Objects of the list that has begun. */
  listed?(objects: readonly KubernetesObject[]): void;
  /** The list is complete: objects that it did not have do not exist. */
  listEnds?(): void;
  /** An object was added, changed or deleted. */
  changed(type: Exclude<WatchEvent['type'], 'BOOKMARK'>, object: KubernetesObject): void;
}

/** What `followChanges` needs. */
export interface FollowContext extends WaitContext {
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn'>;
  /** The version after which changes are reported at first. Default: the objects are listed. */
  readonly fromVersion?: string | undefined;
  /** Receives why objects cannot be read, with the HTTP status of the response, and `undefined` once they can be again. */
  readonly onStatus?: (failure: string | undefined, status?: number) => void;
}

/** Follows the changes of objects until it is closed. */
export interface Following {
  /** Resolves when the first list is complete; never if that fails. */
  readonly listed: Promise<void>;
  close(): Promise<void>;
}

/** Lifetime of a watch, which is up to twice as long, so that watches do not end together. */
const WATCH_SECONDS = 300;
/** A watch without bytes for this time is replaced: bookmarks arrive every minute from a server that is alive. */
const SILENCE_MILLIS = 150_000;
/** Watches that end sooner without an event count as failed, so that a server that ends them at once is not asked in a loop. */
const SHORT_MILLIS = 1000;

/**
 * Lists the objects of a selection, then watches them. A watch that ends is continued where it ended. If the server no
 * longer has the changes since then (410 Gone), the objects are listed again. Failures are retried with increasing delays and
 * logged once.
 */
export function followChanges(
  client: KubernetesClient,
  selection: Selection,
  sink: ChangeSink,
  context: FollowContext,
): Following {
  const following = new Follower(client, selection, sink, context);
  const running = following.run();
  return {
    listed: following.listed,
    async close() {
      following.stop();
      await running;
    },
  };
}

class Follower {
  readonly #client: KubernetesClient;
  readonly #selection: Selection;
  readonly #sink: ChangeSink;
  readonly #context: FollowContext;
  readonly #stopped = new AbortController();
  readonly #backoff: Backoff;
  readonly #firstList = Promise.withResolvers<void>();
  /** The version after which changes are unknown; `undefined` if the objects must be listed. */
  #version: string | undefined;
  #failure: string | undefined;

  constructor(client: KubernetesClient, selection: Selection, sink: ChangeSink, context: FollowContext) {
    this.#client = client;
    this.#selection = selection;
    this.#sink = sink;
    this.#context = context;
    this.#backoff = new Backoff(context);
    this.#version = context.fromVersion;
  }

  get listed(): Promise<void> {
    return this.#firstList.promise;
  }

  stop(): void {
    this.#stopped.abort();
  }

  async run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list();
        if (await this.#watch()) this.#backoff.reset();
        else await this.#backoff.wait(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiError && error.isGone) this.#version = undefined;
        else this.#report(errorMessage(error), error instanceof ApiError ? error.status : undefined);
        await this.#backoff.wait(signal, error instanceof ApiError ? error.retryAfterMillis : undefined);
      }
    }
  }

  async #list(): Promise<void> {
    let version = '';
    this.#sink.listBegins?.();
    for await (const { items, resourceVersion } of this.#client.list(this.#selection, this.#stopped.signal)) {
      this.#sink.listed?.(items);
      version = resourceVersion;
    }
    this.#sink.listEnds?.();
    this.#version = version;
    this.#firstList.resolve();
    this.#report(undefined);
  }

  /** Watches until the server ends it, and returns whether it was of use. */
  async #watch(): Promise<boolean> {
    const { clock, random } = this.#context;
    const silence = new SilenceTimer(this.#context, SILENCE_MILLIS);
    const signal = AbortSignal.any([this.#stopped.signal, silence.signal]);
    const startMillis = clock.monotonic();
    let events = 0;
    try {
      const options = {
        resourceVersion: this.#version,
        timeoutSeconds: Math.round(WATCH_SECONDS * (1 + random())),
        onActivity: () => {
          if (silence.restart()) this.#report(undefined);
        },
      };
      for await (const { type, object } of this.#client.watch(this.#selection, options, signal)) {
        events += 1;
        if (type !== 'BOOKMARK') this.#sink.changed(type, object);
        this.#version = object.metadata.resourceVersion ?? this.#version;
      }
    } catch (error) {
      if (!silence.signal.aborted) throw error;
      this.#context.logger.debug({ resource: nameOf(this.#selection) }, 'nothing arrived, watching again');
      return true;
    } finally {
      silence.stop();
    }
    return events > 0 || clock.monotonic() - startMillis > SHORT_MILLIS;
  }

  #report(failure: string | undefined, status?: number): void {
    if (failure === this.#failure) return;
    const resource = nameOf(this.#selection);
    if (failure === undefined) this.#context.logger.info({ resource }, 'reads from the Kubernetes API again');
    else this.#context.logger.warn({ resource, reason: failure }, 'cannot read from the Kubernetes API, trying again');
    this.#failure = failure;
    this.#context.onStatus?.(failure, status);
  }
}

/** Aborts its signal when it was not restarted for some time. */
class SilenceTimer {
  readonly #clock: FollowContext['clock'];
  readonly #millis: number;
  readonly #controller = new AbortController();
  #cancel: () => void;
  #lastMillis: number;

  constructor({ clock }: WaitContext, millis: number) {
    this.#clock = clock;
    this.#millis = millis;
    this.#lastMillis = clock.monotonic();
    this.#cancel = clock.setTimeout(() => this.#check(), millis);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Returns whether the time has not passed. */
  restart(): boolean {
    this.#lastMillis = this.#clock.monotonic();
    return !this.signal.aborted;
  }

  stop(): void {
    this.#cancel();
  }

  #check(): void {
    const leftMillis = this.#lastMillis + this.#millis - this.#clock.monotonic();
    if (leftMillis > 0) this.#cancel = this.#clock.setTimeout(() => this.#check(), leftMillis);
    else this.#controller.abort();
  }
}
