import type { ItemVolume } from './contract.ts';

/** A volume of which some items have a known size. */
export interface KnownVolume extends Omit<ItemVolume, 'bytes'> {
  /** Size of these items. */
  readonly sizedBytes: number;
}

/** The number and size of some items of each sender, by `senderKey`. */
export type SenderSizes = ReadonlyMap<string, { readonly items: number; readonly bytes: number }>;

/** Identifies what a service sends. */
export function senderKey({ service, name, level }: Pick<ItemVolume, 'service' | 'name' | 'level'>): string {
  return JSON.stringify([service, name, level]);
}

/**
 * Adds the sizes of items whose size is not known: the average of the same sender, or of all senders if there is none.
 * `others` are sizes of other items of the senders.
 */
export function withEstimates(volumes: readonly KnownVolume[], others: SenderSizes = new Map()): readonly ItemVolume[] {
  const sizes = new Map<string, { items: number; bytes: number }>();
  const all = { items: 0, bytes: 0 };
  const add = (key: string, items: number, bytes: number): void => {
    const known = sizes.get(key) ?? { items: 0, bytes: 0 };
    sizes.set(key, { items: known.items + items, bytes: known.bytes + bytes });
    all.items += items;
    all.bytes += bytes;
  };
  for (const [key, { items, bytes }] of others) add(key, items, bytes);
  for (const volume of volumes) add(senderKey(volume), volume.sizedItems, volume.sizedBytes);
  return volumes.map(({ sizedBytes, ...volume }) => {
    const own = sizes.get(senderKey(volume));
    const { items, bytes } = own === undefined || own.items === 0 ? all : own;
    const missing = (volume.items - volume.sizedItems) * (bytes / Math.max(1, items));
    return { ...volume, bytes: Math.round(sizedBytes + missing) };
  });
}
