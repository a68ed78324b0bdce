import type { Status } from '@otelier/query';
import { type Answer, useAnswer } from './use-answer.ts';

/** What the gateway is, where it listens and how full its store is. */
export function useStatus(): Answer<Status> {
  return useAnswer<Status>({ path: '/status', refetchMillis: 5000, staleMillis: 4000 });
}
