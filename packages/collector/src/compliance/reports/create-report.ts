import type { ComplianceReport, ReportRequest } from '@otelier/query';
import { erasureSections } from './erasures.ts';
import { anonymitySections } from './k-anonymity.ts';
import { processingSections } from './processing.ts';
import { redactionSections } from './redaction.ts';
import type { ReportContext, Section } from './report-context.ts';

const REPORTS: Readonly<
  Record<
    ComplianceReport['kind'],
    {
      readonly title: string;
      readonly sections: (request: ReportRequest, context: ReportContext) => Promise<readonly Section[]>;
    }
  >
> = {
  processing: { title: 'Record of processing activities', sections: processingSections },
  'k-anonymity': { title: 'k-anonymity', sections: anonymitySections },
  redaction: { title: 'Evidence of redaction', sections: redactionSections },
  erasures: { title: 'Erasures and legal holds', sections: erasureSections },
};

/** Creates a report from the running configuration and what is stored. */
export async function createReport(
  kind: ComplianceReport['kind'],
  request: ReportRequest,
  context: ReportContext,
): Promise<ComplianceReport> {
  const { title, sections } = REPORTS[kind];
  const { tenant } = request;
  return { kind, title, tenant, createdMillis: context.clock.now(), sections: [...(await sections(request, context))] };
}
