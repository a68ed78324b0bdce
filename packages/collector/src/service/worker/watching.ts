import type { Batch } from '@otelier/otlp';
import type { TapFilter } from '../../component/host.ts';
import { type Graph, tap } from '../../graph/graph.ts';
import { ownMemory } from '../../workers/worker-channel.ts';

/** Most bytes on their way to somebody who watches: live views look at a part of the telemetry anyway. */
const UNSEEN_BYTES = 4 * 2 ** 20;

/** A worker's part in taps: shows what passes to the main thread, as long as that keeps up. */
export class Watching {
  readonly #graph: Graph;
  readonly #show: (tap: number, batch: Batch) => void;
  readonly #watched = new Map<number, Watched>();

  constructor(graph: Graph, show: (tap: number, batch: Batch) => void) {
    this.#graph = graph;
    this.#show = show;
  }

  watch(id: number, filter: TapFilter): void {
    const watched: Watched = { unseenBytes: 0, stop: () => undefined };
    watched.stop = tap(this.#graph, filter, (batch) => {
      if (watched.unseenBytes + batch.sizeBytes > UNSEEN_BYTES) return;
      watched.unseenBytes += batch.sizeBytes;
      this.#show(id, { ...batch, parts: batch.parts.map(ownMemory) });
    });
    this.#watched.set(id, watched);
  }

  unwatch(id: number): void {
    this.#watched.get(id)?.stop();
    this.#watched.delete(id);
  }

  seen(id: number, bytes: number): void {
    const watched = this.#watched.get(id);
    if (watched) watched.unseenBytes -= bytes;
  }
}

interface Watched {
  unseenBytes: number;
  stop: () => void;
}
