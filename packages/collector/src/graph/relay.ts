import type { Consumer } from '../component/contract.ts';
import type { PartitionBy } from '../component/define.ts';

/** Creates consumers that forward batches to other threads. A graph in one thread needs none. */
export interface Relay {
  /** Number of threads among which batches are partitioned. */
  readonly threadCount: number;
  /** Returns a consumer that forwards batches to a node of the main thread. */
  toMain(nodeId: string): Consumer;
  /** Returns a consumer that partitions batches among the threads. `here` is the instance of this thread, if any. */
  toPartition(nodeId: string, by: PartitionBy, here: Consumer | undefined): Consumer;
}
