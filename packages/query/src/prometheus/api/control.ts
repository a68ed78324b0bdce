import type { Clock } from '@otelier/transport';
import { PromqlExecutionError } from '../../promql/errors.ts';
import type { Control } from '../../promql/evaluate/context.ts';

/** How long an evaluation runs before other work of the process gets a turn, in milliseconds. */
const SLICE_MILLIS = 10;

/** Creates a control that ends a query after a time or when its client disconnects, and pauses it regularly. */
export function createControl(clock: Clock, timeoutMillis: number, signal: AbortSignal): Control {
  const deadline = clock.monotonic() + timeoutMillis;
  let sliceEnd = clock.monotonic() + SLICE_MILLIS;
  return {
    check() {
      if (signal.aborted) throw new PromqlExecutionError('query was canceled in expression evaluation', 'canceled');
      const now = clock.monotonic();
      if (now > deadline) throw new PromqlExecutionError('query timed out in expression evaluation', 'timeout');
      if (now < sliceEnd) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      setImmediate(() => {
        sliceEnd = clock.monotonic() + SLICE_MILLIS;
        resolve();
      });
      return promise;
    },
  };
}
