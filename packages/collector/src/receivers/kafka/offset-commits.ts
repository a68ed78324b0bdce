import type { Consumer } from '@platformatic/kafka';
import type { ComponentContext } from '../../component/contract.ts';
import { errorReason } from '../../kafka/error-reason.ts';
import type { AssignedPartition } from './assigned-partition.ts';

/** An offset to commit, and the partition that it was taken from. */
interface PendingOffset {
  readonly partition: AssignedPartition;
  readonly offset: bigint;
}

/** Commits the offsets of partitions, one request at a time. */
export class OffsetCommits {
  readonly #consumer: Consumer;
  readonly #logger: ComponentContext['logger'];
  readonly #partitions: () => Iterable<AssignedPartition>;
  #running: Promise<boolean> | undefined;
  /** Whether a commit was asked for during the one in flight, which may not have all that is marked. */
  #isAskedAgain = false;
  /** The offsets of the request in flight, as the library has them. */
  #offsets: unknown[] = [];

  constructor(consumer: Consumer, logger: ComponentContext['logger'], partitions: () => Iterable<AssignedPartition>) {
    this.#consumer = consumer;
    this.#logger = logger;
    this.#partitions = partitions;
  }

  /**
   * Commits what is marked. During a commit, resolves with that one, which another one follows. Resolves with whether it
   * succeeded.
   */
  commit(): Promise<boolean> {
    if (this.#running !== undefined) {
      this.#isAskedAgain = true;
      return this.#running;
    }
    this.#isAskedAgain = false;
    this.#running = this.#commit().finally(() => {
      this.#running = undefined;
      if (this.#isAskedAgain) void this.commit();
    });
    return this.#running;
  }

  /** Commits everything that is marked, also what is marked during a commit. */
  async flush(): Promise<void> {
    await this.#running;
    if (!(await this.commit())) await this.commit();
  }

  /**
   * Takes the offsets out of the request in flight. The library joins the group again when a commit is rejected, and repeats
   * it with the offsets of partitions that others may have by then: their offsets would go back.
   */
  forget(): void {
    this.#offsets.length = 0;
  }

  async #commit(): Promise<boolean> {
    const pending: PendingOffset[] = [];
    for (const partition of this.#partitions())
      if (partition.marked !== undefined && !partition.hasEnded) pending.push({ partition, offset: partition.marked });
    if (pending.length === 0) return true;
    const offsets = pending.map(({ partition: { topic, index, leaderEpoch }, offset }) => {
      return { topic, partition: index, offset, leaderEpoch };
    });
    this.#offsets = offsets;
    try {
      await this.#consumer.commit({ offsets });
    } catch (error) {
      this.#logger.debug({ reason: errorReason(error) }, 'offsets not committed, trying again');
      return false;
    }
    if (offsets.length === 0) return false;
    for (const { partition, offset } of pending) partition.confirm(offset);
    return true;
  }
}
