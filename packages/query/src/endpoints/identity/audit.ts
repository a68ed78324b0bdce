import { z } from '@hono/zod-openapi';
import { auditResponse, auditVerification } from '../../api/identity/audit.ts';
import { choice, limit, optionalNumber, rangeParameters, text } from '../../request/parameters.ts';
import { defineEndpoint } from '../endpoint.ts';

const AUDIT = { permission: 'audit:read' } as const;
const OUTCOMES = ['any', 'allowed', 'denied', 'failed'] as const;

/** The parameters that select entries. */
export const auditFilters = {
  search: text('Text that an entry contains, in either case.'),
  subject: text('Who did it: `user:ada@example.com`.'),
  action: text('What was done, or the beginning of it: `key.`.'),
  outcome: choice(OUTCOMES, 'any', 'How it ended.'),
  start: rangeParameters.start,
  end: rangeParameters.end,
};

/** Returns the filter of the parameters of a request. */
export function auditFilterOf({
  outcome,
  start: startMillis,
  end: endMillis,
  ...filter
}: {
  readonly search?: string | undefined;
  readonly subject?: string | undefined;
  readonly action?: string | undefined;
  readonly outcome: (typeof OUTCOMES)[number];
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}) {
  return { ...filter, startMillis, endMillis, outcome: outcome === 'any' ? undefined : outcome };
}

export const audit = defineEndpoint({
  ...AUDIT,
  path: '/api/v1/audit',
  summary:
    'Returns entries of the audit log, newest first. A request reads a bounded part of the log: with fewer entries than `limit` and a `next`, continue there.',
  parameters: z.object({
    ...auditFilters,
    before: optionalNumber(0, Number.MAX_SAFE_INTEGER, '`next` of the response before.'),
    limit: limit(100),
  }),
  response: auditResponse,
  handle: ({ before, limit: count, ...filters }, { administration }) =>
    administration().audit.search({ ...auditFilterOf(filters), before, limit: count }),
});

export const verifyAudit = defineEndpoint({
  ...AUDIT,
  path: '/api/v1/audit/verify',
  summary: 'Verifies the signatures, the order and the completeness of the audit log, from its first line to its head.',
  parameters: z.object({}),
  response: auditVerification,
  handle: (_, { administration }) => administration().audit.verify(),
});
