import { ACCEPTED, type Outcome } from '@otelier/otlp';
import type { Admission, ExportHandler, ExportRequest } from '@otelier/transport';

/** An `ExportHandler` that tests can control and inspect. */
export interface RecordingHandler extends ExportHandler {
  /** Exported requests, in order. */
  readonly requests: readonly ExportRequest[];
  /** Returns the outcome for each request. By default, all are accepted. */
  response: (request: ExportRequest) => Outcome | Promise<Outcome>;
  /** Limit on the reserved bytes. Unlimited by default. */
  budgetBytes: number;
  /** Rejection to return from `admit`, if any. */
  rejection: Extract<Outcome, { kind: 'retry' | 'refused' }> | undefined;
  /** Number of bytes currently reserved, and the maximum so far. */
  readonly reservedBytes: number;
  readonly peakBytes: number;
  /** Number of admissions that have not been released. */
  readonly open: number;
  /** Resolves when a total of `count` requests have reached `export`. */
  untilRequests(count: number): Promise<void>;
  /** Resolves when every admission has been released. */
  untilReleased(): Promise<void>;
}

/** Creates a handler. Releasing an admission twice, or growing it after release, throws. */
export function createRecordingHandler(): RecordingHandler {
  const requests: ExportRequest[] = [];
  const state = { reserved: 0, peak: 0, open: 0 };
  const take = (bytes: number): boolean => {
    if (state.reserved + bytes > handler.budgetBytes) return false;
    state.reserved += bytes;
    state.peak = Math.max(state.peak, state.reserved);
    return true;
  };
  const admission = (sizeBytes: number): Admission => {
    let held = sizeBytes;
    let released = false;
    return {
      grow(moreBytes) {
        if (released) throw new Error('grow() after release()');
        if (moreBytes <= 0) throw new Error(`grow(${moreBytes})`);
        if (!take(moreBytes)) return false;
        held += moreBytes;
        return true;
      },
      release() {
        if (released) throw new Error('release() twice');
        released = true;
        state.reserved -= held;
        state.open--;
      },
    };
  };
  const handler: RecordingHandler = {
    requests,
    response: () => ACCEPTED,
    budgetBytes: Number.POSITIVE_INFINITY,
    rejection: undefined,
    get reservedBytes() {
      return state.reserved;
    },
    get peakBytes() {
      return state.peak;
    },
    get open() {
      return state.open;
    },
    admit(sizeBytes) {
      if (handler.rejection !== undefined) return handler.rejection;
      if (!take(sizeBytes)) return { kind: 'retry', afterMillis: 1000, reason: 'the budget is full' };
      state.open++;
      return admission(sizeBytes);
    },
    async export(request) {
      requests.push(request);
      return handler.response(request);
    },
    untilRequests: (count) => until(() => requests.length >= count),
    untilReleased: () => until(() => state.open === 0),
  };
  return handler;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
