import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreEvent } from '../contract.ts';
import type { DataFile } from './files/files.ts';
import { type RetentionState, RetentionTime, retentionStep } from './retention-time.ts';
import type { StoreClock } from './store-clock.ts';

/** The age and size limits, and the directory. */
export interface RetentionOptions {
  readonly directory: string;
  readonly retentionMillis: number;
  readonly maxBytes: number;
}

/** An expired file and why it expired. */
export interface Expired {
  readonly file: DataFile;
  readonly reason: 'age' | 'size';
}

/**
 * Selects the files to remove: those whose newest row is too old, then the oldest files by write time until the rest
 * fits within the size limit.
 */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #clock: StoreClock;
  readonly #time: RetentionTime;
  readonly #onEvent: (event: StoreEvent) => void;
  #savedAt = Number.NEGATIVE_INFINITY;

  constructor(
    options: RetentionOptions,
    files: Iterable<DataFile>,
    clock: StoreClock,
    onEvent: (event: StoreEvent) => void,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#time = new RetentionTime(clock, options.retentionMillis, readState(options.directory, files, clock));
    this.#onEvent = onEvent;
  }

  /** Returns the files to remove now. */
  expired(files: readonly DataFile[]): readonly Expired[] {
    const { retentionMillis, maxBytes } = this.#options;
    const { millis, heldBackMillis } = this.#time.read(files.map((file) => newestMillis(file) + retentionMillis));
    if (heldBackMillis !== undefined) {
      const stepMillis = retentionStep(retentionMillis);
      this.#onEvent({ kind: 'retention-held', aheadMillis: heldBackMillis, stepMillis });
    }
    if (this.#clock.monotonic() - this.#savedAt >= SAVE_INTERVAL_MILLIS) this.save();
    const expired: Expired[] = [];
    const rest: DataFile[] = [];
    for (const file of files) {
      if (newestMillis(file) + retentionMillis < millis) expired.push({ file, reason: 'age' });
      else rest.push(file);
    }
    let bytes = 0;
    for (const file of rest) bytes += file.bytes;
    if (bytes <= maxBytes) return expired;
    for (const file of rest.sort(byOrderOfWriting)) {
      if (bytes <= maxBytes) break;
      expired.push({ file, reason: 'size' });
      bytes -= file.bytes;
    }
    return expired;
  }

  /**
   * Returns the system time for a file about to be written. If the clock is behind only at this moment, the jump would
   * otherwise go unnoticed, and the file would expire as soon as the clock is right again.
   */
  now(): number {
    return this.#time.noticeBackwardJump();
  }

  /**
   * Saves the clock state for the next process. It is not synced, because losing it only delays retention by an hour.
   */
  save(): void {
    this.#savedAt = this.#clock.monotonic();
    try {
      writeFileSync(join(this.#options.directory, FILE), `${JSON.stringify(this.#time.state)}\n`);
    } catch {
      // Other writes will report a read-only disk.
    }
  }
}

const FILE = 'retention.json';
const SAVE_INTERVAL_MILLIS = 3_600_000;

/** Returns the state saved by the last process, or one derived from the last time at which a file was written. */
function readState(directory: string, files: Iterable<DataFile>, clock: StoreClock): RetentionState {
  try {
    const { expectedMillis, heldMillis } = JSON.parse(readFileSync(join(directory, FILE), 'utf8'));
    if (Number.isFinite(expectedMillis) && Number.isFinite(heldMillis)) return { expectedMillis, heldMillis };
  } catch {
    // Missing at the first start, or truncated by a crash.
  }
  let writtenMillis = Number.NEGATIVE_INFINITY;
  for (const { footer } of files) writtenMillis = Math.max(writtenMillis, footer.writtenMillis);
  return { expectedMillis: writtenMillis === Number.NEGATIVE_INFINITY ? clock.now() : writtenMillis, heldMillis: 0 };
}

/** Orders files by write time rather than row times, which depend on the senders' clocks. */
function byOrderOfWriting(a: DataFile, b: DataFile): number {
  return a.footer.writtenMillis - b.footer.writtenMillis;
}

/** Returns the time of the newest row. Rows with future timestamps are treated as being as old as their file. */
function newestMillis({ maxTime, footer }: DataFile): number {
  return Math.min(Number(maxTime / 1_000_000n), footer.writtenMillis);
}
