import { z } from '@hono/zod-openapi';
import { ApiProblem } from '../api/problem.ts';
import { defineEndpoint } from '../endpoints/endpoint.ts';
import { choice, optionalNumber, rangeOf, rangeParameters, text } from '../request/parameters.ts';
import { newestRequests } from './newest-requests.ts';
import { redactionPreview as response } from './response.ts';

const MAX_ITEMS = 5000;
const METHODS = ['mask', 'remove', 'keep_last_4', 'truncate', 'pseudonym', 'keep_format'] as const;

export const redactionPreview = defineEndpoint({
  path: '/api/v1/redaction/preview',
  permission: 'restricted:read',
  summary:
    'Searches the newest stored items for kinds of the catalog of the processor `redaction`, and returns how many values it would mask, with examples in plain. Changes nothing.',
  parameters: z.object({
    ...rangeParameters,
    signal: choice(['logs', 'traces'], 'logs', 'Signal of the items.'),
    catalog: text('Kinds and groups, separated by commas. Defaults to `all`.'),
    method: choice(METHODS, 'mask', 'How the examples are masked. Pseudonyms use a key of their own.'),
    limit: optionalNumber(1, MAX_ITEMS, 'Maximum number of items to search. Defaults to 1,000.'),
  }),
  response,
  async handle({ signal, catalog = 'all', method, limit = 1000, ...query }, { store, nowMillis, findSensitive }) {
    if (findSensitive === undefined) throw new ApiProblem('unavailable', 'this process cannot search telemetry');
    const range = rangeOf(query, nowMillis());
    const requests = await newestRequests(store(), { ...range, signal }, limit);
    const kinds = catalog.split(',').map((name) => name.trim());
    const found = await findSensitive({ signal, kinds, method, limit }, requests);
    if (found.kind === 'invalid') throw new ApiProblem('bad_request', `catalog: ${found.reason}`);
    return found.preview;
  },
});
