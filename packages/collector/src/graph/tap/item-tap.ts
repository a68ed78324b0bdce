import type { Batch, Signal } from '@otelier/otlp';
import type { ItemTapListener, ItemTapRequest, PipelineGraph } from '@otelier/query';
import type { Clock } from '@otelier/transport';
import type { Host } from '../../component/host.ts';
import { ItemComparer } from './compare-items.ts';
import { keysOf } from './item-keys.ts';
import { type JsonItem, jsonItems } from './json-items.ts';
import { isOf } from './live-tap.ts';
import { createMask, DEFAULT_MASK } from './mask.ts';
import { RecentBatches } from './recent-batches.ts';
import { ItemSelector, TapError } from './selector.ts';

const COUNTS_MILLIS = 1000;

/**
 * Sends single items that pass edges to a listener until the returned function is called, each with the values that the
 * component before the edges changed. Throws a `TapError` for edges that do not exist, or an invalid condition.
 */
export function openItemTap(
  host: Pick<Host, 'graph' | 'subscribe'>,
  clock: Clock,
  request: ItemTapRequest,
  listener: ItemTapListener,
): () => void {
  const { where, ratePerSecond, every, mask, isMasked, tenant } = request;
  const { edges, signal, inputs } = targetOf(host.graph(), request.edges);
  const selector = new ItemSelector({ signals: [signal], where, ratePerSecond, every, limit: undefined, clock });
  const recent = inputs.length === 0 ? undefined : new RecentBatches(clock);
  const comparer = new ItemComparer(isMasked ? createMask([...DEFAULT_MASK, ...mask]) : undefined);
  const stops: (() => void)[] = [];
  let skippedItems = 0;
  let cancelCounts = () => {};
  let index = 0;

  const end = () => {
    cancelCounts();
    for (const stop of stops.splice(0)) stop();
  };
  const tellCounts = () => {
    const { seen, notTaken, unchecked, unmatched, beyondRate, selected } = selector.counts;
    listener.counts({
      seenItems: seen + skippedItems,
      notTakenItems: notTaken,
      uncheckedItems: unchecked + skippedItems,
      unmatchedItems: unmatched,
      beyondRateItems: beyondRate,
      shownItems: selected,
    });
    cancelCounts = clock.setTimeout(tellCounts, COUNTS_MILLIS);
  };
  const show = (batch: Batch, skippedBefore = 0) => {
    skippedItems += skippedBefore;
    const atMillis = clock.now();
    for (const { bytes, json } of selector.select(batch).requests) {
      const keys = keysOf(signal, bytes);
      const earlier = recent?.find(signal, new Set(keys)) ?? NOTHING;
      for (const [position, item] of jsonItems(JSON.parse(json)).entries()) {
        const before = recent === undefined ? 'none' : (earlier.get(keys[position] ?? '') ?? 'unknown');
        listener.item({ index: index++, atMillis, signal, ...comparer.compare(item, before) });
      }
    }
  };
  /** The pipeline must not notice a listener that fails. */
  const guarded =
    (take: (batch: Batch, skipped?: number) => void) =>
    (batch: Batch, skipped?: number): void => {
      if (stops.length === 0 || !isOf(tenant, batch)) return;
      try {
        take(batch, skipped);
      } catch (error) {
        end();
        listener.failed(error instanceof TapError ? error.message : 'the tap failed', error);
      }
    };

  if (recent !== undefined)
    stops.push(
      host.subscribe(
        { edges: inputs },
        guarded((batch) => recent.add(batch)),
      ),
    );
  stops.push(host.subscribe({ edges }, guarded(show)));
  cancelCounts = clock.setTimeout(tellCounts, 0);
  return end;
}

const NOTHING: ReadonlyMap<string, readonly JsonItem[]> = new Map();

interface ItemTarget {
  readonly edges: readonly string[];
  readonly signal: Signal;
  /** The edges into the component before `edges`; none if it has no items of the same signal to compare. */
  readonly inputs: readonly string[];
}

function targetOf({ nodes, edges }: PipelineGraph, wanted: readonly string[]): ItemTarget {
  const found = wanted.map((id) => {
    const edge = edges.find((one) => one.id === id);
    if (edge === undefined)
      throw new TapError(`edge: expected an edge of the running pipelines, got ${JSON.stringify(id)}`);
    return edge;
  });
  const [first] = found;
  const other = found.find(({ signal }) => signal !== first?.signal);
  if (first === undefined || other !== undefined)
    throw new TapError(
      `edge: expected edges of one signal, got ${first?.signal ?? 'none'} and ${other?.signal ?? 'none'}`,
    );
  const senders = new Set(found.map(({ from }) => from));
  const isCompared = nodes.every(({ id, kind }) => kind === 'processor' || !senders.has(id));
  return {
    edges: found.map(({ id }) => id),
    signal: first.signal as Signal,
    inputs: isCompared ? edges.filter(({ to }) => senders.has(to)).map(({ id }) => id) : [],
  };
}
