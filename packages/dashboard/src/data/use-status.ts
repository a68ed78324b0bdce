import type { Status } from '@otelier/query';
import { type QueryState, useApiQuery } from './use-api-query.ts';

/** Returns the gateway's status: version, addresses and store usage. */
export function useStatus(): QueryState<Status> {
  return useApiQuery<Status>({ path: '/status', refetchMillis: 5000, staleMillis: 4000 });
}
