import { useEffect, useRef, useState } from 'react';
import { type Params, RequestFailure } from '../../../data/client.ts';
import { readTap } from './read-events.ts';
import { addEvents, EMPTY_TAP, type TapEvent, type TapState } from './tap-buffer.ts';

/** A running tap, or why it is not running. */
export interface Tap extends TapState {
  readonly phase: 'opening' | 'live' | 'ended' | 'failed';
  readonly failure: RequestFailure | undefined;
  /** When the tap was opened, by the monotonic clock. */
  readonly sinceMillis: number;
  readonly reopen: () => void;
  readonly stop: () => void;
}

/** Minimum interval between renderings of new items. */
const FLUSH_MILLIS = 500;
/** How long a tap runs, so that one that is forgotten costs nothing. */
export const TAP_MILLIS = 600_000;

/** Opens a tap. It ends by itself after ten minutes. Other parameters open another one. */
export function useTap(params: Params): Tap {
  const key = JSON.stringify(params);
  const [epoch, setEpoch] = useState(0);
  const [state, setState] = useState<Omit<Tap, 'reopen' | 'stop'>>(() => opening());
  const abort = useRef<AbortController | undefined>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key represents the parameters
  useEffect(() => {
    const controller = new AbortController();
    abort.current = controller;
    let pending: TapEvent[] = [];
    setState(opening());
    const flush = (): void => {
      if (pending.length === 0) return;
      const events = pending;
      pending = [];
      setState((before) => ({ ...before, ...addEvents(before, events, performance.now()), phase: 'live' }));
    };
    const run = async (): Promise<void> => {
      try {
        for await (const event of readTap(params, controller.signal)) {
          pending.push(event);
          if (event.event === 'counts') flush();
        }
        flush();
        setState((before) => ({ ...before, phase: 'ended' }));
      } catch (error) {
        if (controller.signal.aborted) return;
        flush();
        const failure =
          error instanceof RequestFailure ? error : new RequestFailure('internal', String(error), 0, 'tap');
        setState((before) => ({ ...before, phase: 'failed', failure }));
      }
    };
    void run();
    const timer = setInterval(flush, FLUSH_MILLIS);
    const end = setTimeout(() => {
      controller.abort();
      setState((before) => ({ ...before, phase: 'ended' }));
    }, TAP_MILLIS);
    return () => {
      clearInterval(timer);
      clearTimeout(end);
      controller.abort();
    };
  }, [key, epoch]);
  return {
    ...state,
    reopen: () => setEpoch((before) => before + 1),
    stop: () => {
      abort.current?.abort();
      setState((before) => ({ ...before, phase: 'ended' }));
    },
  };
}

function opening(): Omit<Tap, 'reopen' | 'stop'> {
  return { ...EMPTY_TAP, phase: 'opening', failure: undefined, sinceMillis: performance.now() };
}
