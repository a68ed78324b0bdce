import type { Batch, Outcome, RewrittenRequest } from '@otelier/otlp';
import { ACCEPTED_NOW, type Consumer, type SignalContext } from './contract.ts';

/**
 * Rewrites a batch part by part and hands on what is left. Parts that do not change are shared, a batch of which
 * nothing changes is handed on itself, and what went is counted as dropped for `reason`.
 */
export function rewriteAndHandOn(
  batch: Batch,
  rewrite: (part: Uint8Array) => RewrittenRequest,
  reason: string,
  next: Consumer,
  context: SignalContext,
): Promise<Outcome> {
  const parts: Uint8Array[] = [];
  let itemCount = 0;
  let sizeBytes = 0;
  let dropped = 0;
  let changed = false;
  for (const part of batch.parts) {
    const result = rewrite(part);
    dropped += result.dropped;
    itemCount += result.kept;
    changed ||= result.changed;
    if (result.bytes === undefined) continue;
    parts.push(result.bytes);
    sizeBytes += result.bytes.length;
  }
  if (dropped > 0) context.dropped(dropped, reason);
  if (!changed) return next.consume(batch);
  if (parts.length === 0) return ACCEPTED_NOW;
  return next.consume({ signal: batch.signal, parts, itemCount, sizeBytes, context: batch.context });
}
