import type { Account, SignedStatement, StandingErasure, Status, SubjectJob } from '@otelier/query';
import { getJson, RequestFailure, sendJson } from '../../../data/client.ts';
import { type QueryState, useApiQuery } from '../../../data/use-api-query.ts';
import { msg, t } from '../../../locale/t.ts';

/** An attribute with a value, or without a key a text anywhere. */
export interface Term {
  readonly key: string;
  readonly value: string;
}

/** What is searched, exported or erased of a person. */
export interface SubjectRequest {
  readonly tenant: string;
  readonly terms: readonly { readonly key?: string; readonly value: string }[];
  readonly signals?: readonly Signal[];
}

export type Findings = NonNullable<SubjectJob['findings']>;
export type Purpose = NonNullable<NonNullable<Status['store']>['purposes']>['purposes'][number];
export type Signal = Findings['files'][number]['signal'];

/** The signals, in the order in which they are shown. */
export const SIGNALS: readonly (readonly [signal: Signal, title: string])[] = [
  ['traces', msg('Traces')],
  ['metrics', msg('Metrics')],
  ['logs', msg('Logs')],
  ['profiles', msg('Profiles')],
];

/** The signed statements of erasures in a tenant, newest first, and what is refused because of them. */
export interface Erasures {
  readonly statements: readonly SignedStatement[];
  readonly standing: readonly StandingErasure[];
}

export const ERASURES_PATH = '/subjects/erasures';

/** Queries the erasures of a tenant. The audit log has an entry of each request, so that it is not repeated. */
export function useErasures(tenant: string): QueryState<Erasures> {
  return useApiQuery<Erasures>({ path: ERASURES_PATH, params: { tenant }, staleMillis: 0 });
}

/** What a signed statement tells about an erasure. */
export interface Erasure {
  readonly id: string;
  readonly ended: string;
  readonly by?: string;
  readonly reason?: string;
  readonly items: number;
  readonly held: number;
  readonly files: readonly unknown[];
  readonly verification: { readonly itemsLeft: number; readonly itemsArrivedLater?: number };
  readonly backups: readonly unknown[];
  readonly queues?: readonly unknown[];
  readonly notSearched?: readonly string[];
  readonly alerts?: number;
}

/** Returns what a statement of the gateway tells. */
export function readStatement({ statement }: SignedStatement): Erasure {
  return JSON.parse(statement) as Erasure;
}

/** Returns the terms of a form that have a value, as a request has them. */
export function termsOf(terms: readonly Term[]): SubjectRequest['terms'] {
  return terms
    .filter(({ value }) => value.trim() !== '')
    .map(({ key, value }) => ({ ...(key.trim() !== '' && { key: key.trim() }), value: value.trim() }));
}

/** Whether the caller has a permission. */
export function may({ permissions }: Account, permission: string): boolean {
  return permissions.includes(permission);
}

/** Starts a search or an erasure, and resolves when it is done. Rejects with a `RequestFailure`, or if it is aborted. */
export async function runSubjectJob(path: string, body: object, signal: AbortSignal): Promise<SubjectJob> {
  let job = await sendJson<SubjectJob>(path, body, signal);
  const { id, tenant } = job;
  // Each response takes some seconds if the job is not done.
  while (job.state === 'running') job = await getJson<SubjectJob>(`/subjects/jobs/${id}`, { tenant }, signal);
  if (job.state === 'failed')
    throw new RequestFailure('internal', job.error ?? t('The gateway failed'), 0, `POST /api/v1${path}`);
  return job;
}
