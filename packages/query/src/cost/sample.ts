import { forEachItem, type ItemCursor, LogRecordView, MetricView, partitionItems, ResourceView } from '@otelier/otlp';
import type { ItemVolume, RangeQuery, Store } from '@otelier/store';
import { severityName } from '../request/severity.ts';
import type { CostRule } from './rules.ts';
import type { CostSignal } from './senders.ts';

/** Limits of a sample: windows of time, and what is read of them. */
const WINDOWS = 4;
const ITEMS_PER_WINDOW = 500;
const REQUESTS_PER_WINDOW = 200;
const BYTES_PER_WINDOW = 512 << 10;

/** Some items with the number and size of them. */
export interface Sample {
  readonly requests: readonly Uint8Array[];
  readonly items: number;
  readonly bytes: number;
}

/**
 * Reads some of the items that a rule concerns, spread over the steps of a range that have any. `volumes` are those of
 * the items.
 */
export async function sampleOf(
  store: Store,
  rule: CostRule,
  signal: CostSignal,
  { tenant, start, end, steps }: RangeQuery & { readonly steps: number },
  volumes: readonly ItemVolume[],
): Promise<Sample> {
  const counts = new Map<number, number>();
  for (const { step, items } of volumes) counts.set(step, (counts.get(step) ?? 0) + items);
  const filled = [...counts.keys()].sort((a, b) => a - b);
  const chosen = filled.filter((_, index) => index % Math.ceil(filled.length / WINDOWS) === 0);
  const requests: Uint8Array[] = [];
  const concerns = CONCERNS[rule.kind](rule as never);
  for (const step of chosen) {
    const from = start + ((end - start) * BigInt(step)) / BigInt(steps);
    const to = start + ((end - start) * BigInt(step + 1)) / BigInt(steps);
    // A part of the step, in which there are about as many items as are wanted.
    const parts = BigInt(Math.max(1, Math.floor((counts.get(step) ?? 0) / ITEMS_PER_WINDOW)));
    requests.push(
      ...(await readWindow(store, { tenant, signal, start: from, end: from + (to - from) / parts }, concerns)),
    );
  }
  return { requests, ...sizeOf(signal, requests) };
}

/** Returns the number of items of requests, and their size. */
export function sizeOf(
  signal: CostSignal,
  requests: readonly Uint8Array[],
): { readonly items: number; readonly bytes: number } {
  let [items, bytes] = [0, 0];
  for (const request of requests) {
    forEachItem(signal, request, ({ start, end }) => {
      items += 1;
      bytes += end - start;
    });
  }
  return { items, bytes };
}

async function readWindow(
  store: Store,
  query: { readonly tenant: string; readonly signal: CostSignal; readonly start: bigint; readonly end: bigint },
  concerns: (item: ItemCursor) => boolean,
): Promise<readonly Uint8Array[]> {
  const found: Uint8Array[] = [];
  let [items, bytes, read] = [0, 0, 0];
  for await (const request of store.export(query)) {
    const [, own] = partitionItems(query.signal, request, 2, (item) => (concerns(item) ? 1 : 0));
    read += 1;
    if (own !== undefined) {
      found.push(own.bytes);
      items += own.itemCount;
      bytes += own.bytes.length;
    }
    if (items >= ITEMS_PER_WINDOW || bytes >= BYTES_PER_WINDOW || read >= REQUESTS_PER_WINDOW) break;
  }
  return found;
}

type RuleOf<Kind extends CostRule['kind']> = Extract<CostRule, { readonly kind: Kind }>;

const everything = () => (): boolean => true;
const ofMetric =
  ({ metric }: { readonly metric: string }) =>
  ({ bytes, metricStart, metricEnd }: ItemCursor): boolean =>
    new MetricView().reset(bytes, metricStart, metricEnd).name === metric;

/** Whether a rule concerns an item. */
const CONCERNS: { readonly [Kind in CostRule['kind']]: (rule: RuleOf<Kind>) => (item: ItemCursor) => boolean } = {
  drop_logs:
    ({ service, level }) =>
    ({ bytes, start, end, resourceStart, resourceEnd }) => {
      if (severityName(new LogRecordView().reset(bytes, start, end).severityNumber) !== level) return false;
      return (new ResourceView().reset(bytes, resourceStart, resourceEnd).serviceName ?? '') === service;
    },
  drop_metric: ofMetric,
  drop_label: ofMetric,
  drop_attribute: everything,
  sample_traces: everything,
};
