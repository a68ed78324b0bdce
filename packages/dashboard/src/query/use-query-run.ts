import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { RequestFailure } from '../data/client.ts';
import { locateError, type QueryError } from './error-position.ts';
import type { Language } from './languages.ts';
import { expandMacros, type QueryWindow, type Variables } from './macros.ts';
import type { QueryResultData } from './result.ts';
import { runQuery } from './run-query.ts';

/** The state of a query in its language. */
export interface QueryRun {
  /** The latest result, also while the next run has not finished or has failed. */
  readonly data:
    | { readonly result: QueryResultData; readonly window: QueryWindow; readonly atMillis: number }
    | undefined;
  readonly running: boolean;
  readonly failure: RequestFailure | undefined;
  /** What is wrong with the text, if it is the reason for the failure. */
  readonly error: QueryError | undefined;
  readonly retry: () => void;
}

/** A query to run. It runs again when `key` changes, not when the window moves. */
export interface QueryRunRequest {
  readonly language: Language;
  readonly text: string;
  readonly window: QueryWindow;
  readonly variables?: Variables;
  readonly key: string;
  readonly enabled?: boolean;
}

/** Runs a query. The last result stays while a newer one is read. */
export function useQueryRun({ language, text, window, variables, key, enabled = true }: QueryRunRequest): QueryRun {
  const request = { language, text, window, ...(variables === undefined ? {} : { variables }) };
  const query = useQuery({
    queryKey: ['query', language, text, variables, key],
    queryFn: async ({ signal }) => ({
      result: await runQuery(request, signal),
      window,
      atMillis: Date.now(),
    }),
    enabled: enabled && text.trim() !== '',
    // The result is replaced as a whole; comparing thousands of values is slow.
    structuralSharing: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const failure = query.error === null || query.isFetching ? undefined : failureOf(query.error);
  // A failed run has no data of its own.
  const last = useRef<{ readonly language: Language; readonly data: QueryRun['data'] }>(undefined);
  if (query.data !== undefined) last.current = { language, data: query.data };
  return {
    data: query.data ?? (last.current?.language === language && text.trim() !== '' ? last.current.data : undefined),
    running: query.isFetching,
    failure,
    error:
      failure !== undefined && isAboutText(failure)
        ? locateError(language, expandMacros(text, window, variables), failure.message)
        : undefined,
    retry: () => void query.refetch(),
  };
}

/** Returns the failure of a query. */
export function failureOf(error: unknown): RequestFailure {
  if (error instanceof RequestFailure) return error;
  return new RequestFailure('internal', error instanceof Error ? error.message : String(error), 0, 'query');
}

function isAboutText({ code }: RequestFailure): boolean {
  return code === 'bad_request' || code === 'limit_exceeded';
}
