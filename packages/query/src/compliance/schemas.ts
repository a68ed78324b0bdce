import { z } from '@hono/zod-openapi';

const SIGNALS = ['traces', 'metrics', 'logs', 'profiles'] as const;
const signal = z.enum(SIGNALS);

/** What identifies a person in a request. */
export const subjectTerm = z
  .strictObject({
    key: z.string().min(1, 'expected a key, got none').max(256, 'expected at most 256 characters').optional(),
    value: z
      .string({ error: 'expected a text' })
      .min(1, 'expected a value, got none')
      .max(1000, 'expected at most 1000 characters'),
  })
  .refine(({ key, value }) => key !== undefined || value.length >= 4, {
    error: 'expected at least 4 characters of a text without a key',
  })
  .openapi('SubjectTerm', {
    description:
      'An attribute with a value, of items, resources, scopes, events, links or exemplars; without `key`, a text in any attribute, body or name, between characters that are neither letters nor digits.',
  });

export const signedStatement = z
  .strictObject({
    statement: z.string().describe('JSON with what was removed, when, and by whom. It has only hashes of the subject.'),
    signature: z.string().describe('Ed25519 signature of the statement, in Base64.'),
    publicKey: z.string().describe('The key that verifies the signature, in PEM.'),
  })
  .openapi('SignedStatement');

const findings = z.object({
  searched: z.int().describe('Number of items that were searched.'),
  items: z.int().describe('Number of items of the subject.'),
  held: z.int().describe('Number of those that a legal hold keeps.'),
  holds: z.array(z.string()).describe('IDs of these holds.'),
  pseudonyms: z.int().describe('Number of pseudonyms of the subject that were searched for as well.'),
  files: z.array(
    z.object({
      name: z.string().describe('Path in the directory of the store, or name of a table.'),
      signal,
      items: z.int(),
      held: z.int(),
      rows: z.int(),
    }),
  ),
  hours: z.array(z.object({ signal, hourMillis: z.number(), items: z.int() })).describe('Items by hour.'),
  samples: z.array(z.object({ signal, request: z.unknown() })).describe('Some of the items, as OTLP/JSON.'),
  documents: z
    .array(z.object({ kind: z.string(), id: z.string(), name: z.string() }))
    .describe('What the page has saved that contains a value of the subject.'),
  alerts: z.int().describe('Number of pending or firing alerts that contain a value of the subject.'),
});

export const subjectJob = z
  .object({
    id: z.string(),
    tenant: z.string(),
    kind: z.enum(['search', 'erasure']),
    state: z.enum(['running', 'done', 'failed']),
    startedMillis: z.number(),
    findings: findings.optional(),
    proof: signedStatement.optional(),
    error: z.string().optional(),
  })
  .openapi('SubjectJob');
export type SubjectJob = z.output<typeof subjectJob>;

export const standingErasure = z
  .object({
    id: z.string(),
    tenant: z.string(),
    keys: z.array(z.string()).describe('Keys of the attributes. Only hashes of their values are kept.'),
    createdMillis: z.number(),
    by: z.string(),
  })
  .openapi('StandingErasure');

const holdFields = {
  id: z.string(),
  tenant: z.string(),
  startMillis: z.number().optional(),
  endMillis: z.number().optional(),
  attributes: z.array(z.object({ key: z.string(), value: z.string() })),
  reason: z.string(),
  by: z.string(),
  createdMillis: z.number(),
};

export const legalHold = z.object(holdFields).openapi('LegalHold');

export const holdsResponse = z
  .object({
    holds: z.array(legalHold),
    released: z.array(z.object({ ...holdFields, releasedBy: z.string(), releasedMillis: z.number() })),
  })
  .openapi('LegalHolds');

/** The kinds of reports. */
export const REPORT_KINDS = ['processing', 'k-anonymity', 'redaction', 'erasures'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

export const complianceReport = z
  .object({
    kind: z.enum(REPORT_KINDS),
    title: z.string(),
    tenant: z.string(),
    createdMillis: z.number(),
    sections: z.array(
      z.object({
        title: z.string(),
        text: z.string().optional(),
        columns: z.array(z.string()),
        rows: z.array(z.array(z.string())),
      }),
    ),
  })
  .openapi('ComplianceReport');
export type ComplianceReport = z.output<typeof complianceReport>;
