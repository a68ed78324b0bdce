import { ITEMS, type KilledSignal } from '../kill/requests.ts';

/** The number of items acknowledged in a case, and of those that were lost or duplicated. */
export interface Tally {
  lost: number;
  duplicated: number;
  cut: number;
  removed: number;
}

/** Compares the acknowledged requests with the items that reached a destination. */
export function tallyForwarded(
  acknowledged: ReadonlyMap<string, KilledSignal>,
  items: ReadonlyMap<string, ReadonlyMap<string, number>>,
): { readonly lost: number; readonly duplicated: number } {
  let [lost, duplicated] = [0, 0];
  for (const id of acknowledged.keys()) {
    const counts = items.get(id);
    lost += ITEMS - (counts?.size ?? 0);
    for (const count of counts?.values() ?? []) duplicated += count - 1;
  }
  return { lost, duplicated };
}

/** Compares a signal's acknowledged requests with what a reader found: the number of items and of distinct items. */
export function tallyStored(
  acknowledged: ReadonlyMap<string, KilledSignal>,
  signal: KilledSignal,
  found: ReadonlyMap<string, readonly [count: number, distinct: number]>,
): { readonly lost: number; readonly duplicated: number } {
  let [lost, duplicated] = [0, 0];
  for (const [id, of] of acknowledged) {
    if (of !== signal) continue;
    const [count, distinct] = found.get(id) ?? [0, 0];
    lost += ITEMS - distinct;
    duplicated += count - distinct;
  }
  return { lost, duplicated };
}

/** Polls a condition. Returns `false` after a timeout that is generous even for a busy machine. */
export async function eventually(condition: () => boolean | Promise<boolean>, maxMillis = 300_000): Promise<boolean> {
  const end = performance.now() + maxMillis;
  while (!(await condition())) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
