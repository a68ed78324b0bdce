import type { Signal } from '@otelier/otlp';
import type { SendOutcome } from '../delivery/contract.ts';

/**
 * One end of a `MessageChannel`, in Node or in a browser; in a browser also a `Worker`, or the global scope of one. In Node a port of
 * its own, not `parentPort`: what listens here keeps no thread alive.
 */
export interface ClientPort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: 'message' | 'close', listener: (event: Event) => void): void;
  removeEventListener(type: 'message' | 'close', listener: (event: Event) => void): void;
  start?(): void;
  ref?(): void;
  unref?(): void;
}

/** What a remote client asks the client that is served to send. */
export interface RequestMessage {
  readonly kind: 'otelier.request';
  /** Names the request in its answer; only the asking thread knows it. */
  readonly id: number;
  readonly signal: Signal;
  readonly itemCount: number;
  /** One export request; its memory comes with the message. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What became of it. */
export interface OutcomeMessage {
  readonly kind: 'otelier.outcome';
  readonly id: number;
  readonly outcome: SendOutcome;
}

/** Listens to messages of one kind; others on the same port belong to the program. The result takes that back. */
export function onMessage<T extends RequestMessage | OutcomeMessage>(
  port: ClientPort,
  kind: T['kind'],
  hear: (message: T) => void,
): () => void {
  const listener = (event: Event) => {
    const message = (event as MessageEvent<Partial<T> | undefined>).data;
    if (message?.kind === kind) hear(message as T);
  };
  port.addEventListener('message', listener);
  port.start?.();
  port.unref?.();
  return () => port.removeEventListener('message', listener);
}
