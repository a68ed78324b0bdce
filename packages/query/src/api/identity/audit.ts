import { z } from '@hono/zod-openapi';

const entry = z.object({
  sequence: z.number().describe('Position in the log, from 1.'),
  timeMillis: z.number(),
  subject: z.string().describe('Who did it: `user:ada@example.com`; `unknown` without valid credentials.'),
  action: z.string().describe('What was done: `sign_in`, `key.create`, `POST /api/v1/config/apply`.'),
  outcome: z.enum(['allowed', 'denied', 'failed']),
  tenant: z.string().optional(),
  target: z.string().optional().describe('What it was done to.'),
  address: z.string().optional().describe('Address of the client.'),
  reason: z.string().optional().describe('Why it was denied or failed.'),
  suppressed: z.number().optional().describe('Number of refused requests before it that were not recorded.'),
  previous: z.string().describe('SHA-256 of the line before.'),
});

export const auditEntry = entry
  .extend({ isIntact: z.boolean().describe('Whether the signature matches the entry.') })
  .openapi('AuditEntry');

export const exportedAuditEntry = entry
  .extend({ signature: z.string().describe('Ed25519 signature of the entry without it, in Base64url.') })
  .openapi('ExportedAuditEntry');

export const auditResponse = z
  .object({
    entries: z.array(auditEntry).describe('Newest first.'),
    next: z
      .number()
      .optional()
      .describe('The value of `before` for the entries before these. Missing at the beginning of the log.'),
  })
  .openapi('AuditResponse');

export const auditVerification = z
  .union([
    z.object({
      kind: z.literal('intact'),
      entries: z.number(),
      hash: z.string().describe('Hash of the last entry, to compare with one that was noted before.'),
    }),
    z.object({
      kind: z.literal('damaged'),
      line: z.number().describe('Number of the first line that is not as it was written.'),
      byte: z.number(),
      reason: z.string(),
    }),
  ])
  .openapi('AuditVerification');
