import type { AppliedReport, DraftReport, DryRunReport, InsertedProcessor } from '@otelier/query';
import { failureOf, RequestFailure } from '../../../data/client.ts';
import { t } from '../../../locale/t.ts';

/** A changed text, and the revision whose text it was. */
export interface Draft {
  readonly text: string;
  readonly base: number;
}

/** Sends requests with a token. They reject with a `RequestFailure`. */
export function editApi(token: string) {
  async function post<Result>(path: string, body: object, signal?: AbortSignal): Promise<Result> {
    return (await send(`/api/v1/config/${path}`, token, body, signal)) as Result;
  }
  return {
    check: (draft: Draft, signal?: AbortSignal) => post<DraftReport>('check', draft, signal),
    dryRun: (draft: Draft, seconds: number, signal?: AbortSignal) =>
      post<DryRunReport>('dry-run', { ...draft, seconds }, signal),
    insert: (text: string, signal: string, configuration: string) =>
      post<InsertedProcessor>('insert', { text, signal, configuration }),
    apply: (draft: Draft, revision: number, by: string) => post<AppliedReport>('apply', { ...draft, revision, by }),
    rollBack: (to: number, revision: number, by: string) => post<AppliedReport>('roll-back', { to, revision, by }),
  };
}

async function send(path: string, token: string, body: object, signal: AbortSignal | undefined): Promise<unknown> {
  const request = `POST ${path}`;
  let response: Response;
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token !== '' && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
      ...(signal !== undefined && { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new RequestFailure('unreachable', t('otelier did not respond.'), 0, request);
  }
  const received: unknown = await response.json().catch(() => undefined);
  if (response.ok) return received;
  throw failureOf(response.status, received, request);
}
