import type { ItemFunction, Signal } from '@otelier/otlp';
import { joined } from '../wire/join.ts';

/** Items that are left, in parts that form a request. */
export interface Processed {
  readonly parts: readonly Uint8Array[];
  readonly itemCount: number;
}

/**
 * Has every processor its turn at a request. Of one that throws nothing is left, for it may be there to hide something;
 * `failed` is told how many items that are.
 */
export function processed(
  signal: Signal,
  request: Processed,
  processors: readonly ItemFunction[],
  failed: (items: number, reason: string) => void,
): Processed {
  let left = request;
  for (const processor of processors) {
    if (left.itemCount === 0) break;
    try {
      if (processor.signal !== signal) throw new Error(`it is for ${processor.signal}, not for ${signal}`);
      const { bytes, kept } = processor.rewrite(joined(left.parts));
      left = { parts: bytes === undefined ? [] : [bytes], itemCount: kept };
    } catch (error) {
      failed(left.itemCount, `a processor threw: ${String(error)}`);
      left = NOTHING;
    }
  }
  return left;
}

const NOTHING: Processed = { parts: [], itemCount: 0 };
