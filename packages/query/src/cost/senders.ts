import type { z } from '@hono/zod-openapi';
import type { ItemVolume, RangeQuery, SeverityName, Store, StoreStats } from '@otelier/store';
import type { costResponse } from '../api/cost.ts';

type Sender = z.output<typeof costResponse>['senders'][number];
type SignalVolume = z.output<typeof costResponse>['signals'][number];

/** The signals with items that services send. */
export const COST_SIGNALS = ['traces', 'logs', 'metrics'] as const;
export type CostSignal = (typeof COST_SIGNALS)[number];

/** Severity levels by number. */
export const LEVELS: readonly SeverityName[] = ['unspecified', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** What services send in a range. */
export interface Senders {
  /** Most bytes first. */
  readonly senders: readonly Sender[];
  readonly signals: readonly SignalVolume[];
}

/** Adds up what services send in a range: spans, log records by level, and data points by metric. */
export async function sendersOf(store: Store, range: RangeQuery, steps: number): Promise<Senders> {
  const query = { ...range, steps, detail: true };
  const [stats, ...volumes] = await Promise.all([
    store.stats(),
    ...COST_SIGNALS.map((signal) => store.itemVolumes({ ...query, signal })),
  ]);
  const senders = volumes.flatMap((found, index) => ofSignal(COST_SIGNALS[index] ?? 'traces', found, steps));
  return {
    senders: senders.sort((a, b) => b.bytes - a.bytes || b.items - a.items || (a.service < b.service ? -1 : 1)),
    signals: volumes.map((found, index) =>
      signalVolume(COST_SIGNALS[index] ?? 'traces', found, storedOf(stats, range.tenant)),
    ),
  };
}

function ofSignal(signal: CostSignal, volumes: readonly ItemVolume[], steps: number): readonly Sender[] {
  const groups = Map.groupBy(volumes, ({ service, name, level }) => JSON.stringify([service, name, level]));
  return [...groups.values()].map((own) => {
    const { service = '', name = '', level = 0 } = own[0] ?? {};
    const itemSteps = new Array<number>(steps).fill(0);
    const byteSteps = new Array<number>(steps).fill(0);
    for (const one of own) {
      itemSteps[one.step] = (itemSteps[one.step] ?? 0) + one.items;
      byteSteps[one.step] = (byteSteps[one.step] ?? 0) + one.bytes;
    }
    return {
      ...{ signal, service, name, ...(signal === 'logs' && { level: LEVELS[level] ?? 'unspecified' }) },
      items: own.reduce((sum, { items }) => sum + items, 0),
      bytes: byteSteps.reduce((sum, bytes) => sum + bytes, 0),
      isEstimated: own.some(({ items, sizedItems }) => sizedItems < items),
      itemSteps,
      byteSteps,
    };
  });
}

/** Returns what is stored of the tenant, or of all of them if the engine does not tell them apart. */
function storedOf({ tenants, signals }: StoreStats, tenant: string): StoreStats['signals'] {
  return tenants === undefined ? signals : (tenants.find((one) => one.tenant === tenant)?.signals ?? {});
}

function signalVolume(signal: CostSignal, volumes: readonly ItemVolume[], stored: StoreStats['signals']): SignalVolume {
  const { bytes = 0, rows = 0, pendingRows = 0 } = stored[signal] ?? {};
  return { signal, ...totalVolume(volumes), storedBytes: bytes, storedItems: rows + pendingRows };
}

/** Adds up volumes. */
export function totalVolume(volumes: readonly ItemVolume[]): {
  readonly items: number;
  readonly sizedItems: number;
  readonly bytes: number;
  readonly isEstimated: boolean;
} {
  const sum = (key: 'items' | 'sizedItems' | 'bytes'): number => volumes.reduce((total, one) => total + one[key], 0);
  const [items, sizedItems] = [sum('items'), sum('sizedItems')];
  return { items, sizedItems, bytes: sum('bytes'), isEstimated: sizedItems < items };
}
