import type { Signal } from '@otelier/otlp';
import type { MessageDecoder } from './decode.ts';

/** A message of a broker, with telemetry of one signal. */
export interface IncomingMessage {
  readonly signal: Signal;
  readonly value: Uint8Array;
  /** Headers by lower-case name. */
  readonly headers: Headers;
  /** Where the message is, for log lines: topic, partition and offset, or stream and sequence. */
  readonly place: Readonly<Record<string, string | number>>;
  /** Why the value cannot be read, if so, and for how many messages this one stands. */
  readonly unreadable?: { readonly reason: string; readonly messageCount: number };
}

/** Headers of a message by lower-case name. */
export type Headers = Readonly<Record<string, readonly string[]>>;

/** Decodes the messages of each signal. */
export type DecodersBySignal = ReadonlyMap<Signal, MessageDecoder>;
