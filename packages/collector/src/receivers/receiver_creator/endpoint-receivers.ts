import type { ObservedEndpoint } from '../../component/discovery/endpoint.ts';
import { errorMessage } from '../../component/error-message.ts';
import type { NestedReceiver } from './nested-receiver.ts';
import type { Planned, PlannedReceiver } from './plan.ts';

/** What the receivers of an endpoint need from the component that starts them. */
export interface EndpointContext {
  readonly clock: {
    monotonic(): number;
    setTimeout(fn: () => void, millis: number): () => void;
  };
  plan(endpoint: ObservedEndpoint): readonly Planned[];
  /** Starts a receiver. Resolves with `undefined` if no pipeline takes its signals. */
  start(
    planned: PlannedReceiver,
    endpoint: ObservedEndpoint,
    onStatus: (status: string | undefined) => void,
  ): Promise<NestedReceiver | undefined>;
  /** Reserves one of the receivers that can run at a time; `false` if there is none. */
  reserve(waiting: EndpointReceivers): boolean;
  release(): void;
  /** Reports the error of a receiver, or that it has none. */
  report(endpoint: ObservedEndpoint, id: string, error: string | undefined): void;
}

/** A receiver of an endpoint and what it was started with. */
interface Slot {
  readonly fingerprint: string;
  /** `undefined` if it could not be started, or if no pipeline takes its signals. */
  readonly receiver: NestedReceiver | undefined;
  /** Time before which it is not started again, on the monotonic clock. */
  readonly notBeforeMillis: number;
  readonly failures: number;
}

const FIRST_RETRY_MILLIS = 1000;
const LAST_RETRY_MILLIS = 300_000;
/** Time in which a receiver passes on what it holds when its endpoint is gone. */
const DRAIN_MILLIS = 5000;

/**
 * The receivers of one endpoint. They are started and stopped one after the other, without waiting for those of other endpoints. A
 * receiver whose options stay the same keeps running when its endpoint changes. One that failed to start is started again when
 * its endpoint changes, after a delay that doubles with each failure.
 */
export class EndpointReceivers {
  readonly #context: EndpointContext;
  readonly #slots = new Map<string, Slot>();
  #endpoint: ObservedEndpoint;
  #isGone = false;
  /** Counts the changes of the endpoint, so that a receiver is started again at most once for each of them. */
  #changes = 0;
  readonly #triedAt = new Map<string, number>();
  #cancelRetry: () => void = () => {};
  #retryMillis = Infinity;
  #work: Promise<void> = Promise.resolve();
  #isQueued = false;

  constructor(endpoint: ObservedEndpoint, context: EndpointContext) {
    this.#endpoint = endpoint;
    this.#context = context;
    void this.resume();
  }

  get heldItems(): number {
    let sum = 0;
    for (const { receiver } of this.#slots.values()) sum += receiver?.heldItems ?? 0;
    return sum;
  }

  /** The endpoint has changed. */
  change(endpoint: ObservedEndpoint): void {
    this.#endpoint = endpoint;
    this.#changes += 1;
    void this.resume();
  }

  /** Starts and stops receivers so that they are those of the endpoint. Resolves when they are. */
  resume(): Promise<void> {
    if (this.#isQueued) return this.#work;
    this.#isQueued = true;
    this.#work = this.#work.then(async () => {
      this.#isQueued = false;
      await this.#update();
    });
    return this.#work;
  }

  /** Stops all receivers. None starts afterwards. */
  async stop(deadline?: AbortSignal, remainingMillis = DRAIN_MILLIS): Promise<void> {
    this.#isGone = true;
    this.#cancelRetry();
    await this.#work;
    await Promise.all([...this.#slots.keys()].map((id) => this.#stop(id, deadline, remainingMillis)));
  }

  async #update(): Promise<void> {
    if (this.#isGone) return;
    const endpoint = this.#endpoint;
    const planned = this.#context.plan(endpoint);
    const ids = new Set(planned.map(({ id }) => id));
    for (const id of this.#slots.keys()) if (!ids.has(id)) await this.#stop(id);
    for (const one of planned) {
      if (this.#isGone) return;
      if ('failure' in one) {
        await this.#stop(one.id);
        this.#slots.set(one.id, { fingerprint: '', receiver: undefined, notBeforeMillis: 0, failures: 0 });
        this.#context.report(endpoint, one.id, one.failure);
      } else {
        await this.#ensure(one, endpoint);
      }
    }
  }

  async #ensure(planned: PlannedReceiver, endpoint: ObservedEndpoint): Promise<void> {
    const { id } = planned;
    const { clock } = this.#context;
    const fingerprint = JSON.stringify([planned, endpoint.target]);
    const slot = this.#slots.get(id);
    if (slot?.fingerprint === fingerprint) {
      const isTried = slot.failures === 0 || this.#triedAt.get(id) === this.#changes;
      if (isTried) return;
    }
    const failures = slot?.failures ?? 0;
    const waitMillis = (slot?.notBeforeMillis ?? 0) - clock.monotonic();
    if (failures > 0 && waitMillis > 0) {
      this.#retryIn(waitMillis);
      return;
    }
    await this.#stop(id);
    if (!this.#context.reserve(this)) return;
    this.#triedAt.set(id, this.#changes);
    const done = { fingerprint, notBeforeMillis: 0, failures: 0 };
    try {
      const report = (status: string | undefined) => this.#context.report(endpoint, id, status);
      const receiver = await this.#context.start(planned, endpoint, report);
      if (receiver === undefined) this.#context.release();
      this.#slots.set(id, { ...done, receiver });
    } catch (error) {
      this.#context.release();
      const delayMillis = Math.min(FIRST_RETRY_MILLIS * 2 ** failures, LAST_RETRY_MILLIS);
      const notBeforeMillis = clock.monotonic() + delayMillis;
      this.#slots.set(id, { ...done, receiver: undefined, notBeforeMillis, failures: failures + 1 });
      this.#context.report(endpoint, id, `failed to start: ${errorMessage(error)}`);
    }
  }

  /** Sets the timer for the first receiver that can be started again. */
  #retryIn(waitMillis: number): void {
    const { clock } = this.#context;
    const atMillis = clock.monotonic() + waitMillis;
    if (this.#retryMillis <= atMillis) return;
    this.#cancelRetry();
    this.#retryMillis = atMillis;
    this.#cancelRetry = clock.setTimeout(() => {
      this.#retryMillis = Infinity;
      void this.resume();
    }, waitMillis);
  }

  /** Stops a receiver and forgets it. */
  async #stop(id: string, deadline?: AbortSignal, remainingMillis = DRAIN_MILLIS): Promise<void> {
    const slot = this.#slots.get(id);
    this.#slots.delete(id);
    if (slot === undefined) return;
    this.#context.report(this.#endpoint, id, undefined);
    if (slot.receiver === undefined) return;
    const abort = new AbortController();
    const cancel = this.#context.clock.setTimeout(() => abort.abort(), remainingMillis);
    await slot.receiver.stop(deadline ?? abort.signal, remainingMillis);
    cancel();
    this.#context.release();
  }
}
