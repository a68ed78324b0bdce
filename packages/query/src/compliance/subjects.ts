import { z } from '@hono/zod-openapi';
import type { SubjectQuery } from '@otelier/store';
import { ApiProblem } from '../api/problem.ts';
import { defineEndpoint, type RequestContext } from '../endpoints/endpoint.ts';
import { rangeParameters } from '../request/parameters.ts';
import { accessIn, requirePermission, requireTenant } from '../request/permission.ts';
import { signedStatement, standingErasure, subjectJob, subjectTerm } from './schemas.ts';
import type { ComplianceView } from './view.ts';

const tenant = z
  .string({ error: 'expected a name' })
  .max(200, 'expected at most 200 characters')
  .default('default')
  .openapi({ description: 'Tenant of the telemetry.' });
const id = z.string({ error: 'expected an ID' }).max(100, 'expected at most 100 characters');
const millis = z
  .number({ error: 'expected milliseconds since the Unix epoch' })
  .min(0, 'expected 0 or more')
  .max(9_223_372_036_000, 'expected a time before the year 2262');
const terms = z
  .array(subjectTerm, { error: 'expected a list of terms' })
  .min(1, 'expected at least one term')
  .max(50, 'expected at most 50 terms')
  .openapi({ description: 'What identifies the person: items with any of them are meant.' });
const query = {
  tenant,
  terms,
  signals: z
    .array(z.enum(['traces', 'metrics', 'logs', 'profiles'], { error: 'expected names of signals' }))
    .optional()
    .openapi({ description: 'Default: all.' }),
  start: millis.optional(),
  end: millis.optional(),
};

/** What requests about subjects have in common. Their parameters are not logged. */
const PRIVATE = { method: 'post', isPrivate: true, needsToken: true, target: 'tenant' } as const;

export const searchSubject = defineEndpoint({
  ...PRIVATE,
  path: '/api/v1/subjects/search',
  permission: 'telemetry:export',
  summary:
    'Searches all stored telemetry of a tenant for a person, in the background. Returns the result if it is known soon, and otherwise an ID.',
  parameters: z.object({ ...query, samples: z.int().min(0).max(100).default(5) }),
  response: subjectJob,
  async handle({ samples, ...request }, context) {
    const view = await plainView(context, request.tenant);
    return view.search(queryOf(request), samples);
  },
});

export const exportSubject = defineEndpoint({
  ...PRIVATE,
  path: '/api/v1/subjects/export',
  permission: 'telemetry:export',
  summary: 'Returns all stored telemetry of a person as OTLP/JSON, one export request per line.',
  parameters: z.object(query),
  response: z.object({}).openapi('SubjectExport'),
  contentTypes: ['application/x-ndjson'],
  async handle(request, context) {
    const view = await plainView(context, request.tenant);
    return context.traces.open(view.exportLines(queryOf(request)), {
      path: '/api/v1/subjects/export',
      contentType: 'application/x-ndjson',
      client: context.client,
      tenant: request.tenant,
    });
  },
});

export const eraseSubject = defineEndpoint({
  ...PRIVATE,
  path: '/api/v1/subjects/erase',
  permission: 'telemetry:delete',
  summary:
    'Removes a person from everything that is stored of a tenant, in the background, and signs a statement of it. By default only searches. An erasure that is interrupted continues at the next start.',
  parameters: z.object({
    ...query,
    parts: z.enum(['items', 'values'], { error: 'expected items or values' }).default('items').openapi({
      description:
        '`items` removes items of the person; `values` removes the attributes, and replaces texts by `[erased]`.',
    }),
    standing: z.boolean({ error: 'expected true or false' }).default(false).openapi({
      description: 'Whether items of the person that arrive later are refused. Every term must have a key.',
    }),
    dryRun: z.boolean({ error: 'expected true or false' }).default(true),
    reason: z.string().max(500, 'expected at most 500 characters').default(''),
  }),
  response: subjectJob,
  async handle({ parts, standing, dryRun, reason, ...request }, context) {
    const view = await plainView(context, request.tenant, 'telemetry:delete');
    const wanted = queryOf(request);
    if (standing && request.terms.some(({ key }) => key === undefined))
      throw new ApiProblem('bad_request', 'terms: expected a key of each with standing, got a text without one');
    if (parts === 'values' && (wanted.start !== undefined || wanted.end !== undefined))
      throw new ApiProblem('bad_request', 'start, end: expected none with parts: values');
    if (dryRun) return view.search(wanted, 0);
    return view.erase({ ...wanted, parts, standing, reason }, context.access.subject);
  },
});

