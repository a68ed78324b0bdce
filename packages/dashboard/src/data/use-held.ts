import { useRef } from 'react';

/**
 * Data that does not move while `held` (under the pointer, scrolled): the last picture stays, and `waiting` says that
 * a newer one is there. A changed `question` is shown at once.
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
