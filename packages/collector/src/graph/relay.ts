import type { Consumer } from '../component/contract.ts';
import type { PartitionBy } from '../component/define.ts';

/** Creates consumers that forward batches to other threads. A single-threaded graph needs none. */
export interface Relay {
  /** Number of threads across which batches are partitioned. */
  readonly threadCount: number;
  /** Returns a consumer that forwards batches to a node in the main thread. */
  toMain(nodeId: string): Consumer;
  /** Returns a consumer that partitions batches across the threads. `here` is the instance in this thread, if any. */
  toPartition(nodeId: string, by: PartitionBy, here: Consumer | undefined): Consumer;
}
