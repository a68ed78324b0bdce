import type { LogRecord } from '@otelier/query';
import { useEffect, useRef, useState } from 'react';
import { addressOf, type Params } from '../../data/client.ts';
import { openEventStream } from '../../data/event-stream.ts';
import { addRecords, EMPTY_TAIL, showWaiting, type TailState } from './log-tail.ts';

/** Minimum interval between renderings of new records. */
const FLUSH_MILLIS = 500;

/** Tails the log. While `held`, new records wait. Changing the filter starts a new tail. */
export function useLogTail(
  filter: Params,
  enabled: boolean,
  held: boolean,
  epoch: number,
): TailState & { readonly showWaiting: () => void } {
  const [state, setState] = useState<TailState>(EMPTY_TAIL);
  const holding = useRef(held);
  holding.current = held;
  const address = addressOf('/logs/tail', filter);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new epoch restarts the tail
  useEffect(() => {
    setState(EMPTY_TAIL);
    if (!enabled) return;
    let batch: LogRecord[] = [];
    let skipped = 0;
    const stream = openEventStream(address, {
      events: {
        log: (data) => batch.push(data as LogRecord),
        skipped: (data) => {
          skipped += (data as { readonly count: number }).count;
        },
      },
    });
    const timer = setInterval(() => {
      if (batch.length === 0 && skipped === 0) return;
      const [records, lost] = [batch, skipped];
      batch = [];
      skipped = 0;
      setState((before) => addRecords(before, records, holding.current, lost));
    }, FLUSH_MILLIS);
    return () => {
      clearInterval(timer);
      stream.close();
    };
  }, [address, enabled, epoch]);
  useEffect(() => {
    if (!held) setState(showWaiting);
  }, [held]);
  return { ...state, showWaiting: () => setState(showWaiting) };
}
