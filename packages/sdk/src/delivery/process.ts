import type { ItemFunction, Signal } from '@otelier/otlp';
import { joined } from '../wire/join.ts';

/** The remaining items, as parts that form a request. */
export interface Processed {
  readonly parts: readonly Uint8Array[];
  readonly itemCount: number;
}

/**
 * Runs the processors. If one throws, all items of the request are dropped, because the processor may have been meant
 * to redact sensitive data. `failed` is called with the item count.
 */
export function processed(
  signal: Signal,
  request: Processed,
  processors: readonly ItemFunction[],
  failed: (items: number, reason: string) => void,
): Processed {
  let remaining = request;
  for (const processor of processors) {
    if (remaining.itemCount === 0) break;
    try {
      if (processor.signal !== signal)
        throw new Error(`expected a processor for ${signal}, got one for ${processor.signal}`);
      const { bytes, kept } = processor.rewrite(joined(remaining.parts));
      remaining = { parts: bytes === undefined ? [] : [bytes], itemCount: kept };
    } catch (error) {
      failed(remaining.itemCount, `processor threw: ${String(error)}`);
      remaining = NOTHING;
    }
  }
  return remaining;
}

const NOTHING: Processed = { parts: [], itemCount: 0 };
