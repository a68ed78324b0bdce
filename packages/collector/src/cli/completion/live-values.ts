import type { PipelineGraph } from '@otelier/query';
import { createApiClient } from '@otelier/query/client';
import { DEFAULT_URL } from '../built-in.ts';
import type { Console } from '../console.ts';
import { nameOf } from '../graph/pipelines.ts';
import type { LiveValues, ReadLive } from './complete.ts';

/** Time that a user waits for values after a press of the tab key. */
const WAIT_MILLIS = 500;

/** Creates a function that reads values from the running process, and returns none if it does not respond at once. */
export function createReadLive({ environment }: Pick<Console, 'environment'>, waitMillis = WAIT_MILLIS): ReadLive {
  return async (kind, url = environment['OTELIER_URL'] ?? DEFAULT_URL) => {
    try {
      const client = createApiClient(url, { token: environment['OTELIER_TOKEN'] });
      const graph = await client.get('/pipeline', {}, AbortSignal.timeout(waitMillis));
      return [...new Set(READ[kind](graph))].filter((value) => !/\p{Cc}/u.test(value));
    } catch {
      return [];
    }
  };
}

const READ: Readonly<Record<LiveValues, (graph: PipelineGraph) => string[]>> = {
  component: ({ nodes }) => nodes.map(nameOf),
  edge: ({ edges }) => edges.map(({ id }) => id),
  pipeline: ({ edges }) => edges.map(({ pipeline }) => pipeline),
};
