import type { FlameProfile } from '@otelier/query';
import { useEffect, useRef, useState } from 'react';
import { RequestFailure } from '../../../data/client.ts';
import { keepEditToken, readEditToken } from '../../../parts/edit-token/edit-token.ts';
import { sendWithToken } from '../../../parts/edit-token/send-with-token.ts';

/** A profile that is recorded, or was. */
export interface Recording {
  readonly isRunning: boolean;
  readonly profile: FlameProfile | undefined;
  readonly failure: RequestFailure | undefined;
  /** What is known of the token for edits. */
  readonly token: 'given' | 'missing' | 'wrong';
  /** Records a profile, with another token if one is given. */
  record(token?: string): void;
}

/** Records a profile of the process. Leaving the view ends it. */
export function useRecording(kind: FlameProfile['kind'], seconds: number): Recording {
  const [state, setState] = useState<Omit<Recording, 'record'>>({
    ...{ isRunning: false, profile: undefined, failure: undefined },
    token: 'given',
  });
  const abort = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const record = (given?: string): void => {
    if (given !== undefined) keepEditToken(given);
    const token = readEditToken();
    if (token === '') {
      setState((before) => ({ ...before, token: 'missing' }));
      return;
    }
    abort.current?.abort();
    const controller = new AbortController();
    abort.current = controller;
    setState((before) => ({ ...before, failure: undefined, token: 'given', isRunning: true }));
    sendWithToken<FlameProfile>('/profile/flame', token, { kind, seconds }, controller.signal).then(
      (profile) => setState({ profile, failure: undefined, token: 'given', isRunning: false }),
      (error: unknown) => {
        if (controller.signal.aborted) return;
        const failure =
          error instanceof RequestFailure ? error : new RequestFailure('internal', String(error), 0, 'profile');
        const isWrong = failure.code === 'unauthorized';
        setState((before) => ({
          ...before,
          isRunning: false,
          token: isWrong ? 'wrong' : 'given',
          failure: isWrong ? undefined : failure,
        }));
      },
    );
  };
  return { ...state, record };
}
