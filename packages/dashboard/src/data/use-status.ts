import type { Status } from '@otelier/query';
import { type QueryState, useApiQuery } from './use-api-query.ts';

/** What the gateway is, where it listens and how full its store is. */
export function useStatus(): QueryState<Status> {
  return useApiQuery<Status>({ path: '/status', refetchMillis: 5000, staleMillis: 4000 });
}
