import type { ErrorsResponse } from '../api/api.ts';
import { cut } from './response-text.ts';

/** An error with the spans that it passes through: a failed call makes its callers fail, too. */
export interface ErrorGroup {
  readonly type: string;
  readonly message: string;
  /** The number of spans of the most frequent place. */
  readonly count: number;
  /** Services and names of spans, most frequent first. */
  readonly places: readonly { readonly service: string; readonly spanName: string }[];
  readonly firstSeen: bigint;
  readonly lastSeen: bigint;
  readonly sampleTraceId: string;
}

/** Groups errors by type and message, most frequent first. */
export function groupErrors(errors: ErrorsResponse['errors']): ErrorGroup[] {
  const groups = Map.groupBy(errors, ({ type, message }) => JSON.stringify([type, message]));
  return [...groups.values()]
    .flatMap((group) => {
      const sorted = group.toSorted((a, b) => b.count - a.count);
      const [first] = sorted;
      if (first === undefined) return [];
      const times = group.flatMap(({ firstSeenNanos, lastSeenNanos }) => [firstSeenNanos, lastSeenNanos].map(BigInt));
      times.sort((a, b) => Number(a - b));
      return [
        {
          ...first,
          places: sorted.map(({ service, spanName }) => ({ service, spanName })),
          firstSeen: times.at(0) ?? 0n,
          lastSeen: times.at(-1) ?? 0n,
        },
      ];
    })
    .toSorted((a, b) => b.count - a.count);
}

/** Places shown of an error. */
const MAX_PLACES = 5;

/** Formats the places of an error. */
export function placesText({ places }: ErrorGroup): string {
  const shown = places
    .slice(0, MAX_PLACES)
    .map(({ service, spanName }) => `${cut(service, 40)} "${cut(spanName, 60)}"`);
  const rest = places.length - shown.length;
  return `${shown.join(', ')}${rest === 0 ? '' : ` and ${rest} more`}`;
}
