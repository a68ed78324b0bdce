import type { Batch } from '@otelier/otlp';
import type { Host, TapFilter } from '../../component/host.ts';
import { ownMemory } from '../../workers/worker-channel.ts';

/** Maximum number of unacknowledged bytes per listener. Live views show only part of the telemetry. */
const UNSEEN_BYTES = 4 * 2 ** 20;

/** Sends a batch to the main thread, with the number of items that were skipped before it. */
type Show = (tap: number, batch: Batch, skippedItems: number) => void;

/** The worker side of taps: forwards batches to the main thread, and skips those that it cannot keep up with. */
export class Watching {
  readonly #host: Pick<Host, 'subscribe'>;
  readonly #show: Show;
  readonly #watched = new Map<number, Watched>();

  constructor(host: Pick<Host, 'subscribe'>, show: Show) {
    this.#host = host;
    this.#show = show;
  }

  watch(id: number, filter: TapFilter): void {
    const watched: Watched = { unseenBytes: 0, skippedItems: 0, stop: () => undefined };
    watched.stop = this.#host.subscribe(filter, (batch) => {
      if (watched.unseenBytes + batch.sizeBytes > UNSEEN_BYTES) {
        watched.skippedItems += batch.itemCount;
        return;
      }
      watched.unseenBytes += batch.sizeBytes;
      this.#show(id, { ...batch, parts: batch.parts.map(ownMemory) }, watched.skippedItems);
      watched.skippedItems = 0;
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
  /** Number of items that were skipped since the last batch. */
  skippedItems: number;
  stop: () => void;
}
