import type { AppliedReport, DraftReport, DryRunReport, InsertedProcessor } from '@otelier/query';
import { sendWithToken } from '../../../parts/edit-token/send-with-token.ts';

/** A changed text, and the revision whose text it was. */
export interface Draft {
  readonly text: string;
  readonly base: number;
}

/** Sends requests with a token. They reject with a `RequestFailure`. */
export function editApi(token: string) {
  function post<Result>(path: string, body: object, signal?: AbortSignal): Promise<Result> {
    return sendWithToken<Result>(`/config/${path}`, token, body, signal);
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
