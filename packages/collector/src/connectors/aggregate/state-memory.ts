import type { Admission } from '@otelier/transport';
import type { Admissions } from '../../component/admissions.ts';

/** Accounts for the memory of state, which changes with every batch, in the memory budget. */
export class StateMemory {
  readonly #admissions: Admissions;
  #admission: Admission | undefined;
  #bytes = 0;
  #admittedBytes = 0;

  constructor(admissions: Admissions) {
    this.#admissions = admissions;
  }

  /** Whether the state must stop growing. */
  get isFull(): boolean {
    return this.#bytes > this.#admittedBytes || this.#bytes > this.#admissions.limitBytes * MEMORY_SHARE;
  }

  /** Records that the state needs more memory, or less if `bytes` is negative. */
  add(bytes: number): void {
    this.#bytes += bytes;
    const missing = this.#bytes - this.#admittedBytes;
    if (missing < 0) this.#admission?.shrink?.(-missing);
    else if (missing > 0 && !this.#grow(missing)) return;
    this.#admittedBytes = this.#bytes;
  }

  /** Reserves memory for batches created from the state. They are sent even if the budget is exhausted. */
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

/** Maximum share of the memory budget for state, which must leave memory for telemetry in flight. */
const MEMORY_SHARE = 0.25;
