import { ApiProblem } from '../api/problem.ts';
import type { Documents } from '../endpoints/endpoint.ts';

/** The documents of a process that has no directory for them: none, and none can be saved. */
export const NO_DOCUMENTS: Documents = {
  of: () => NO_DOCUMENTS,
  list: () => [],
  read: () => undefined,
  save: refuse,
  remove: refuse,
  removeTenant: async () => 0,
};

async function refuse(): Promise<never> {
  throw new ApiProblem('unavailable', 'this process has no directory for documents');
}
