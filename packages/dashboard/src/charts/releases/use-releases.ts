import type { ReleasesResponse } from '@otelier/query';
import { useApiQuery } from '../../data/use-api-query.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import type { ReleaseMark } from './releases.tsx';

/** Least time between queries of a live view, which count the resources of all items. */
const REFRESH_MILLIS = 30_000;
const NONE: readonly ReleaseMark[] = [];

/** Queries the releases of all services in the range. */
export function useReleases(enabled: boolean): readonly ReleaseMark[] {
  const { startMillis, endMillis, nowMillis } = usePageWindow();
  const { data } = useApiQuery<ReleasesResponse>({
    path: '/releases',
    params: { start: startMillis, end: endMillis, steps: 60 },
    tick: Math.floor(nowMillis / REFRESH_MILLIS),
    enabled,
    batch: true,
  });
  return data?.releases ?? NONE;
}
