import { z } from '@hono/zod-openapi';
import { pipelineLedger as pipelineLedgerSchema } from '../api/ledger.ts';
import { ApiProblem } from '../api/problem.ts';
import { whyResponse } from '../api/why.ts';
import { hexId, rangeParameters } from '../request/parameters.ts';
import { defineEndpoint, type RequestContext } from './endpoint.ts';

export const pipelineLedger = defineEndpoint({
  path: '/api/v1/pipeline/ledger',
  permission: 'operations:read',
  summary:
    'Returns for each component and edge where its items came from and went: received, forwarded, dropped by reason and rule, and held.',
  parameters: z.object({}),
  response: pipelineLedgerSchema,
  handle: (_, context) => context.inspector().ledger(),
});

export const why = defineEndpoint({
  path: '/api/v1/why/{traceId}',
  permission: 'operations:read',
  summary:
    'Returns which components and rules dropped a trace and when, from the sample of dropped traces, and whether the trace is stored.',
  parameters: z.object({ traceId: hexId(32, 'Trace ID.'), tenant: rangeParameters.tenant }),
  response: whyResponse,
  async handle({ traceId, tenant = 'default' }, context) {
    const drops = await context.inspector().drops(traceId);
    const storedSpans = await countStored(context, tenant, traceId);
    return { traceId, ...drops, ...(storedSpans !== undefined && { storedSpans }) };
  },
});

/** Returns the number of spans of a trace in the store; `undefined` without a store. */
async function countStored({ store }: RequestContext, tenant: string, traceId: string): Promise<number | undefined> {
  let count = 0;
  try {
    for await (const spans of store().trace({ tenant, traceId })) count += spans.length;
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'unavailable') return undefined;
    throw error;
  }
  return count;
}
