import type {
  ErasedParts,
  LegalHold,
  ReleasedHold,
  SignedStatement,
  StandingErasure,
  SubjectQuery,
  SubjectTerm,
} from '@otelier/store';
import type { DeepReadonly } from '../api/api.ts';
import type { ComplianceReport, ReportKind, SubjectJob } from './schemas.ts';

/** What is erased of a subject, and why. */
export interface EraseRequest extends SubjectQuery {
  readonly parts: ErasedParts;
  /** Whether telemetry that arrives later is refused. */
  readonly standing: boolean;
  readonly reason: string;
}

/** What a process does for data protection. Methods throw an `ApiProblem` if the store cannot do it. */
export interface ComplianceView {
  /** Begins to search for a subject. Resolves when that is done, or after some seconds. */
  search(query: SubjectQuery, samples: number): Promise<DeepReadonly<SubjectJob>>;
  /** Begins to erase a subject. Resolves as `search` does. */
  erase(request: EraseRequest, by: string): Promise<DeepReadonly<SubjectJob>>;
  /** Returns how far a search or an erasure of a tenant is. Resolves as `search` does. */
  job(tenant: string, id: string): Promise<DeepReadonly<SubjectJob> | undefined>;
  /** Yields everything of a subject as OTLP/JSON, one request per line. */
  exportLines(query: SubjectQuery): AsyncGenerator<string, undefined>;
  /** Returns the statements of erasures in a tenant, newest first. */
  statements(tenant: string): readonly SignedStatement[];
  /** Returns what of a statement is not true; nothing if all of it is. */
  verify(proof: SignedStatement, terms: readonly SubjectTerm[] | undefined): Promise<readonly string[]>;
  standing(tenant: string): readonly StandingErasure[];
  removeStanding(tenant: string, id: string): boolean;
  holds(tenant: string): { readonly holds: readonly LegalHold[]; readonly released: readonly ReleasedHold[] };
  createHold(hold: Omit<LegalHold, 'createdMillis' | 'id'>): Promise<LegalHold>;
  releaseHold(tenant: string, id: string, by: string): Promise<boolean>;
  report(kind: ReportKind, options: ReportRequest): Promise<DeepReadonly<ComplianceReport>>;
}

/** What a report is about. */
export interface ReportRequest {
  readonly tenant: string;
  /** The quasi-identifiers of a k-anonymity report: keys of attributes. */
  readonly attributes: readonly string[];
  /** The smallest group that is sufficient. */
  readonly k: number;
}
