import { useRouter } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useChangeSearch, usePageSearch } from '../data/use-search.ts';

/** Number of zooms during this visit that can be undone through the browser history. */
let depth = 0;

/** Returns functions to zoom to an exact range and to zoom back out. */
export function useZoom(): {
  readonly zoomTo: (fromMillis: number, toMillis: number) => void;
  readonly zoomBack: () => void;
} {
  const change = useChangeSearch();
  const router = useRouter();
  const { from } = usePageSearch();
  const zoomTo = useCallback(
    (fromMillis: number, toMillis: number) => {
      depth += 1;
      change({
        from: Math.floor(fromMillis),
        to: Math.max(Math.floor(fromMillis) + 1, Math.ceil(toMillis)),
        at: undefined,
      });
    },
    [change],
  );
  const zoomBack = useCallback(() => {
    if (depth > 0) {
      depth -= 1;
      router.history.back();
    } else if (from !== undefined) change({ from: undefined, to: undefined });
  }, [change, from, router]);
  return { zoomTo, zoomBack };
}
