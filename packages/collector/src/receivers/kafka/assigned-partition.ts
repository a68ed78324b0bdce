import type { IncomingMessage } from '../../messages/message.ts';
import type { MessageDelivery } from '../../messages/message-delivery.ts';

/** A message of a partition. */
export interface PartitionMessage extends IncomingMessage {
  readonly offset: bigint;
}

/** Messages of one response, in order. */
export interface FetchedMessages {
  readonly messages: readonly PartitionMessage[];
  /** The offset after the last one, which may be larger than that of the last message plus one. */
  readonly nextOffset: bigint;
  readonly leaderEpoch: number;
}

/** Options for `AssignedPartition`. */
export interface PartitionOptions {
  readonly delivery: MessageDelivery;
  /** Whether offsets may be committed before messages are delivered. */
  readonly marksEarly: boolean;
  /** Called when more messages can be fetched. */
  onReady(): void;
  /** Called when the offset to commit has changed. */
  onMarked(): void;
  /** Called when the messages of a response are delivered. The next ones wait for it. */
  onDelivered(): Promise<void>;
  /** Called when a message blocks the partition. */
  onBlocked(partition: AssignedPartition, reason: string): void;
}

/** A partition that the group has assigned to this process: delivers its messages in order and keeps its offsets. */
export class AssignedPartition {
  readonly topic: string;
  readonly index: number;
  /** The offset to fetch next. */
  position: bigint;
  /** The offset to commit; `undefined` if there is nothing to commit. */
  marked: bigint | undefined;
  committed: bigint;
  leaderEpoch = -1;
  readonly #options: PartitionOptions;
  readonly #end = new AbortController();
  #current: Promise<void> | undefined;
  /** Messages that wait for those that are being delivered. */
  #waiting: FetchedMessages | undefined;
  #isBlocked = false;

  /** `committed` is -1 if the group has not committed an offset yet. */
  constructor(topic: string, index: number, position: bigint, committed: bigint, options: PartitionOptions) {
    this.topic = topic;
    this.index = index;
    this.position = position;
    this.committed = committed;
    this.#options = options;
    // With an offset from the start, no message is missed after a restart that comes before the first one.
    this.marked = committed < 0n ? position : undefined;
  }

  /** Whether messages can be fetched. One response waits at most, so that a busy pipeline bounds the memory. */
  get isReady(): boolean {
    return this.#waiting === undefined && !this.#isBlocked && !this.#end.signal.aborted;
  }

  get hasEnded(): boolean {
    return this.#end.signal.aborted;
  }

  /** Adds messages that were fetched from `position`. */
  add(fetched: FetchedMessages): void {
    this.position = fetched.nextOffset;
    this.leaderEpoch = fetched.leaderEpoch;
    if (this.#current === undefined) this.#deliver(fetched);
    else this.#waiting = fetched;
  }

  /** Continues at another offset, because that of `position` does not exist. */
  reset(position: bigint): void {
    this.position = position;
    this.leaderEpoch = -1;
    this.committed = -1n;
    this.marked = position;
  }

  /** Reports that an offset was committed. */
  confirm(offset: bigint): void {
    this.committed = offset;
    if (this.marked === offset) this.marked = undefined;
  }

  /** Ends retries and discards what waits: it is fetched again by the next owner. Resolves when nothing is in flight. */
  async end(): Promise<void> {
    this.#end.abort();
    this.#waiting = undefined;
    await this.#current;
  }

  /** Resolves when everything that was fetched is delivered. */
  async idle(): Promise<void> {
    while (this.#current !== undefined) await this.#current;
  }

  #deliver(fetched: FetchedMessages): void {
    this.#current = this.#run(fetched).finally(() => {
      this.#current = undefined;
      const next = this.#waiting;
      this.#waiting = undefined;
      if (next !== undefined) this.#deliver(next);
      if (!this.hasEnded) this.#options.onReady();
    });
  }

  async #run({ messages, nextOffset }: FetchedMessages): Promise<void> {
    const { delivery, marksEarly, onDelivered } = this.#options;
    if (marksEarly) this.#mark(nextOffset);
    const { signal } = this.#end;
    const delivered = await delivery.deliver(messages, signal, (count) => {
      const last = messages[count - 1];
      if (last !== undefined) this.#mark(last.offset + 1n);
    });
    if (delivered.count === messages.length) this.#mark(nextOffset);
    if (!this.hasEnded) await onDelivered();
    if (delivered.blockedBy === undefined) return;
    this.#isBlocked = true;
    this.#waiting = undefined;
    this.#options.onBlocked(this, delivered.blockedBy);
  }

  #mark(offset: bigint): void {
    if (this.hasEnded || offset <= this.committed || offset === this.marked) return;
    this.marked = offset;
    this.#options.onMarked();
  }
}
