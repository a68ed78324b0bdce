import type { Outcome } from '@otelier/otlp';
import type { Admission } from '@otelier/transport';
import type { SignalContext } from '../../component/contract.ts';

/** Share of the in-flight memory budget up to which traces can wait. The rest is for receivers and queues. */
const SHARE = 5 / 8;

/** Share that traces may use regardless of what other components hold. */
const OWN_SHARE = 1 / 8;

/** Time without early decisions after which the status is cleared. */
const CALM_MILLIS = 10_000;

const EARLY = 'memory is full, traces are decided before decision_wait: raise service.memory.limit';

/** Accounts for the memory of traces in the in-flight memory budget. */
export class MemoryShare {
  /** The outcome of batches for which there is not enough memory. */
  readonly rejection: Outcome = {
    kind: 'retry',
    afterMillis: 1000,
    reason: 'the memory for traces that wait for a decision is full',
  };
  readonly #context: SignalContext;
  #admission: Admission | undefined;
  #admittedBytes = 0;
  /** Time of the last early decision, as long as the status reports it. */
  #earlyMillis: number | undefined;

  constructor(context: SignalContext) {
    this.#context = context;
  }

  /** Accounts for `usedBytes` and reserves an additional `neededBytes`. Returns false if there is not enough memory. */
  set(usedBytes: number, neededBytes: number): boolean {
    this.#clearStatus();
    const { admission } = this.#context;
    const wanted = usedBytes + neededBytes;
    const more = wanted - this.#admittedBytes;
    if (more <= 0) {
      this.#admission?.shrink?.(-more);
      this.#admittedBytes = wanted;
      return true;
    }
    const { limitBytes, inFlightBytes } = admission;
    if (wanted > limitBytes * OWN_SHARE && inFlightBytes + more > limitBytes * SHARE) return false;
    if (this.#admission === undefined) {
      const admitted = admission.admit(more, 0);
      if ('kind' in admitted) return false;
      this.#admission = admitted;
    } else if (!this.#admission.grow(more)) {
      return false;
    }
    this.#admittedBytes = wanted;
    return true;
  }

  /** Reports that traces had to be decided early. */
  reportEarly(): void {
    const { clock, logger, reportStatus } = this.#context;
    if (this.#earlyMillis === undefined) {
      logger.warn({ limitBytes: this.#context.admission.limitBytes }, EARLY);
      reportStatus(EARLY);
    }
    this.#earlyMillis = clock.monotonic();
  }

  /** Releases all memory. */
  release(): void {
    this.#admission?.release();
    this.#admission = undefined;
    this.#admittedBytes = 0;
  }

  #clearStatus(): void {
    const { clock, reportStatus } = this.#context;
    if (this.#earlyMillis === undefined || clock.monotonic() - this.#earlyMillis < CALM_MILLIS) return;
    this.#earlyMillis = undefined;
    reportStatus(undefined);
  }
}
