import { countItems, type Outcome } from '@otelier/otlp';
import { type Clock, connectionOutcome, type ExportClient } from '@otelier/transport/portable';
import { joined } from '../wire/join.ts';
import { type ClientPort, type OutcomeMessage, onMessage, type RequestMessage } from './client-port.ts';

/** Returns a transport that sends requests to the client at the other end of the port. */
export function portTransport(port: ClientPort, clock: Clock): ExportClient {
  const pending = new Map<number, (outcome: Outcome) => void>();
  let isOpen = true;
  const settle = (id: number, outcome: Outcome) => {
    pending.get(id)?.(outcome);
    pending.delete(id);
  };
  const forget = onMessage<OutcomeMessage>(port, 'otelier.outcome', ({ id, outcome }) => settle(id, outcome));
  const onClose = () => {
    isOpen = false;
    for (const id of [...pending.keys()]) settle(id, CLOSED);
  };
  port.addEventListener('close', onClose);
  const hold = holder(port, clock);
  return {
    async export(signal, parts, { signal: abort } = {}) {
      if (!isOpen) return CLOSED;
      if (abort?.aborted) return ABORTED;
      // The copy owns its memory and can be transferred, while the parts remain available for retries.
      const bytes = joined(parts);
      const message: RequestMessage = {
        kind: 'otelier.request',
        id: nextId++,
        signal,
        bytes,
        itemCount: countItems(signal, bytes),
      };
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      const onAbort = () => settle(message.id, ABORTED);
      pending.set(message.id, resolve);
      abort?.addEventListener('abort', onAbort);
      const release = hold();
      port.postMessage(message, [bytes.buffer]);
      const outcome = await promise;
      release();
      abort?.removeEventListener('abort', onAbort);
      return outcome;
    },
    async shutdown() {
      forget();
      port.removeEventListener('close', onClose);
    },
  };
}

/** Keeps the thread alive while requests are in flight, but no longer than it takes a connection to time out. */
function holder(port: ClientPort, clock: Clock): () => () => void {
  let held = 0;
  return () => {
    if (held++ === 0) port.ref?.();
    let isHeld = true;
    const release = () => {
      cancel();
      if (isHeld && --held === 0) port.unref?.();
      isHeld = false;
    };
    const cancel = clock.setTimeout(release, HOLD_MILLIS);
    return release;
  };
}

/** ID of the next request, unique within this thread because several transports may share a port. */
let nextId = 0;

const HOLD_MILLIS = 10_000;
const CLOSED: Outcome = { kind: 'refused', reason: 'the port to the serving thread is closed' };
const ABORTED = connectionOutcome('the client of this thread was shut down');
