import { type Batch, localContext, type Signal } from '@otelier/otlp';
import type { ComponentContext, Consumer } from '../component/contract.ts';
import { consumeAdmitted } from '../component/requests/consume-admitted.ts';
import type { RetryConfig } from './receiver-fields.ts';

/** An encoded batch of a receiver that can wait. */
export interface Delivery {
  readonly signal: Signal;
  readonly bytes: Uint8Array;
  readonly itemCount: number;
}

/**
 * Passes a batch on until it is accepted, refused, or too old. Returns whether the sender is done with it: not if `abort`
 * ended the retries, so that it can be read again.
 */
export async function deliver(
  { signal, bytes, itemCount }: Delivery,
  next: Consumer,
  context: ComponentContext,
  retry: RetryConfig,
  abort: AbortSignal,
): Promise<boolean> {
  const { clock, admission } = context;
  const startMillis = clock.monotonic();
  const batch: Batch = {
    signal,
    parts: [bytes],
    itemCount,
    sizeBytes: bytes.length,
    context: localContext(clock.now()),
  };
  for (let delayMillis = retry.initialInterval; ; delayMillis = Math.min(delayMillis * 1.5, retry.maxInterval)) {
    const outcome = await consumeAdmitted(batch, next, admission);
    if (outcome.kind === 'accepted' || outcome.kind === 'partial') {
      if (outcome.kind === 'partial') context.dropped(outcome.rejectedItems, 'refused');
      context.reportStatus(undefined);
      return true;
    }
    const elapsedMillis = clock.monotonic() - startMillis;
    const isTooOld = retry.enabled && retry.maxElapsedTime > 0 && elapsedMillis > retry.maxElapsedTime;
    if (outcome.kind === 'refused' || isTooOld) {
      context.dropped(itemCount, outcome.kind === 'refused' ? 'refused' : 'retries_exhausted');
      context.reportLoss?.(outcome.kind, outcome.reason);
      return true;
    }
    context.reportStatus(`waiting: ${outcome.reason}`);
    await wait(outcome.afterMillis ?? delayMillis, clock, abort);
    if (abort.aborted) return false;
  }
}

function wait(millis: number, clock: ComponentContext['clock'], abort: AbortSignal): Promise<void> {
  if (abort.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      abort.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.setTimeout(end, millis);
    abort.addEventListener('abort', end);
  });
}
