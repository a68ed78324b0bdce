import type { Batch } from '@otelier/otlp';
import type { TapListener, TapRequest } from '@otelier/query';
import type { Clock } from '@otelier/transport';
import type { Host } from '../../component/host.ts';
import { createMask, DEFAULT_MASK } from './mask.ts';
import { ItemSelector, TapError } from './selector.ts';
import { tapTargetOf } from './target.ts';

/** Reports whether a batch is of a tenant, or of any. */
export function isOf(tenant: string | undefined, { context }: Batch): boolean {
  return tenant === undefined || context.tenant === tenant;
}

/**
 * Sends the items that pass a point of the pipelines to a listener until the returned function is called. Throws a
 * `TapError` for a point that does not exist, or an invalid condition.
 */
export function openTap(
  host: Pick<Host, 'graph' | 'subscribe'>,
  clock: Clock,
  { at, where, ratePerSecond, limit, mask, isMasked, tenant }: TapRequest,
  listener: TapListener,
): () => void {
  const target = tapTargetOf(host.graph(), at);
  const selector = new ItemSelector({ signals: target.signals, where, ratePerSecond, limit, clock });
  const maskValues = isMasked ? createMask([...DEFAULT_MASK, ...mask]) : (json: unknown) => json;
  let stop = () => {};
  let isStopped = false;
  const end = () => {
    isStopped = true;
    stop();
  };
  const take = (batch: Batch, skippedBefore = 0) => {
    if (isStopped || !isOf(tenant, batch)) return;
    try {
      const { requests, skippedItems } = selector.select(batch);
      const { signal } = batch;
      listener.items(
        requests.map(({ json, itemCount }) => ({ signal, itemCount, request: maskValues(JSON.parse(json)) as object })),
      );
      if (skippedItems + skippedBefore > 0) listener.skipped(skippedItems + skippedBefore);
    } catch (error) {
      // The pipeline must not notice a listener that fails.
      end();
      listener.failed(error instanceof TapError ? error.message : 'the tap failed', error);
    }
  };
  stop = host.subscribe({ edges: target.edges }, take);
  return end;
}
