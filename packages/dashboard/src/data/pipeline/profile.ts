import type { ProfileReport } from '@otelier/query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { RequestFailure, sendJson } from '../client.ts';

/** A profile of the process that the page asks for. */
export interface Profiling {
  readonly report: ProfileReport | undefined;
  readonly failure: RequestFailure | undefined;
  readonly isRunning: boolean;
  readonly run: () => void;
}

/** Returns a function that profiles the process for some seconds, and its result. */
export function useProfile(request: { readonly seconds: number }): Profiling {
  const [state, setState] = useState<Omit<Profiling, 'run'>>({
    report: undefined,
    failure: undefined,
    isRunning: false,
  });
  const abort = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const body = JSON.stringify(request);
  const run = useCallback(() => {
    abort.current?.abort();
    const controller = new AbortController();
    abort.current = controller;
    setState((before) => ({ ...before, failure: undefined, isRunning: true }));
    sendJson<ProfileReport>('/profile', JSON.parse(body), controller.signal).then(
      (report) => setState({ report, failure: undefined, isRunning: false }),
      (error: unknown) => {
        if (controller.signal.aborted) return;
        const failure =
          error instanceof RequestFailure ? error : new RequestFailure('internal', String(error), 0, 'profile');
        setState((before) => ({ ...before, failure, isRunning: false }));
      },
    );
  }, [body]);
  return { ...state, run };
}
