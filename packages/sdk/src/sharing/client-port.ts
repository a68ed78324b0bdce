import type { Signal } from '@otelier/otlp';
import type { SendOutcome } from '../delivery/contract.ts';

/**
 * One end of a `MessageChannel` in Node or a browser, or, in browsers, a `Worker` or its global scope. In Node, use a
 * separate port instead of `parentPort`, because listening on it here does not keep the thread alive.
 */
export interface ClientPort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: 'message' | 'close', listener: (event: Event) => void): void;
  removeEventListener(type: 'message' | 'close', listener: (event: Event) => void): void;
  start?(): void;
  ref?(): void;
  unref?(): void;
}

/** A request that a remote client sends to the served client. */
export interface RequestMessage {
  readonly kind: 'otelier.request';
  /** ID of the request in the sending thread, which is repeated in the reply. */
  readonly id: number;
  readonly signal: Signal;
  readonly itemCount: number;
  /** A single export request. Its memory is transferred with the message. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The outcome of a request. */
export interface OutcomeMessage {
  readonly kind: 'otelier.outcome';
  readonly id: number;
  readonly outcome: SendOutcome;
}

/**
 * Listens for messages of one kind and ignores others, which belong to the program. Returns a function that removes the
 * listener.
 */
export function onMessage<T extends RequestMessage | OutcomeMessage>(
  port: ClientPort,
  kind: T['kind'],
  handle: (message: T) => void,
): () => void {
  const listener = (event: Event) => {
    const message = (event as MessageEvent<Partial<T> | undefined>).data;
    if (message?.kind === kind) handle(message as T);
  };
  port.addEventListener('message', listener);
  port.start?.();
  port.unref?.();
  return () => port.removeEventListener('message', listener);
}
