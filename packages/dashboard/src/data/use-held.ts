import { useRef } from 'react';

/**
 * Freezes data while `held` (under the pointer or scrolled), and reports the availability of newer data as `waiting`.
 * If `question` changes, the new data is shown immediately.
 */
export function useHeld<Data>(
  data: Data | undefined,
  held: boolean,
  question: string,
): { readonly shown: Data | undefined; readonly waiting: boolean } {
  const kept = useRef<{ readonly data: Data | undefined; readonly question: string }>({ data, question });
  if (!held || kept.current.question !== question || kept.current.data === undefined) kept.current = { data, question };
  return { shown: kept.current.data, waiting: kept.current.data !== data };
}
