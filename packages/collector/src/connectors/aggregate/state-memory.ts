import type { Admission } from '@otelier/transport';
import type { Admissions } from '../../component/admissions.ts';

/** Counts the memory of state, which changes with every batch, against the memory budget. */
export class StateMemory {
  readonly #admissions: Admissions;
  #admission: Admission | undefined;
  #bytes = 0;
  #admittedBytes = 0;

  constructor(admissions: Admissions) {
    this.#admissions = admissions;
  }

  /** Whether the state must not grow further. */
  get isFull(): boolean {
    return this.#bytes > this.#admittedBytes || this.#bytes > this.#admissions.limitBytes * MEMORY_SHARE;
  }

  /** Notes that the state needs more memory, or less if negative. */
  add(bytes: number): void {
    this.#bytes += bytes;
    const missing = this.#bytes - this.#admittedBytes;
    if (missing < 0) this.#admission?.shrink?.(-missing);
    else if (missing > 0 && !this.#grow(missing)) return;
    this.#admittedBytes = this.#bytes;
  }

  /** Reserves memory for batches that the state becomes. They are sent even if there is none. */
  admit(sizeBytes: number, parts: number): Admission {
    const admission = this.#admissions.admit(sizeBytes, parts);
    return 'kind' in admission ? { grow: () => true, release: () => undefined } : admission;
  }

  /** Releases all memory. */
  release(): void {
    this.#admission?.release();
    this.#admission = undefined;
    this.#bytes = 0;
    this.#admittedBytes = 0;
  }

  #grow(bytes: number): boolean {
    if (this.#admission !== undefined) return this.#admission.grow(bytes);
    const admission = this.#admissions.admit(bytes, 0);
    if ('kind' in admission) return false;
    this.#admission = admission;
    return true;
  }
}

/** The share of the memory budget that state may take: it must leave memory for what is in flight. */
const MEMORY_SHARE = 0.25;
