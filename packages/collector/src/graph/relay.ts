import type { Consumer } from '../component/contract.ts';

/** The ways out of a thread into the others. A graph that is in one thread needs none. */
export interface Relay {
  /** Hands batches to a node that lives in the main thread. */
  toMain(nodeId: string): Consumer;
  /** Cuts batches and hands each piece to the thread where its items meet. `here` is this thread's own instance, if it has one. */
  toPartition(nodeId: string, here: Consumer | undefined): Consumer;
}
