import { useSyncExternalStore } from 'react';

const QUERY = '(max-width: 700px)';

/** Reports whether the window is too narrow to edit in. */
export function useIsPhone(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = matchMedia(QUERY);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => matchMedia(QUERY).matches,
  );
}
