import { randomUUID } from 'node:crypto';
import { requestToJson, SIGNAL_NAMES } from '@otelier/otlp';
import { ApiProblem, type ComplianceView, type RulesView, type SubjectJob } from '@otelier/query';
import type { Store, SubjectFindings, SubjectQuery, SubjectsCapability } from '@otelier/store';
import { selectedLines } from '@otelier/store/subjects';
import type { Clock } from '@otelier/transport';
import type { Host } from '../component/host.ts';
import { alertsWith, documentsWith } from './kept-texts.ts';
import { pseudonymTerms } from './pseudonym-terms.ts';
import { createReport } from './reports/create-report.ts';
import { SubjectJobs } from './subject-jobs.ts';

/** Creates what a service does for data protection. */
export function createCompliance(
  host: Host,
  clock: Clock,
  store: () => Store | undefined,
  rules: () => RulesView | undefined,
): ComplianceView {
  const jobs = new SubjectJobs(clock);
  const found = (): Store => {
    const one = store();
    if (one !== undefined) return one;
    throw new ApiProblem('unavailable', 'no store: expected an exporter `store` in the configuration, found none');
  };
  const subjects = (): SubjectsCapability => {
    const { subjects: one } = found();
    if (one !== undefined) return one;
    throw new ApiProblem(
      'unavailable',
      'this store cannot search for people: it is read-only, or a `clickhouse_store` without `documents_directory`',
    );
  };
  const holds = () => {
    const { holds: one } = found();
    if (one !== undefined) return one;
    throw new ApiProblem('unavailable', 'this store has no legal holds');
  };
  /** Adds the pseudonyms of a subject. */
  const whole = (query: SubjectQuery): SubjectQuery & { readonly pseudonyms: number } => {
    const setup = host.configuration?.setup();
    const own = setup === undefined ? [] : pseudonymTerms(setup, query.tenant, query.terms);
    return { ...query, terms: [...query.terms, ...own], pseudonyms: own.length };
  };
  const documentsOf = (tenant: string) => host.documentsOf(found())?.of(tenant);
  return {
    search(query, samples) {
      const [capability, { pseudonyms, ...all }] = [subjects(), whole(query)];
      return jobs.start(`search-${randomUUID()}`, query.tenant, 'search', async () => ({
        findings: {
          ...findingsOf(await capability.search(all, samples)),
          pseudonyms,
          documents: documentsWith(documentsOf(query.tenant), query.terms).map(({ revision: _, ...one }) => one),
          alerts: alertsWith(rules(), query.tenant, query.terms),
        },
      }));
    },
    erase({ parts, standing, reason, ...query }, by) {
      const [capability, { pseudonyms, ...all }] = [subjects(), whole(query)];
      const id = `erasure-${randomUUID()}`;
      return jobs.start(id, query.tenant, 'erasure', async () => {
        // From now on, what arrives is not stored, so that nothing arrives behind the erasure.
        if (standing) capability.addStanding({ ...query, id, by });
        const documents = documentsOf(query.tenant);
        const kept = documentsWith(documents, query.terms);
        for (const key of kept) await documents?.remove(key);
        const alerts = alertsWith(rules(), query.tenant, query.terms);
        const removed = kept.map(({ kind, id: document }) => `${kind}/${document}`);
        const queues = host
          .graph()
          .nodes.flatMap(({ component, queue }) =>
            queue === undefined || queue.requests === 0 ? [] : [{ component, requests: queue.requests }],
          );
        // What still may have telemetry of the subject: queues deliver what they have.
        const facts = { by, reason, standing, pseudonyms, documents: removed, alerts, queues };
        return { proof: await capability.erase({ ...all, id, parts, facts }) };
      });
    },
    job: (tenant, id) => jobs.find(tenant, id),
    async *exportLines(query) {
      const { pseudonyms: _, ...all } = whole(query);
      for (const signal of query.signals ?? SIGNAL_NAMES) yield* selectedLines(found(), signal, all);
      return undefined;
    },
    statements: (tenant) =>
      subjects()
        .statements()
        .filter(({ statement }) => (JSON.parse(statement) as { readonly tenant?: unknown }).tenant === tenant),
    verify(proof, terms) {
      const tenant = tenantOf(proof.statement);
      return subjects().verify(proof, terms && whole({ tenant, terms }).terms);
    },
    standing: (tenant) =>
      subjects()
        .standing()
        .filter((rule) => rule.tenant === tenant),
    removeStanding(tenant, id) {
      const isOwn = subjects()
        .standing()
        .some((rule) => rule.id === id && rule.tenant === tenant);
      return isOwn && subjects().removeStanding(id);
    },
    holds(tenant) {
      const isOwn = (hold: { readonly tenant: string }): boolean => hold.tenant === tenant;
      return { holds: holds().list().filter(isOwn), released: holds().released().filter(isOwn) };
    },
    async createHold(hold) {
      const created = { ...hold, id: `hold-${randomUUID()}`, createdMillis: clock.now() };
      await holds().create(created);
      return created;
    },
    async releaseHold(tenant, id, by) {
      const isOwn = holds()
        .list()
        .some((hold) => hold.id === id && hold.tenant === tenant);
      return isOwn && holds().release(id, by, clock.now());
    },
    report: (kind, request) => createReport(kind, request, { host, clock, store: found() }),
  };
}

type Findings = Omit<NonNullable<SubjectJob['findings']>, 'pseudonyms' | 'documents' | 'alerts'>;

function findingsOf({ samples, tenant: _, ...findings }: SubjectFindings): Findings {
  return {
    ...findings,
    files: [...findings.files],
    hours: [...findings.hours],
    holds: [...findings.holds],
    samples: samples.map(({ signal, request }) => ({ signal, request: JSON.parse(requestToJson(signal, request)) })),
  };
}

function tenantOf(statement: string): string {
  try {
    return String((JSON.parse(statement) as { readonly tenant?: unknown }).tenant);
  } catch {
    throw new ApiProblem('bad_request', 'proof: expected a statement in JSON');
  }
}
