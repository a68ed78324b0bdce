import type { Logger } from 'pino';
import { formatByteSize } from '../component/units.ts';

/** Limits the memory that a component's series may use, regardless of its configuration. */
export class StateBudget {
  usedBytes = 0;
  readonly #limitBytes: number;
  readonly #reportFull: () => void;
  #isReported = false;

  constructor(limitBytes: number, reportFull: () => void) {
    this.#limitBytes = limitBytes;
    this.#reportFull = reportFull;
  }

  /** Reports whether no more series fit. Logs the first time this happens. */
  isFull(): boolean {
    if (this.usedBytes < this.#limitBytes) return false;
    if (!this.#isReported) this.#reportFull();
    this.#isReported = true;
    return true;
  }
}

/** Creates a budget of 256 MiB. Once it is used up, a warning states the consequence. */
export function createStateBudget(logger: Logger, consequence: string): StateBudget {
  return new StateBudget(LIMIT_BYTES, () => {
    logger.warn({ limit: formatByteSize(LIMIT_BYTES) }, `too many series, ${consequence}`);
  });
}

const LIMIT_BYTES = 256 * 2 ** 20;
