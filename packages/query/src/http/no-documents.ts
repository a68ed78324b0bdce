import { ApiProblem } from '../api/problem.ts';
import type { Documents } from '../endpoints/endpoint.ts';

/** The documents of a process that has no directory for them: none, and none can be saved. */
export const NO_DOCUMENTS: Documents = {
  list: () => [],
  read: () => undefined,
  save: refuse,
  remove: refuse,
};

async function refuse(): Promise<never> {
  throw new ApiProblem('unavailable', 'this process has no directory for documents');
}