export const subjectJobOf = defineEndpoint({
  path: '/api/v1/subjects/jobs/{id}',
  permission: ['telemetry:export', 'telemetry:delete'],
  summary: 'Returns how far a search or an erasure is, once it is done or after some seconds.',
  parameters: z.object({ id, tenant: rangeParameters.tenant }),
  response: subjectJob,
  async handle({ id: job, tenant: of = 'default' }, context) {
    const found = await (await plainView(context, of)).job(of, job);
    if (found === undefined)
      throw new ApiProblem('not_found', 'id: there is no such search or erasure in this process');
    return found;
  },
});

export const erasures = defineEndpoint({
  path: '/api/v1/subjects/erasures',
  permission: 'telemetry:delete',
  summary: 'Returns the signed statements of erasures in a tenant, and what is refused because of them.',
  parameters: z.object({ tenant: rangeParameters.tenant }),
  response: z
    .object({ statements: z.array(signedStatement), standing: z.array(standingErasure) })
    .openapi('SubjectErasures'),
  async handle({ tenant: of = 'default' }, context) {
    const view = await viewOf(context, of);
    return { statements: view.statements(of), standing: view.standing(of) };
  },
});

export const removeStandingErasure = defineEndpoint({
  method: 'post',
  needsToken: true,
  target: 'id',
  path: '/api/v1/subjects/standing/remove',
  permission: 'telemetry:delete',
  summary: 'Accepts telemetry of an erased person again.',
  parameters: z.object({ tenant, id }),
  response: z.object({ removed: z.boolean() }).openapi('RemovedStandingErasure'),
  async handle({ tenant: of, id: rule }, context) {
    return { removed: (await viewOf(context, of)).removeStanding(of, rule) };
  },
});

export const verifyErasure = defineEndpoint({
  ...PRIVATE,
  path: '/api/v1/subjects/verify',
  permission: 'telemetry:delete',
  summary:
    'Verifies the statement of an erasure: its signature, the files that it names and, with the terms, that nothing of the person is stored.',
  parameters: z.object({ tenant, proof: signedStatement, terms: terms.optional() }),
  response: z
    .object({ errors: z.array(z.string()).describe('What is not true; empty if all of it is.') })
    .openapi('ErasureVerification'),
  async handle({ tenant: of, proof, terms: wanted }, context) {
    return { errors: await (await viewOf(context, of)).verify(proof, wanted) };
  },
});

/** Returns what the process does for data protection. Throws an `ApiProblem` unless the caller may select the tenant. */
export async function viewOf({ compliance, access }: RequestContext, of: string): Promise<ComplianceView> {
  requireTenant(access, of);
  if (compliance === undefined) throw new ApiProblem('unavailable', 'this process cannot search its telemetry');
  return compliance();
}

/** Returns the same, for callers who may see and remove everything of a tenant. */
async function plainView(
  context: RequestContext,
  of: string,
  permission: 'telemetry:export' | 'telemetry:delete' = 'telemetry:export',
): Promise<ComplianceView> {
  requireTenant(context.access, of);
  const access = accessIn(context.access, of);
  requirePermission(access, permission);
  if (access.masked.length > 0)
    throw new ApiProblem('forbidden', 'permission: expected restricted:read, because the result has plain values');
  return viewOf(context, of);
}

function queryOf({
  start,
  end,
  ...request
}: Omit<SubjectQuery, 'start' | 'end'> & {
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}): SubjectQuery {
  return { ...request, start: nanosOf(start), end: nanosOf(end) };
}

function nanosOf(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(Math.trunc(value)) * 1_000_000n;
}
