import type { Signal } from '@otelier/otlp';
import { wantedOf } from '../subjects/item-match.ts';
import { ItemSelection } from '../subjects/item-selection.ts';
import type { LegalHold } from './contract.ts';
import { nanosOf } from './holds-of.ts';

/** Returns the items of a signal that holds keep, by the ID of the hold. */
export function holdSelections(signal: Signal, holds: readonly LegalHold[]): ReadonlyMap<string, ItemSelection> {
  return new Map(
    holds.map(({ id, attributes, startMillis, endMillis }) => {
      const bounds = { start: nanosOf(startMillis), end: nanosOf(endMillis) };
      return [
        id,
        new ItemSelection(
          signal,
          attributes.map((attribute) => wantedOf([attribute])),
          bounds,
        ),
      ];
    }),
  );
}
