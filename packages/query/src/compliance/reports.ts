import { z } from '@hono/zod-openapi';
import { defineEndpoint } from '../endpoints/endpoint.ts';
import { choice, list, optionalNumber, rangeParameters } from '../request/parameters.ts';
import { REPORT_POLICY, reportHtml } from './report-html.ts';
import { complianceReport, REPORT_KINDS } from './schemas.ts';
import { viewOf } from './subjects.ts';

export const complianceReportOf = defineEndpoint({
  path: '/api/v1/compliance/report',
  permission: 'audit:read',
  summary:
    'Returns a report: the record of processing activities, groups of people that are too small (k-anonymity), evidence of redaction, or erasures and legal holds.',
  parameters: z.object({
    kind: choice(REPORT_KINDS, 'processing', 'What the report is about.'),
    tenant: rangeParameters.tenant,
    attribute: list(6, 'Attribute of a k-anonymity report that does not identify a person by itself. Repeatable.'),
    k: optionalNumber(2, 1000, 'Size of a group that is sufficient. Defaults to 5.'),
    format: choice(['json', 'html'], 'json', 'HTML is one file with a style for printing.'),
  }),
  response: complianceReport,
  contentTypes: ['text/html'],
  async handle({ kind, tenant = 'default', attribute: attributes, k = 5, format }, context) {
    const report = await (await viewOf(context, tenant)).report(kind, { tenant, attributes, k });
    if (format === 'json') return report;
    return new Response(reportHtml(report), {
      headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': REPORT_POLICY },
    });
  },
});
