import type { ComponentContext } from '../contract.ts';

/** Counts the items by which a batch that a component emits differs from the one that it received and did not drop. */
export function reportChange(
  { created, merged }: Pick<ComponentContext, 'created' | 'merged'>,
  remaining: number,
  emitted: number,
): void {
  if (emitted > remaining) created(emitted - remaining, 'added');
  if (emitted < remaining) merged(remaining - emitted, 'combined');
}
